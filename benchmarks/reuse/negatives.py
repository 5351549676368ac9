"""Pairs that share no content, of every kind that has fooled image comparison, and neighbours counted apart.

A pair is two `Recipe`s; `draw` makes the pixels of one. Pairs of a kind come in random order, so that any first part
of them is a fair sample.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.reuse import templates
from benchmarks.reuse.positives import jpeg, recompressed
from benchmarks.reuse.sources import Source, fitted, generator, real_folder
from benchmarks.reuse.textures import Pixels, blot

#: Pairs per kind at most; kinds of a few templates have fewer.
UNRELATED = 2500
UNRELATED_CHANGED = 25_000
SAME_FAMILY = 250
SAME_ANNOTATION = 800
SAME_LOGO = 250
SAME_LAYOUT = 250
OTHER_BLOTS = 500
DEGRADED = 200
#: What was done to the second picture of an unrelated pair, where anything was.
CHANGES = ("half", "blurred", "crushed", "annotated", "inverted", "turned")
#: Frames of one specimen, nearly the same pixels: neither reuse nor unrelated.
STACKS = {"train": ("isbi_em_train",), "test": ("drosophila_seq1", "mitocheck")}


@dataclass(frozen=True)
class Recipe:
    """How to draw one picture: what it is, of which source, in which style, which one of that style."""

    what: str
    source: str = ""
    style: int = 0
    number: int = 0


@dataclass(frozen=True)
class Unrelated:
    """A pair without reuse. ``neighbours`` marks frames of one specimen, which count as neither."""

    kind: str
    a: Recipe
    b: Recipe
    group: str
    neighbours: bool = False


def draw(recipe: Recipe, split: str, sources: Mapping[str, Source]) -> Pixels:
    """The pixels of a recipe, JPEG-compressed as a journal would."""
    rng = generator(split, recipe)
    return recompressed(rng, _drawn(recipe, rng, split, sources))


def _drawn(recipe: Recipe, rng: np.random.Generator, split: str, sources: Mapping[str, Source]) -> Pixels:
    style = recipe.style
    match recipe.what:
        case "frame":
            return _frame(recipe)
        case "blank":
            return templates.blank(rng, style)
        case "chart":
            return templates.chart(rng, style)
        case "plate":
            return templates.plate(rng, style)
        case "grating":
            return templates.grating(rng, style)
        case "repetitive":
            return templates.repetitive(rng, style)
        case "saturated":
            return templates.saturated(rng, style)
        case "blot":
            return blot(rng, (int(rng.integers(260, 640)), int(rng.integers(80, 150))))
        case "figure":
            return templates.figure([source.draw() for source in _panels_of(recipe.number, split, sources)])
    pixels = sources[recipe.source].draw()
    match recipe.what:
        case "whole":
            return pixels
        case "half":
            return _half(pixels, recipe.number)
        case "annotated":
            place = generator("annotation", style)
            return templates.annotated(place, pixels, "ABCD"[style % 4], right=bool(style % 2), size=1.2)
        case "logo":
            return templates.with_logo(pixels, style)
        case "inverted":
            return 255 - pixels
        case "turned":
            return np.ascontiguousarray(np.rot90(pixels)[:, ::-1])
        case "blurred":
            return cv2.GaussianBlur(pixels, (0, 0), rng.uniform(2, 4))
        case "crushed":
            size = (480, 360)
            return jpeg(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), int(rng.integers(10, 26)))
    raise ValueError(f"nothing is known of {recipe.what!r}")


def _panels_of(figure: int, split: str, sources: Mapping[str, Source]) -> list[Source]:
    """Four panels of a figure; no two figures of a split share a group of sources."""
    groups = {source.group: source for source in sources.values()}
    order = generator(split, "figures").permutation(sorted(groups))
    return [groups[name] for name in order[4 * figure : 4 * figure + 4]]


def _half(pixels: Pixels, which: int) -> Pixels:
    height, width = pixels.shape[:2]
    if width >= height:
        return pixels[:, : width // 2] if which == 0 else pixels[:, width // 2 :]
    return pixels[: height // 2] if which == 0 else pixels[height // 2 :]


def _frame(recipe: Recipe) -> Pixels:
    from figecho.sources.open import read

    data = real_folder()
    assert data is not None, "frames are only listed where the real images are"
    paths = sorted((data / "folder" / recipe.source).iterdir())
    return fitted(next(iter(read(paths[recipe.number]))).pixels)


def unrelated(split: str, sources: Mapping[str, Source]) -> list[Unrelated]:
    """All negative pairs of a split and the neighbours, shuffled."""
    rng = generator(split, "negatives")
    pairs = [
        *_random_pairs("unrelated", "whole", UNRELATED, sources, rng),
        *_same_family(sources, rng),
        *_halves(sources),
        *_changed_pairs(split, sources),
        *_templates(split),
        *_random_pairs("same-annotation", "annotated", SAME_ANNOTATION, _some(sources, 60, rng), rng, styles=4),
        *_random_pairs("same-logo", "logo", SAME_LOGO, _some(sources, 40, rng), rng, styles=3),
        *_random_pairs("out-of-focus", "blurred", DEGRADED, sources, rng),
        *_random_pairs("jpeg-grid", "crushed", DEGRADED, sources, rng),
        *_neighbours(split),
    ]
    return [pairs[index] for index in rng.permutation(len(pairs))]


def _some(sources: Mapping[str, Source], count: int, rng: np.random.Generator) -> dict[str, Source]:
    """So many sources: their pictures are drawn and described once and used in many pairs."""
    return {name: sources[name] for name in rng.permutation(sorted(sources))[:count].tolist()}


def _random_pairs(
    kind: str, what: str, count: int, sources: Mapping[str, Source], rng: np.random.Generator, styles: int = 1
) -> Iterator[Unrelated]:
    names = sorted(sources)
    for _ in range(count):
        a, b = (names[index] for index in rng.choice(len(names), 2, replace=False))
        style = int(rng.integers(styles))
        if sources[a].group != sources[b].group:
            yield Unrelated(kind, Recipe(what, a, style), Recipe(what, b, style), sources[a].group)


def _changed_pairs(split: str, sources: Mapping[str, Source]) -> Iterator[Unrelated]:
    """Pictures of other sources, the second one changed in some way; no pair twice."""
    rng = generator(split, "changed")
    pairs = [
        (a, b, change)
        for a, b in itertools.permutations(sorted(sources), 2)
        if sources[a].group != sources[b].group
        for change in CHANGES
    ]
    for index in rng.permutation(len(pairs))[:UNRELATED_CHANGED].tolist():
        a, b, change = pairs[index]
        yield Unrelated("unrelated-changed", Recipe("whole", a), Recipe(change, b), sources[a].group)


def _same_family(sources: Mapping[str, Source], rng: np.random.Generator) -> Iterator[Unrelated]:
    """Fields of one experiment, blots of one kind, nuclei and nuclei, as they are."""
    families: defaultdict[str, list[str]] = defaultdict(list)
    for name, source in sources.items():
        families[source.family].append(name)
    for family, names in families.items():
        pairs = [
            (a, b) for a, b in itertools.combinations(sorted(names), 2)
            if sources[a].group != sources[b].group or family == "human_cells"
        ]  # fmt: skip
        for index in rng.permutation(len(pairs))[:SAME_FAMILY]:
            a, b = pairs[index]
            yield Unrelated(f"family:{family}", Recipe("whole", a), Recipe("whole", b), sources[a].group)


def _halves(sources: Mapping[str, Source]) -> Iterator[Unrelated]:
    for name, source in sources.items():
        if not source.repeats:
            yield Unrelated("halves", Recipe("half", name, number=0), Recipe("half", name, number=1), source.group)


def _templates(split: str) -> Iterator[Unrelated]:
    """Panels of one template, each kind with its own styles on either side of the split."""
    first = 0 if split == "train" else 1000
    yield from _of_one_template("blank", "blank", range(first, first + 24), 7)
    yield from _of_one_template("same-axes", "chart", range(first, first + 12), 8)
    yield from _of_one_template("plates", "plate", range(first, first + 10), 6)
    yield from _of_one_template("grating", "grating", range(first, first + 10), 5)
    yield from _of_one_template("repetitive", "repetitive", range(first, first + 10), 5)
    yield from _of_one_template("saturated", "saturated", range(first, first + 4), 6)
    yield from itertools.islice(_of_one_template("other-blots", "blot", range(first, first + 1), 40), OTHER_BLOTS)
    yield from itertools.islice(_of_one_template("same-layout", "figure", range(first, first + 1), 24), SAME_LAYOUT)


def _of_one_template(kind: str, what: str, styles: range, count: int) -> Iterator[Unrelated]:
    for style in styles:
        for a, b in itertools.combinations(range(count), 2):
            group = f"{what}-{style}"
            yield Unrelated(kind, Recipe(what, style=style, number=a), Recipe(what, style=style, number=b), group)


def _neighbours(split: str) -> Iterator[Unrelated]:
    data = real_folder()
    for stack in STACKS[split] if data else ():
        count = len(list((data / "folder" / stack).iterdir()))
        for a, b in itertools.pairwise(range(count)):
            recipes = (Recipe("frame", stack, number=number) for number in (a, b))
            yield Unrelated(f"neighbours:{stack}", *recipes, stack, neighbours=True)
