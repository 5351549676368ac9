"""How alike the pictures of a folder are: every one with every other, from real files in real workers."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from figecho.errors import OptionError
from figecho.models.hashers import HashAllWays, Hasher, open_hasher
from figecho.models.model import ModelCard
from figecho.options import Limits, SimilarityOptions
from figecho.report import similarity
from figecho.scan import embeddings, spooled
from figecho.scan.embeddings import Prepare, scan_similarity
from figecho.scan.spooled import SpoolTask, spool_document
from figecho.types import Picture
from mean_colour import MeanColour
from planted import scene

PHASH = SimilarityOptions("phash")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three scenes, a mirrored copy of the first, the same pixels in another format, and what cannot be read."""
    monkeypatch.chdir(tmp_path)
    figures = tmp_path / "figs"
    figures.mkdir()
    for seed in (1, 2, 3):
        Image.fromarray(scene(seed, 200, 160)).save(figures / f"s{seed}.png")
    Image.fromarray(scene(1, 200, 160)[:, ::-1]).save(figures / "mirrored.png")
    Image.fromarray(scene(2, 200, 160)).save(figures / "same.bmp")
    (figures / "broken.png").write_bytes((figures / "s1.png").read_bytes()[:900])
    return tmp_path


def test_an_empty_folder_has_an_empty_matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "figs").mkdir()
    run = scan_similarity("figs", PHASH, jobs=1)
    assert (run.pictures, run.similarity.shape, run.pairs()) == ((), (0, 0), [])


def test_copies_rank_first_and_the_ledger_adds_up(folder: Path) -> None:
    run = scan_similarity("figs", PHASH, jobs=2)
    assert run.pictures == ("figs/mirrored.png", "figs/s1.png", "figs/s2.png", "figs/s3.png", "figs/same.bmp")
    assert (run.similarity == run.similarity.T).all() and (np.diag(run.similarity) == 1).all()
    best = [(pair.a, pair.b) for pair in run.pairs(2)]
    assert set(best) == {("figs/mirrored.png", "figs/s1.png"), ("figs/s2.png", "figs/same.bmp")}
    assert len(run.pairs()) == 10
    assert run.pairs()[2].similarity < 0.8 < run.pairs()[1].similarity
    assert [row.status for row in run.documents].count("refused") == 1
    json.dumps(run.to_dict(), allow_nan=False)


def test_each_content_is_described_once_and_in_a_second_scan_not_at_all(folder: Path) -> None:
    model = MeanColour()
    first = scan_similarity("figs", PHASH, jobs=1, model=model)
    assert model.asked == 4  # same.bmp has the pixels of s2.png
    again = scan_similarity("figs", PHASH, jobs=1, model=model)
    assert model.asked == 4
    assert (again.similarity == first.similarity).all()
    other = MeanColour(ModelCard("mean colour", "", "", "1" * 64))
    scan_similarity("figs", PHASH, jobs=1, model=other)
    assert other.asked == 4


def test_the_most_similar_pairs_of_more_pictures_than_a_matrix_holds(folder: Path, monkeypatch) -> None:
    every = scan_similarity("figs", PHASH, jobs=1).pairs()
    monkeypatch.setattr(embeddings, "MOST_IN_MATRIX", 4)
    run = scan_similarity("figs", PHASH, jobs=1)
    for most in (1, 2, 5, 50):
        assert run.pairs(most) == every[:most]
    with pytest.raises(OptionError, match=r"5 pictures are too many for one matrix, .* --format text"):
        run.to_dict()
    with pytest.raises(TypeError, match=r"ask for \.pairs"):
        bool(run)


def test_of_many_pictures_the_first_ones_are_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = scan_similarity("figs", PHASH, jobs=1)
    monkeypatch.setattr(embeddings, "MOST_IN_MATRIX", 4)
    whole = similarity.draw(run)
    monkeypatch.setattr(similarity, "MOST_PICTURES", 3)
    assert similarity.draw(run).height < whole.height
    assert "figs/same.bmp" in similarity.page(run)


def test_the_pages_of_a_stack_are_pictures_of_their_own(folder: Path) -> None:
    pages = [Image.fromarray(scene(seed, 120, 100)) for seed in range(2)]
    pages[0].save(folder / "stack.tif", save_all=True, append_images=pages[1:])
    run = scan_similarity("stack.tif", PHASH, jobs=1)
    assert run.pictures == ("stack.tif#page=1", "stack.tif#page=2")


def test_pictures_on_one_page_have_names_of_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def manuscript(path: str, **options: Any) -> list[Picture]:
        def picture(index: int, page: int, figure: str | None = None) -> Picture:
            return Picture(scene(index, 60, 50), f"content {index}", "d" * 64, path, index, page, figure=figure)

        return [picture(1, 4, "Fig 3"), picture(2, 4), picture(3, 4), picture(4, 5)]

    monkeypatch.setattr(spooled, "read", manuscript)
    task = SpoolTask("paper.pdf", folder / "spool", Prepare(HashAllWays("phash")), Limits())
    _, found = spool_document(task)
    assert [each.address for each in found] == [
        "paper.pdf#page=4, Fig 3",
        "paper.pdf#page=4, picture 2",
        "paper.pdf#page=4, picture 3",
        "paper.pdf#page=5",
    ]


def test_nothing_is_left_behind_and_vectors_are_for_their_owner_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    scan_similarity("figs", PHASH, jobs=1)
    assert list((folder / "tmp").iterdir()) == []
    assert (folder / ".figecho").stat().st_mode & 0o077 == 0


def test_a_hasher_is_a_model() -> None:
    hasher: Any = open_hasher("phash")
    assert isinstance(hasher, Hasher) and hasher.card.sha256 is None and "imagehash" in hasher.card.name
