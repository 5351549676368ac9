"""Two panels → a comparison: what `figecho compare` prints and `figecho.compare` returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figecho._version import __version__
from figecho.errors import OptionError
from figecho.features.sift import extract
from figecho.match.classical import ClassicalMatches, describe, match_classical
from figecho.match.examine import examine as measure
from figecho.match.verdict import judge
from figecho.options import CLASSICAL_METHODS, METHODS, ClassicalOptions, ReuseOptions, reuse_options
from figecho.sources.image import from_array
from figecho.sources.open import parse_address, read
from figecho.types import Evidence, Features, Judgement, Overlap, Picture, Point, Transform, Verdict

if TYPE_CHECKING:
    from PIL.Image import Image


def examine(a: Features, b: Features, options: ReuseOptions) -> tuple[Evidence, Judgement]:
    """Evidence and verdict for two panels' features: the one pure function that every runner calls."""
    evidence = measure(a, b, options)
    return evidence, judge(evidence)


class _NoTruthValue:
    """A result object is neither true nor false: ask for what you mean."""

    def __bool__(self) -> bool:
        raise TypeError("a comparison has no truth value; ask for .verdict, .score or .matches")


@dataclass(frozen=True, eq=False)
class Comparison(_NoTruthValue):
    """What the default method says of two pictures; coordinates are in their own pixels."""

    a: Picture
    b: Picture
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
    def regions(self) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
        """Outlines of the common region in A and in B."""
        return self.evidence.region_a, self.evidence.region_b

    def draw(self, view: str = "side") -> Image:
        """A picture of the evidence: ``side``, ``matches``, ``overlay`` or ``difference``."""
        from figecho.report import pictures

        names = {"name_a": self.a.path, "name_b": self.b.path}
        return pictures.draw(view, self.a.pixels, self.b.pixels, self.evidence, **names)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``figecho.comparison/1`` object."""
        region_a, region_b = self.regions
        return {
            "schema": "figecho.comparison/1",
            "method": self.method,
            "a": _described(self.a),
            "b": _described(self.b),
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


def compare(
    a: Any,
    b: Any,
    *,
    method: str = "reuse",
    profile: str = "balanced",
    ratio: float | None = None,
    top: int = 50,
) -> Comparison | ClassicalComparison:
    """Compare two pictures.

    Parameters
    ----------
    a, b : path (``stack.tif#page=2`` picks a page), NumPy array ``(H, W[, 3|4])`` of uint8, uint16 or float,
        or PIL image.
    method : ``reuse`` (the default: decides and explains) or a classical method (``sift``, ``rootsift``,
        ``akaze``, ``orb``: counts).
    profile : ``fast``, ``balanced`` or ``thorough``.
    ratio : Lowe's ratio, in (0, 1]; by default 0.75 for the classical methods, the profile's for ``reuse``.
    top : how many matches a classical drawing shows.

    Raises
    ------
    InputError : a picture that cannot be read.
    OptionError : an unknown method or a senseless option.
    """
    if method not in METHODS:
        raise OptionError(f"method {method!r} is unknown; choose one of {', '.join(METHODS)}")
    if method in CLASSICAL_METHODS:
        options = ClassicalOptions(method, 0.75 if ratio is None else ratio, top)  # type: ignore[arg-type]
        picture_a, picture_b = _picture(a, "A"), _picture(b, "B")
        features_a, features_b = (describe(picture.pixels, options.method) for picture in (picture_a, picture_b))
        found = match_classical(features_a, features_b, options)
        counts = (len(features_a), len(features_b))
        return ClassicalComparison(picture_a, picture_b, method, counts, found, asdict(options))
    chosen = reuse_options(profile, ratio=ratio)
    picture_a, picture_b = _picture(a, "A"), _picture(b, "B")
    evidence, judgement = examine(extract(picture_a.pixels, chosen), extract(picture_b.pixels, chosen), chosen)
    return Comparison(picture_a, picture_b, evidence, judgement, {"profile": profile, **asdict(chosen)})


def _picture(source: Any, name: str) -> Picture:
    """The first picture of a document, the page an address names, or an array made into a picture."""
    if isinstance(source, (str, Path)):
        address = parse_address(str(source))
        return next(iter(read(address.path, page=address.page)))
    return from_array(source, name=name)


def _described(picture: Picture) -> dict[str, Any]:
    return {
        "path": picture.path,
        "page": picture.page,
        "width": picture.width,
        "height": picture.height,
        "sha256": picture.document,
        "notes": list(picture.notes),
    }
