"""Of many panels, few pairs are examined, and a reuse is among them however it was disguised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from figecho.features.sift import extract
from figecho.features.signatures import Signature, perceptual_hashes, sign
from figecho.match.gate import agreeing_matches
from figecho.match.nearest import VARIANTS
from figecho.options import ReuseOptions
from figecho.scan import candidates, segments
from figecho.scan.scan import scan
from figecho.scan.search import search
from figecho.scan.votes import Vote, votes
from planted import blank, jpeg, scene

DISGUISES = {
    "plain": lambda x: jpeg(x, 80),
    "mirrored": lambda x: x[:, ::-1],
    "negative": lambda x: 255 - x,
    "turned": lambda x: np.rot90(x),
    "mirrored negative": lambda x: 255 - x[::-1],
    "half the size": lambda x: cv2.resize(x, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "a third of it": lambda x: x[40:240, 60:300],
}


def signature(pixels: np.ndarray) -> Signature:
    return sign(extract(np.ascontiguousarray(pixels), ReuseOptions()))


SCENES = [f"s{number}" for number in range(30)]


@cache
def signature_of(number: int) -> Signature:
    return signature(scene(number))


def signatures_of(keys: Sequence[str]) -> Iterator[Signature]:
    return (signature_of(int(key[1:])) for key in keys)


@pytest.fixture(scope="module")
def segment(tmp_path_factory) -> segments.Segment:
    """Thirty scenes."""
    return segments.open_segment(segments.build(tmp_path_factory.mktemp("segments"), SCENES, signatures_of, 100))


def voted(some: Signature, segment: segments.Segment, skip: int | None = None) -> list[Vote]:
    return votes(some, search(some, segment, skip=skip))


def test_an_empty_segment_proposes_nothing(tmp_path: Path) -> None:
    segment = segments.open_segment(segments.build(tmp_path, [], signatures_of, 100))
    assert voted(signature(scene(1)), segment) == []
    assert search(signature(scene(1)), segment).alike.shape == (0, 2)


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguised_reuse_is_voted_first_and_passes_the_gate(segment, disguise: str) -> None:
    for number in (3, 17):
        some = signature(DISGUISES[disguise](scene(number)))
        best, second = voted(some, segment)[:2]
        assert SCENES[best.panel] == f"s{number}"
        assert best.score > 2 * second.score
        assert agreeing_matches(some, signature_of(number), VARIANTS[best.variant]) >= 8
        assert agreeing_matches(some, signature_of(second.panel), VARIANTS[second.variant]) < 4


def test_a_panel_is_no_partner_of_itself(segment) -> None:
    assert 3 not in [vote.panel for vote in voted(signature_of(3), segment, skip=3)]
    assert search(signature_of(3), segment, skip=3).alike.shape == (0, 2)


@pytest.mark.parametrize("disguise", ["plain", "mirrored", "turned", "negative", "half the size"])
def test_a_whole_copy_is_found_by_its_looks_alone(segment, disguise: str) -> None:
    assert search(signature(DISGUISES[disguise](scene(5))), segment).alike[:, 1].tolist() == [5]


def test_hashes_know_all_eight_orientations() -> None:
    plain = perceptual_hashes(scene(1))
    for turns in range(4):
        np.testing.assert_array_equal(perceptual_hashes(np.rot90(scene(1), -turns).copy())[0], plain[turns])
        mirrored = np.rot90(scene(1)[:, ::-1], -turns).copy()
        np.testing.assert_array_equal(perceptual_hashes(mirrored)[0], plain[4 + turns])


def test_panels_that_share_only_a_letter_do_not_pass_the_gate() -> None:
    one, other = signature(blank("A", 1)), signature(blank("A", 2))
    nothing = signature(np.full((100, 100), 200, np.uint8))
    assert agreeing_matches(nothing, one, VARIANTS[0]) == agreeing_matches(one, nothing, VARIANTS[0]) == 0
    different = signature(scene(1))
    assert all(agreeing_matches(one, different, variant) < 4 for variant in VARIANTS)
    assert len(other) > 0


def test_a_large_segment_searches_cells_and_finds_the_same(tmp_path: Path, monkeypatch, segment) -> None:
    monkeypatch.setattr(segments, "FLAT", 1000)
    cells = segments.open_segment(segments.build(tmp_path, SCENES, signatures_of, 100))
    assert type(cells.index) is not type(segment.index)
    some = signature(DISGUISES["mirrored"](scene(9)))
    assert voted(some, cells)[0].panel == voted(some, segment)[0].panel == 9


@pytest.mark.parametrize("name", ["owner.npy", segments.CHECKSUMS])
def test_a_segment_with_a_changed_bit_is_not_whole(tmp_path: Path, name: str) -> None:
    folder = segments.build(tmp_path, ["s1"], signatures_of, 100)
    checksum = segments.checksum_of(folder / segments.CHECKSUMS)
    assert segments.is_whole(segments.Place(folder), checksum)
    data = bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    (folder / name).write_bytes(data)
    assert not segments.is_whole(segments.Place(folder), checksum)


def test_a_scan_of_many_examines_few_and_finds_what_examining_all_finds(here: Path, monkeypatch) -> None:
    for number in range(12):
        Image.fromarray(scene(number, 240, 200)).save(here / "figs" / f"s{number:02}.png")
    for number, disguise in enumerate(["mirrored", "negative", "turned", "a third of it"]):
        copy = np.ascontiguousarray(DISGUISES[disguise](scene(number, 300, 260)))
        Image.fromarray(jpeg(copy, 90)).save(here / "figs" / f"t{number}.png")
        Image.fromarray(scene(number, 300, 260)).save(here / "figs" / f"s{number:02}.png")
    everything = scan(["figs"], root="exhaustive")
    monkeypatch.setattr(candidates, "EXHAUSTIVE", 0)
    run = scan(["figs"])
    assert len(run.findings) == 4
    assert run.findings == everything.findings
    assert run.counts["pairs"] == everything.counts["pairs"] == everything.counts["verified"] == 120
    assert run.counts["verified"] <= 30
    assert scan(["figs"]).findings == run.findings


def test_panels_without_keypoints_are_examined_with_each_other(here: Path, monkeypatch) -> None:
    smooth = [cv2.GaussianBlur(scene(number, 200, 160), (0, 0), 14) for number in range(2)]
    for number, pixels in enumerate(smooth):
        Image.fromarray(pixels).save(here / "figs" / f"{number}.png")
    Image.fromarray(smooth[0][20:150, 30:180]).save(here / "figs" / "crop.png")
    monkeypatch.setattr(candidates, "EXHAUSTIVE", 0)
    assert scan(["figs"]).counts["verified"] == 3
