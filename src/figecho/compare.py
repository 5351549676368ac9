"""Two pictures → a comparison: what `figecho compare` prints and `figecho.compare` returns.

Pictures that are figures are taken apart first: every panel of A is compared with every panel of B, and the pair that
says most is the answer, in pixels of the pictures.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figecho._version import __version__
from figecho.errors import InputError, OptionError
from figecho.features.sift import extract
from figecho.figures import take_apart
from figecho.match.classical import ClassicalMatches, describe, match_classical
from figecho.match.examine import examine as measure
from figecho.match.plot_verdict import judge_marks, with_marks
from figecho.match.verdict import judge, unless_damaged
from figecho.options import (
    CLASSICAL_METHODS,
    ClassicalOptions,
    Limits,
    ReuseOptions,
    SimilarityOptions,
    check_method,
    is_similarity,
    reuse_options,
    similarity_options,
)
from figecho.sources.image import from_array
from figecho.sources.open import Read, parse_address, read
from figecho.types import (
    ACCUSING,
    Box,
    Evidence,
    Features,
    Judgement,
    Occurrence,
    Overlap,
    Panel,
    Picture,
    Point,
    Transform,
    Verdict,
)

if TYPE_CHECKING:
    from PIL.Image import Image

#: Pairs of panels that one comparison may take: more is a scan's work, which uses all cores and can be resumed.
MOST_PAIRS = 2_500
#: What says most about two documents, first to last. A panel too plain to judge must not hide what the others say.
_TELLING: tuple[Verdict, ...] = ("strong", "moderate", "weak", "none", "undecidable")


def examine(a: Features, b: Features, options: ReuseOptions) -> tuple[Evidence, Judgement]:
    """Evidence and verdict for two panels' features: the one pure function that every runner calls."""
    evidence = with_marks(measure(a, b, options), a, b)
    return evidence, judged(evidence)


def judged(evidence: Evidence) -> Judgement:
    """The verdict on everything that was measured of two panels, marks of plots included."""
    return judge_marks(evidence, judge(evidence))


class _NoTruthValue:
    """A result object is neither true nor false: ask for what you mean."""

    def __bool__(self) -> bool:
        raise TypeError("a comparison has no truth value; ask for .verdict, .score or .matches")


