"""The stage of a scan that looks inside every panel: contents → copies within them, kept in the cache per content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from figecho.options import Limits, WithinOptions
from figecho.panels.ground import rgb
from figecho.panels.layout import find_parts
from figecho.scan.corpus import Corpus
from figecho.scan.progress import Progress, stage
from figecho.store import codec
from figecho.store.panels import PanelStore
from figecho.types import Evidence, Judgement
from figecho.within import DRAWN_KINDS, look_within
from figecho.work.isolate import Outcome, Runner

#: Name of this stage's results in the store. A change of what they mean needs a new name.
STAGE = "within/1"


@dataclass(frozen=True)
class WithinTask:
    """A content to look into, the stores that hold its pixels, and how."""

    stores: tuple[Path, ...]
    key: str
    options: WithinOptions


@dataclass(frozen=True)
class Inside:
    """What was found inside one content: judgement and copies, or why it could not be looked into."""

    key: str
    judgement: Judgement | None
    copies: tuple[tuple[Evidence, Judgement], ...] = ()
    failure: str | None = None


def look_inside(
    corpus: Corpus, runner: Runner, options: WithinOptions, limits: Limits, progress: Progress
) -> list[Inside]:
    """Look into every new content that was not looked into before; those that failed.

    A content that kills its worker costs that content.
    """
    with stage(progress, "looking within", len(corpus.new)):
        todo = [key for key in corpus.new if corpus.cache.result(stage_name(options), key) is None]
        progress.advance(len(corpus.new) - len(todo))
        tasks = (WithinTask(corpus.files, key, options) for key in todo)
        failed = []
        for outcome in runner.run(look_into, tasks, timeout=lambda _: limits.seconds_per_pair):
            if outcome.error is None:
                corpus.cache.add_results(stage_name(options), {outcome.item.key: _to_json(outcome.value)})
            else:
                failed.append(_failed(outcome))
            progress.advance()
    return failed


def insides(corpus: Corpus, options: WithinOptions | None) -> Iterator[Inside]:
    """What is known of the insides of the new contents, in their order; nothing without options."""
    if options is None:
        return
    for key in corpus.new:
        value = corpus.cache.result(stage_name(options), key)
        if value is not None:
            yield _from_json(key, value)


def look_into(task: WithinTask) -> Inside:
    """Look into one content, in a worker.

    Raises
    ------
    StoreError : its pixels are missing or have changed on the disk.
    """
    with ExitStack() as opened:
        stores = [opened.enter_context(PanelStore(path)) for path in task.stores]
        png = next((data for store in stores if (data := store.png(task.key)) is not None), None)
    if png is None:
        return Inside(task.key, Judgement("undecidable", 0.0, ("its pixels were not kept",)))
    pixels = codec.png_to_pixels(png)
    if pixels.shape[0] * pixels.shape[1] > task.options.max_pixels:
        limit = f"{task.options.max_pixels / 1e6:.0f} megapixels"
        return Inside(task.key, Judgement("undecidable", 0.0, (f"not looked into: larger than {limit}",)))
    kinds = {part.kind for part in find_parts(rgb(pixels), [])}
    kind = next(iter(kinds)) if kinds and kinds <= set(DRAWN_KINDS) else "image"
    found = look_within(pixels, task.options, kind)
    return Inside(task.key, found.judgement, tuple((copy.evidence, copy.judgement) for copy in found.copies))


def stage_name(options: WithinOptions) -> str:
    """The stage's name in the store, with the options that its results depend on."""
    return f"{STAGE} {options.proposals} {options.max_pixels}"


def _failed(outcome: Outcome[WithinTask, Inside]) -> Inside:
    error = outcome.error
    words = str(error) if type(error).__module__ == "figecho.errors" else f"{type(error).__name__}: {error}"
    return Inside(outcome.item.key, None, failure="looking within failed: " + " ".join(words.split()))


def _to_json(inside: Inside) -> str:
    judgement = inside.judgement
    assert judgement is not None
    return json.dumps(
        {
            "judgement": codec.judgement_to_json(judgement),
            "copies": [codec.examined_to_json(evidence, judged) for evidence, judged in inside.copies],
        }
    )


def _from_json(key: str, text: str) -> Inside:
    value = json.loads(text)
    copies = tuple(codec.examined_from_json(copy) for copy in value["copies"])
    return Inside(key, codec.judgement_from_json(value["judgement"]), copies)
