"""The end of a scan: findings, their groups, what they show, and what could not be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from figecho.scan.candidates import Candidates, every_pair
from figecho.scan.corpus import Corpus
from figecho.scan.group import make_findings, make_groups
from figecho.scan.verify import in_order, seen_from
from figecho.scan.within import Inside
from figecho.store.catalogue import Catalogue
from figecho.store.panels import Examined
from figecho.types import OFFERED, Finding, Occurrence

#: Blocks of this side are asked for when the results are collected: each is one question to the store.
SIDE = 16


def conclude(
    catalogue: Catalogue,
    corpus: Corpus,
    candidates: Candidates,
    failed: Sequence[Examined],
    insides: Iterable[Inside] = (),
    unseen: Sequence[Inside] = (),
) -> None:
    """Store the run's findings with their pixels, and count what was compared.

    ``insides`` is what was found inside panels, ``unseen`` the panels that could not be looked into.
    """
    examined, offered = 0, []
    for block in candidates.blocks(SIDE):
        verdicts = corpus.cache.verdicts([in_order(pair) for pair in block])
        examined += len(verdicts)
        offered += [
            seen_from(pair[0], corpus.cache.examined(in_order(pair)))
            for pair in block
            if verdicts.get(in_order(pair)) in OFFERED
        ]
    places = list(catalogue.occurrences())
    earlier = _earlier_places(corpus, catalogue, offered)
    if len({place.document for place in [*places, *earlier]}) > 1:
        places, earlier = ([replace(place, among_several=True) for place in some] for some in (places, earlier))
    findings = make_findings(
        *(places, corpus.contents(), offered, earlier),
        among_new=corpus.among_new,
        insides=insides,
        beside=_beside(corpus, earlier),
    )
    catalogue.add_pixels(_pixels(corpus, findings))
    first: dict[str, Occurrence] = {}
    for place in [
        *places,
        *(place for pair in failed for key in (pair.a, pair.b) for place in corpus.earlier_places(key)),
    ]:
        first.setdefault(place.content, place)
    catalogue.finish(
        findings,
        groups=make_groups(findings),
        pairs=every_pair(corpus).count(),
        verified=examined,
        failed=[
            *(f"{first[pair.a].name} ~ {first[pair.b].name}: {pair.failure}" for pair in failed),
            *(f"{first[inside.key].name}: {inside.failure}" for inside in unseen),
        ],
    )


def _earlier_places(corpus: Corpus, catalogue: Catalogue, offered: Sequence[Examined]) -> list[Occurrence]:
    """Where the library has what was found or scanned."""
    keys = dict.fromkeys([*corpus.new, *(key for pair in offered for key in (pair.a, pair.b))])
    return [place for key in keys for place in corpus.earlier_places(key)]


def _beside(corpus: Corpus, earlier: Sequence[Occurrence]) -> Iterator[Occurrence]:
    """Every panel of the library's documents that have something that was found: a figure is all of its panels."""
    seen: set[str] = set()
    for place in earlier:
        if place.document not in seen:
            seen.add(place.document)
            yield from corpus.earlier_beside(place.content)


def _pixels(corpus: Corpus, findings: Sequence[Finding]) -> Iterator[tuple[str, bytes]]:
    """What the findings show: their panels, and the whole pictures that these are parts of."""
    places = [place for finding in findings for place in (finding.a, finding.b)]
    for key in dict.fromkeys(key for place in places for key in (place.content, place.source) if key is not None):
        png = corpus.png(key)
        if png is not None:
            yield key, png