@dataclass(frozen=True, eq=False)
class Comparison(_NoTruthValue):
    """What the default method says of two pictures; coordinates are in their own pixels.

    ``place_a`` and ``place_b`` are the panels that the evidence is about: the whole pictures, or parts of figures.
    """

    a: Picture
    b: Picture
    place_a: Occurrence
    place_b: Occurrence
    evidence: Evidence
    judgement: Judgement
    settings: dict[str, Any] = field(default_factory=dict)
    method: str = "reuse"

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def score(self) -> float:
        """Calibrated probability that content is reused, in [0, 1]."""
        return self.judgement.score

    @property
    def reasons(self) -> tuple[str, ...]:
        return self.judgement.reasons

    @property
    def transform(self) -> Transform | None:
        return self.evidence.transform

    @property
    def overlap(self) -> Overlap:
        return self.evidence.overlap

    @property
    def panel_overlap(self) -> Overlap:
        """The common region's share of the two panels, where `overlap` is that of the whole pictures."""
        shares = ((self.overlap.of_a, self.a, self.place_a), (self.overlap.of_b, self.b, self.place_b))
        of_a, of_b = (
            share * picture.width * picture.height / (place.bbox[2] * place.bbox[3]) for share, picture, place in shares
        )
        return Overlap(min(1.0, of_a), min(1.0, of_b))

    @property
    def regions(self) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
        """Outlines of the common region in A and in B."""
        return self.evidence.region_a, self.evidence.region_b

    def draw(self, view: str = "side") -> Image:
        """A picture of the evidence: ``side``, ``matches``, ``overlay`` or ``difference``."""
        from figecho.report import pictures

        names = {"name_a": self.place_a.name, "name_b": self.place_b.name}
        told = replace(self.evidence, overlap=self.panel_overlap)
        return pictures.draw(view, self.a.pixels, self.b.pixels, told, **names)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``figecho.comparison/1`` object."""
        region_a, region_b = self.regions
        return {
            "schema": "figecho.comparison/1",
            "method": self.method,
            "a": _described(self.a) | _placed(self.place_a),
            "b": _described(self.b) | _placed(self.place_b),
            "verdict": self.verdict,
            "score": self.score,
            "reasons": list(self.reasons),
            "transform": self.transform.to_dict() if self.transform else None,
            "overlap": asdict(self.overlap),
            "regions": {"a": [list(point) for point in region_a], "b": [list(point) for point in region_b]},
            "evidence": self.evidence.to_dict(),
            "settings": self.settings,
            "version": __version__,
        }


@dataclass(frozen=True, eq=False)
class ClassicalComparison(_NoTruthValue):
    """What a classical method counts in two pictures: no verdict, by design."""

    a: Picture
    b: Picture
    method: str
    keypoints: tuple[int, int]
    found: ClassicalMatches
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def matches(self) -> int:
        return self.found.count

    @property
    def verdict(self) -> None:
        return None

    def draw(self, view: str = "matches") -> Image:
        """The founding document's picture: the best matches as green lines."""
        if view != "matches":
            raise OptionError(f"--view {view} needs --method reuse; {self.method} can only draw matches")
        from figecho.report import pictures

        top = int(self.settings["top"])
        return pictures.classical_matches(
            self.a.pixels, self.b.pixels, self.found.points_a[:top], self.found.points_b[:top]
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": "figecho.comparison/1",
            "method": self.method,
            "a": _described(self.a),
            "b": _described(self.b),
            "keypoints": list(self.keypoints),
            "matches": self.matches,
            "top": [
                {"a": a.tolist(), "b": b.tolist(), "distance": round(float(distance), 4)}
                for a, b, distance in list(
                    zip(self.found.points_a, self.found.points_b, self.found.distances, strict=True)
                )[: int(self.settings["top"])]
            ],
            "verdict": None,
            "settings": self.settings,
            "version": __version__,
        }


@dataclass(frozen=True, eq=False)
class SimilarityComparison(_NoTruthValue):
    """How alike two whole pictures are: a number to rank by, never a verdict.

    ``similarity`` is a cosine in [-1, 1], or ``1 - Hamming distance / bits`` in [0, 1] of a hash; ``model`` is the
    card of the model that measured it.
    """

    a: Picture
    b: Picture
    method: str
    similarity: float
    model: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> None:
        return None

    def draw(self, view: str = "side") -> Image:
        """Both pictures side by side over their similarity."""
        if view != "side":
            raise OptionError(f"--view {view} needs --method reuse; {self.method} can only draw side by side")
        from figecho.report import pictures

        caption = f"{self.method} similarity {self.similarity:.4f}"
        return pictures.side_by_side([self.a.pixels, self.b.pixels], [self.a.path, self.b.path], caption)

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": "figecho.comparison/1",
            "method": self.method,
            "a": _described(self.a),
            "b": _described(self.b),
            "similarity": round(self.similarity, 6),
            "verdict": None,
            "model": self.model,
            "settings": self.settings,
            "version": __version__,
        }


