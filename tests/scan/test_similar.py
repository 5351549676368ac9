"""Which panels of a library look most like new ones: ranked, kept, and forgotten with what they describe."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import figecho
from figecho.errors import OptionError, StoreError
from figecho.models.model import ModelCard
from figecho.options import SimilarityOptions
from figecho.scan.similar import most_similar
from figecho.store.embeddings import FILE
from mean_colour import MeanColour
from planted import blank, jpeg, scene

PHASH = SimilarityOptions("phash")


def save(path: str, pixels: np.ndarray) -> None:
    Path(path).parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> figecho.Library:
    """Four scenes in a library, one of them under two names, and nothing of their files left."""
    monkeypatch.chdir(tmp_path)
    for number in range(4):
        save(f"old/s{number}.png", scene(number, 240, 200))
    save("old/s2 again.bmp", scene(2, 240, 200))
    library = figecho.Library("lab")
    library.add("old", jobs=1)
    for file in Path("old").iterdir():
        file.unlink()
    save("new/mirrored.png", jpeg(scene(1, 240, 200)[:, ::-1].copy(), 80))
    save("new/small.png", np.asarray(Image.fromarray(scene(2, 240, 200)).resize((120, 100))))
    Path("new/broken.png").write_text("no picture")
    return library


def test_an_empty_library_has_nothing_to_rank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save("a.png", scene(1, 200, 160))
    assert figecho.Library("lab").create().most_similar("a.png", jobs=1).pairs == ()
    with pytest.raises(StoreError, match="there is no library here"):
        figecho.Library("other").most_similar("a.png")


def test_whole_copies_rank_first_at_every_place_where_they_are_held(library: figecho.Library) -> None:
    ranking = library.most_similar("new", top=1, jobs=1)
    assert [(pair.a.path, pair.b.path) for pair in ranking.pairs] == [
        ("new/mirrored.png", "old/s1.png"),
        ("new/small.png", "old/s2 again.bmp"),
        ("new/small.png", "old/s2.png"),
    ]
    assert all(pair.similarity > 0.95 for pair in ranking.pairs)
    assert ranking.compared == (2, 4)
    assert [row.status for row in ranking.documents] == ["refused", "read", "read"]
    told = json.loads(json.dumps(ranking.to_dict(), allow_nan=False))
    assert told["schema"] == "figecho.ranking/1" and "imagehash" in told["model"]["name"]
    assert "verdict" not in str(told)
    with pytest.raises(TypeError, match=r"ask for \.pairs"):
        bool(ranking)


def test_the_most_similar_come_first_and_no_more_than_asked_for(library: figecho.Library) -> None:
    values = [pair.similarity for pair in library.most_similar("new/mirrored.png", top=3, jobs=1).pairs]
    assert values == sorted(values, reverse=True) and values[0] > 0.95 > 0.8 > values[1]
    assert len(library.most_similar("new/mirrored.png", top=99, jobs=1).pairs) == 5  # four contents, one at two places
    with pytest.raises(OptionError, match="--top 0 must be at least 1"):
        library.most_similar("new", top=0)
    with pytest.raises(OptionError, match="measures no similarity"):
        library.most_similar("new", method="sift")


def test_the_panels_of_a_figure_are_ranked_each_for_itself(library: figecho.Library) -> None:
    figure = np.full((240, 560), 255, np.uint8)
    figure[20:220, 20:260], figure[20:220, 300:540] = scene(3, 240, 200), scene(9, 240, 200)
    save("figure.png", figure)
    first, *others = library.most_similar("figure.png", top=1, jobs=1).pairs
    assert (first.b.path, first.similarity) == ("old/s3.png", 1.0)
    assert len({pair.a.name for pair in others}) == 1 and all(pair.similarity < 0.8 for pair in others)
    assert first.a.name != others[0].a.name and first.a.name.startswith("figure.png ")


def test_a_panel_is_described_once_per_model(library: figecho.Library) -> None:
    def ask(model: MeanColour) -> None:
        most_similar("new", library.path, PHASH, jobs=1, model=model)

    model, other = MeanColour(), MeanColour(ModelCard("mean colour", "", "", "1" * 64))
    ask(model)
    assert model.asked == 2 + 4
    ask(model)
    assert model.asked == 2 + 4
    save("more.png", blank("B"))
    library.add("more.png", jobs=1)
    ask(model)
    assert model.asked == 2 + 4 + 1
    ask(other)
    assert other.asked == 2 + 5


def test_what_is_removed_is_ranked_no_more_and_its_vectors_go_with_it(library: figecho.Library) -> None:
    best = library.most_similar("new/mirrored.png", top=1, jobs=1).pairs[0]
    vectors = library.path / FILE
    assert best.b.content.encode() in vectors.read_bytes()
    library.remove("old/s1.png", purge=True)
    kept = b"".join(file.read_bytes() for file in library.path.rglob("*") if file.is_file())
    assert best.b.content.encode() not in kept
    assert library.most_similar("new/mirrored.png", top=1, jobs=1).pairs[0].b.path != "old/s1.png"


def test_a_damaged_file_of_vectors_is_named_and_may_be_deleted(library: figecho.Library) -> None:
    before = library.most_similar("new", jobs=1).pairs
    vectors = library.path / FILE
    vectors.write_bytes(b"rotten" * 10_000)
    with pytest.raises(StoreError, match=r"lab/embeddings\.db.*delete this file"):
        library.most_similar("new", jobs=1)
    vectors.unlink()
    assert library.most_similar("new", jobs=1).pairs == before
