"""A collection in many segments is searched as one, whoever searches which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import figecho
from figecho.errors import OptionError
from figecho.features.sift import extract, rootsift
from figecho.features.signatures import Signature, sign
from figecho.match.nearest import VARIANTS, permutation
from figecho.options import ReuseOptions
from figecho.scan import building, candidates, scatter
from figecho.scan.progress import Silent
from figecho.scan.propose import Collection, SearchTask
from figecho.scan.search import PER_SEGMENT, Found, read_found, search_all, write_found
from figecho.scan.segments import Place, build, codes, mean_descriptor, segment_keys
from figecho.scan.votes import votes
from figecho.work.isolate import Outcome
from figecho.work.serial import Serial
from planted import jpeg, scene

KEYS = tuple(f"s{number:02}" for number in range(24))


@cache
def signature_of(key: str) -> Signature:
    return sign(extract(scene(int(key[1:]), 240, 200), ReuseOptions()))


def signatures_of(keys: Sequence[str]) -> Iterator[Signature]:
    return map(signature_of, keys)


def collection(folder: Path, parts: int) -> tuple[Place, ...]:
    """All the scenes, in so many segments, in their order."""
    size = -(-len(KEYS) // parts)
    parted = (KEYS[start : start + size] for start in range(0, len(KEYS), size))
    return tuple(Place(build(folder, part, signatures_of, 100)) for part in parted)


def told(found: Found, segments: Sequence[Place], signature: Signature) -> list[tuple[str, float, int, int]]:
    """The votes, with names in place of numbers."""
    names = [key for place in segments for key in segment_keys(place.folder)]
    firsts = np.cumsum([0, *(len(segment_keys(place.folder)) for place in segments)])
    return [
        (names[firsts[vote.panel // PER_SEGMENT] + vote.panel % PER_SEGMENT], vote.score, vote.agreeing, vote.variant)
        for vote in votes(signature, found)
    ]


def test_the_mean_descriptor_is_that_of_a_mirrored_and_an_inverted_world() -> None:
    for variant in VARIANTS:
        np.testing.assert_array_equal(mean_descriptor()[permutation(variant)], mean_descriptor())
    bits = np.unpackbits(codes(rootsift(signature_of("s01").descriptors)), axis=1)
    assert 0.45 < bits.mean() < 0.55


def test_a_collection_without_segments_finds_nothing() -> None:
    assert search_all((), (), ()) == []


@pytest.mark.parametrize("parts", [2, 5, 24])
def test_many_segments_vote_as_one_does(tmp_path: Path, parts: int) -> None:
    mirrored = sign(extract(jpeg(scene(7, 240, 200)[:, ::-1].copy(), 80), ReuseOptions()))
    asking = (("new", mirrored), ("s03", signature_of("s03")))
    one, many = collection(tmp_path / "one", 1), collection(tmp_path / "many", parts)
    for key, some in asking:
        (whole,) = search_all((key,), (some,), tuple(enumerate(one)))
        (merged,) = search_all((key,), (some,), tuple(enumerate(many)))
        assert told(merged, many, some) == told(whole, one, some)
        assert merged.alike[:, 0].tolist() == whole.alike[:, 0].tolist()
    assert told(*search_all(("new",), (mirrored,), tuple(enumerate(many))), many, mirrored)[0][0] == "s07"


def test_segments_searched_in_groups_and_written_give_bit_for_bit_what_one_search_gives(tmp_path: Path) -> None:
    segments = collection(tmp_path, 6)
    some = signature_of("s05")
    (whole,) = search_all(("s05",), (some,), tuple(enumerate(segments)))
    for most in (2, 4, 6, 99):
        parts = list(scatter.shares(segments, most))
        assert [each for part in parts for each in part] == list(enumerate(segments))
        assert len(parts) == min(most, 6)
        files = [tmp_path / f"{most}-{number}.npz" for number in range(len(parts))]
        for file, part in zip(files, parts, strict=True):
            write_found(file, {"s05": search_all(("s05",), (some,), part)[0]})
        merged = candidates_found(Collection(segments, tuple(files)), some)
        for each in fields(Found):
            np.testing.assert_array_equal(getattr(merged, each.name), getattr(whole, each.name))


def candidates_found(some: Collection, signature: Signature) -> Found:
    from figecho.scan.propose import _found

    (found,) = _found(("s05",), (signature,), some)
    return found


class Failing(Serial):
    """Fails every search."""

    jobs = 4

    def run(self, task, items, **options) -> Iterator[Outcome]:
        return (replace(Outcome(item), error=OSError("no luck")) for item in items)


def test_few_panels_share_the_segments_out_and_a_failed_search_is_left_to_who_proposes(tmp_path: Path) -> None:
    segments = tuple(Place(tmp_path / str(number)) for number in range(9))
    collections = (Collection(segments[:1]), Collection(segments))
    batches = [("a",), ("b",)]
    some = scatter.scatter(batches, collections, (), tmp_path, Failing(), Silent())
    assert some == [collections, collections]
    fetched = (Place(tmp_path / "1", "s3://a/1"), Place(tmp_path / "2", "s3://a/2"))
    assert [len(part) for part in scatter.shares(fetched, 1)] == [1, 1]
    many = [(str(number),) for number in range(100)]
    assert scatter.scatter(many, collections, (), tmp_path, Failing(), Silent()) == [collections] * 100
    assert scatter.seconds_for(SearchTask(("a",), tuple(enumerate(segments)), (), tmp_path)) > 30


def test_a_library_in_many_segments_gives_the_findings_of_one_in_one(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(candidates, "EXHAUSTIVE", 0)
    for folder in ("old", "new"):
        Path(folder).mkdir()
    for number in range(9):
        Image.fromarray(scene(number, 240, 200)).save(f"old/{number}.png")
    Image.fromarray(jpeg(scene(2, 240, 200)[:, ::-1].copy(), 85)).save("new/mirrored.png")
    Image.fromarray(jpeg(scene(50, 240, 200), 85)).save("new/other.png")
    figecho.Library("one").add("old", jobs=1)
    monkeypatch.setattr(building, "PANELS_PER_SEGMENT", 2)
    figecho.Library("many").add("old", jobs=1)
    assert figecho.Library("many").stats().segments == 5
    found = {
        (name, jobs): figecho.Library(name).query("new", jobs=jobs, root=f"{name}{jobs}")
        for name, jobs in (("one", 1), ("many", 1), ("many", 2))
    }
    told = {name: [(each.a.path, each.b.path, each.score) for each in run.findings] for name, run in found.items()}
    assert told["one", 1] == told["many", 1] == told["many", 2]
    assert [(a, b) for a, b, _ in told["one", 1]] == [("new/mirrored.png", "old/2.png")]
    assert len({run.counts["verified"] for run in found.values()}) == 1


def test_what_was_found_comes_back_from_the_disk(tmp_path: Path) -> None:
    write_found(tmp_path / "none.npz", {})
    assert read_found(tmp_path / "none.npz", []) == []


def test_a_library_keeps_its_segments_at_an_address_and_workers_fetch_them(tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("fsspec", reason="the extra [cluster] is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(candidates, "EXHAUSTIVE", 0)
    monkeypatch.setattr(building, "PANELS_PER_SEGMENT", 2)
    Path("old").mkdir()
    for number in range(5):
        Image.fromarray(scene(number, 240, 200)).save(f"old/{number}.png")
    Image.fromarray(jpeg(scene(2, 240, 200)[:, ::-1].copy(), 85)).save("new.png")
    storage = tmp_path / "storage"
    with pytest.raises(OptionError, match="no address such as"):
        figecho.Library("lab", segments="storage").create()
    library = figecho.Library("lab", segments=storage.as_uri())
    library.add("old", jobs=0)
    assert {file.name for file in Path("lab/segments").glob("*/*")} == {"keys.npy", "checksums.json"}
    assert len(list(storage.iterdir())) == library.stats().segments == 3
    (finding,) = library.query("new.png", jobs=0).findings
    assert finding.b.path == "old/2.png"
    assert len(list((tmp_path / "cache/figecho/segments").iterdir())) == 3
    assert library.verify() == ()
    damaged = next(storage.glob("*/owner.npy"))
    damaged.write_bytes(b"rotten")
    assert [each.endswith("(built anew)") for each in library.verify()] == [True]
    assert library.verify() == ()
    library.remove("old/2.png")
    assert len(list(storage.iterdir())) == library.stats().segments
    held = {key for place in Path("lab/segments").iterdir() for key in segment_keys(place)}
    assert len(held) == 4 and finding.b.content not in held