def compare(
    a: Any,
    b: Any,
    *,
    method: str = "reuse",
    profile: str = "balanced",
    ratio: float | None = None,
    top: int = 50,
    weights: str | Path | None = None,
    preprocess: Sequence[str] = (),
    limits: Limits = Limits(),  # noqa: B008 - frozen
    reader: Read = read,
) -> Comparison | ClassicalComparison | SimilarityComparison:
    """Compare two pictures.

    Parameters
    ----------
    a, b : path (``stack.tif#page=2`` picks a page, ``figure.png#panel=C`` a panel), NumPy array ``(H, W[, 3|4])`` of
        uint8, uint16 or float, or PIL image.
    method : ``reuse`` (the default: decides and explains), a classical method (``sift``, ``rootsift``, ``akaze``,
        ``orb``: counts), or a similarity of whole pictures (``vgg16``, ``onnx:FILE``, ``phash``, ``pdq``: ranks).
    profile : ``fast``, ``balanced`` or ``thorough``.
    ratio : Lowe's ratio, in (0, 1]; by default 0.75 for the classical methods, the profile's for ``reuse``.
    top : how many matches a classical drawing shows.
    weights : a local file of VGG16's weights. Without it they are fetched once, which is logged as a warning.
    preprocess : ``key=value`` of the preprocessing of ``onnx:FILE``, stronger than the file beside it.
    limits : what reading a document may cost, and the password of an encrypted one.
    reader : reads documents, by default in this process. The command line gives one that reads them in another.

    Raises
    ------
    InputError : a picture or a model that cannot be read.
    OptionError : an unknown method or a senseless option.
    UnavailableError : a model whose libraries or file are not here.
    """
    if is_similarity(check_method(method)) or weights is not None or preprocess:
        return _similarity(a, b, similarity_options(method, weights, preprocess), limits, reader)
    if method in CLASSICAL_METHODS:
        options = ClassicalOptions(method, 0.75 if ratio is None else ratio, top)
        picture_a, picture_b = _picture(a, "A", limits, reader), _picture(b, "B", limits, reader)
        features_a, features_b = (describe(picture.pixels, options.method) for picture in (picture_a, picture_b))
        found = match_classical(features_a, features_b, options)
        counts = (len(features_a), len(features_b))
        return ClassicalComparison(picture_a, picture_b, method, counts, found, asdict(options))
    chosen = reuse_options(profile, ratio=ratio)
    best = _most_telling(panels_of(a, "A", limits, reader), panels_of(b, "B", limits, reader), chosen)
    return replace(best, settings={"profile": profile, **asdict(chosen)})


def _similarity(a: Any, b: Any, options: SimilarityOptions, limits: Limits, reader: Read) -> SimilarityComparison:
    """How alike two pictures are as a whole, or the two panels that addresses name."""
    from figecho.models.open import open_model

    picture_a, picture_b = _picture_or_panel(a, "A", limits, reader), _picture_or_panel(b, "B", limits, reader)
    model = open_model(options)
    rows = model.describe([model.preparation(picture.pixels) for picture in (picture_a, picture_b)])
    similarity = float(model.similarity(rows[:1], rows[1:])[0, 0])
    return SimilarityComparison(picture_a, picture_b, options.method, similarity, model.card.to_dict(), asdict(options))


def _picture_or_panel(source: Any, name: str, limits: Limits, reader: Read) -> Picture:
    if isinstance(source, (str, Path)) and parse_address(str(source)).panel is not None:
        picture, panel = panels_of(source, name, limits, reader)[0]
        return replace(picture, pixels=panel.pixels, content=panel.occurrence.content)
    return _picture(source, name, limits, reader)


_Sides = tuple[Picture, Panel]


def _most_telling(side_a: Sequence[_Sides], side_b: Sequence[_Sides], options: ReuseOptions) -> Comparison:
    """The comparison of the two panels that says most; the first of several that say the same."""
    if len(side_a) * len(side_b) > MOST_PAIRS:
        raise OptionError(
            f"{len(side_a)} × {len(side_b)} panels are too many for one comparison; use `figecho scan`, or name a page "
            "or panel, as in paper.pdf#page=4"
        )
    features_a = [extract(panel.pixels, options) for _, panel in side_a]
    features_b = [extract(panel.pixels, options) for _, panel in side_b]
    found: list[Comparison] = []
    for (i, (picture_a, panel_a)), (j, (picture_b, panel_b)) in itertools.product(enumerate(side_a), enumerate(side_b)):
        evidence, judgement = examine(features_a[i], features_b[j], options)
        judgement = unless_damaged(judgement, *((each.path, each.damage) for each in (picture_a, picture_b)))
        evidence = on_pictures(evidence, panel_a.occurrence.bbox, picture_a, panel_b.occurrence.bbox, picture_b)
        found.append(Comparison(picture_a, picture_b, panel_a.occurrence, panel_b.occurrence, evidence, judgement))
    best = min(found, key=lambda each: (_TELLING.index(each.verdict), -each.score))
    alike, plain = (sum(each.verdict in verdicts for each in found) for verdicts in (ACCUSING, ("undecidable",)))
    if alike > 1:
        return _noted(best, f"{alike} pairs of panels share content, this one most plainly; `figecho scan` lists all")
    if best.verdict == "none" and plain:
        return _noted(best, f"{plain} of {len(found)} pairs of panels are too plain to judge")
    return best


def _noted(comparison: Comparison, more: str) -> Comparison:
    """The comparison with one more reason."""
    judgement = comparison.judgement
    return replace(comparison, judgement=replace(judgement, reasons=(*judgement.reasons, more)))


def on_pictures(evidence: Evidence, box_a: Box, a: Picture, box_b: Box, b: Picture) -> Evidence:
    """Evidence in pixels of two panels → in pixels of the pictures they were cut from, shares of the pictures."""
    (xa, ya, wa, ha), (xb, yb, wb, hb) = box_a, box_b
    share_a, share_b = wa * ha / (a.width * a.height), wb * hb / (b.width * b.height)
    transform = evidence.transform
    if transform is not None:
        (p, q, r), (s, t, u) = transform.matrix
        matrix = ((p, q, r - p * xa - q * ya + xb), (s, t, u - s * xa - t * ya + yb))
        transform = replace(transform, matrix=matrix)
    return replace(
        evidence,
        transform=transform,
        inliers_a=_moved(evidence.inliers_a, xa, ya),
        inliers_b=_moved(evidence.inliers_b, xb, yb),
        region_a=_moved(evidence.region_a, xa, ya),
        region_b=_moved(evidence.region_b, xb, yb),
        overlap=Overlap(evidence.overlap.of_a * share_a, evidence.overlap.of_b * share_b),
    )


def _moved(points: tuple[Point, ...], x: float, y: float) -> tuple[Point, ...]:
    return tuple((px + x, py + y) for px, py in points)


def panels_of(source: Any, name: str, limits: Limits, reader: Read = read) -> list[_Sides]:
    """Every panel that a path, an address, an array or an image names, with the picture it was cut from."""
    if not isinstance(source, (str, Path)):
        picture = from_array(source, name=name)
        return [(picture, panel) for panel in take_apart(picture)]
    address = parse_address(str(source))
    pictures = reader(address.path, page=address.page, limits=limits)
    found = [(picture, panel) for picture in pictures for panel in take_apart(picture)]
    if address.panel is None:
        return found
    wanted = [(picture, panel) for picture, panel in found if _is_called(panel.occurrence, address.panel)]
    if not wanted:
        names = ", ".join(sorted({panel.occurrence.panel for _, panel in found if panel.occurrence.panel}))
        has = f"it has {names}" if names else "it was not taken apart: name the whole picture"
        raise InputError(str(source), "no-such-panel", f"there is no panel {address.panel}", has)
    return wanted


def _is_called(place: Occurrence, panel: str) -> bool:
    return (place.panel or "").casefold() == panel.casefold()


def _picture(source: Any, name: str, limits: Limits, reader: Read) -> Picture:
    """The first picture of a document, the page an address names, or an array made into a picture."""
    if isinstance(source, (str, Path)):
        address = parse_address(str(source))
        with closing(reader(address.path, page=address.page, limits=limits)) as pictures:
            return next(pictures)
    return from_array(source, name=name)


def _placed(place: Occurrence) -> dict[str, Any]:
    return {"label": place.label, "bbox": list(place.bbox)}


def _described(picture: Picture) -> dict[str, Any]:
    return {
        "path": picture.path,
        "page": picture.page,
        "width": picture.width,
        "height": picture.height,
        "sha256": picture.document,
        "notes": list(picture.notes),
        "damage": picture.damage,
    }
