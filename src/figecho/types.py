"""The values that flow through figecho, all frozen: what a stage hands to the next one.

Coordinates are ``x`` right, ``y`` down, in pixels, with pixel centres at whole numbers. Boxes are
``(x, y, width, height)``. A transform maps A's pixels to B's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["strong", "moderate", "weak", "none", "undecidable"]
Kind = Literal["between-panels", "within-panel", "exact-copy"]
Status = Literal["read", "refused", "skipped"]
Point = tuple[float, float]
Box = tuple[int, int, int, int]
Matrix = tuple[tuple[float, float, float], tuple[float, float, float]]

#: Verdicts that count as findings for the exit status, strongest first.
ACCUSING: tuple[Verdict, ...] = ("strong", "moderate")
#: Verdicts that a scan offers for review, strongest first.
OFFERED: tuple[Verdict, ...] = ("strong", "moderate", "weak")
#: Verdicts that a run's findings can have: what was read of a damaged file is shown, but never judged.
LISTED: tuple[Verdict, ...] = (*OFFERED, "undecidable")
#: How the first reason of a finding begins that is about two whole figures.
SAME_FIGURE = "the same figure twice"


@dataclass(frozen=True)
class Text:
    """A piece of text that the document itself places on a picture (a PDF's text layer), never read from pixels.

    ``bbox`` is ``(x, y, width, height)`` in pixels of the picture; it may lie partly outside.
    """

    text: str
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Picture:
    """One raster taken from a document.

    ``pixels`` is ``(H, W)`` or ``(H, W, 3)`` RGB, uint8, upright (EXIF orientation applied), ready to look at.
    ``content`` is the hash of the decoded pixels as they were in the file, before any display scaling, so that
    two files with the same pixels share it whatever their format. ``index`` counts pictures in the document
    from 1; ``page`` is the page number from 1 where the document has pages. ``notes`` says in words what was
    done on the way ("EXIF orientation 6 applied", "16-bit values 102–3890 shown as 0–255"). In a manuscript,
    ``figure`` is the figure that this picture is ("Fig 3", "Fig S4"), ``caption`` its caption, and ``texts`` what the
    text layer says on it, such as panel letters. ``damage`` says what is missing of a file that was read only as far as
    it goes: nothing may be concluded from such a picture.
    """

    pixels: NDArray[np.uint8]
    content: str
    document: str
    path: str
    index: int = 1
    page: int | None = None
    dpi: float | None = None
    notes: tuple[str, ...] = ()
    figure: str | None = None
    caption: str | None = None
    texts: tuple[Text, ...] = ()
    damage: str | None = None

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True)
class Occurrence:
    """One place where a panel's content occurs: where a reader would look for it.

    ``figure`` is the figure's name ("Fig 3"); ``panel`` the letter in it ("D"), or the position where there is no
    letter ("row 2, column 1"), or None for a whole picture. ``bbox`` is in pixels of the picture, whose resolution is
    ``dpi`` where it was rendered from a page. ``source`` is the content key of the whole picture where the panel is a
    part of one (None for a whole picture): a run shows its pixels as ``run.pixels[source]``. ``among_several`` is
    whether there are other documents beside this one, so that a figure's name alone would not say whose it is.
    ``damage`` is its picture's.
    """

    document: str
    path: str
    page: int | None
    picture: int
    figure: str | None
    panel: str | None
    bbox: Box
    content: str
    dpi: float | None = None
    source: str | None = None
    among_several: bool = False
    damage: str | None = None

    @property
    def label(self) -> str | None:
        """``Fig 3D``, ``Fig 3, row 2, column 1``, ``Fig 3``; without a figure's name ``panel D``; None for neither."""
        if self.panel is None:
            return self.figure
        letter = len(self.panel) <= 4
        if self.figure is None:
            return f"panel {self.panel}" if letter else self.panel
        return f"{self.figure}{self.panel}" if letter else f"{self.figure}, {self.panel}"

    @property
    def name(self) -> str:
        """What a person calls this place: ``Fig 3D``, ``paper.pdf Fig 3D`` among several documents, else its path with
        page and panel."""
        if self.figure and self.label:
            return f"{self.path} {self.label}" if self.among_several else self.label
        parts = (self.path, self.page and f"page {self.page}", self.label)
        return " ".join(str(part) for part in parts if part)

    def to_dict(self, polygon: tuple[Point, ...] = ()) -> dict[str, Any]:
        """The contract's ``a``/``b`` object; ``polygon`` is in pixels of the picture."""
        return {
            "document": self.document,
            "path": self.path,
            "page": self.page,
            "picture": self.picture,
            "label": self.label,
            "figure": self.figure,
            "panel": self.panel,
            "dpi": self.dpi,
            "bbox": list(self.bbox),
            "polygon": [list(point) for point in polygon],
            "content": self.content,
        }


@dataclass(frozen=True, eq=False)
class Panel:
    """The unit of comparison: a lettered part of a figure, or a whole picture that cannot be split.

    ``pixels`` as in `Picture`, cut to ``occurrence.bbox``; ``occurrence.content`` is this panel's own content.
    """

    pixels: NDArray[np.uint8]
    occurrence: Occurrence
    kind: str = "image"


@dataclass(frozen=True, eq=False)
class Features:
    """What is kept of a panel for matching; everything here is in *working* pixels.

    The panel is shrunk by ``zoom`` (≤ 1) to the working size; a working point ``p`` lies at
    ``(p + 0.5) / zoom - 0.5`` in the panel.

    Attributes
    ----------
    luma : (h, w) uint8, the channel that keypoints were found in, at working size.
    points : (n, 2) float32, x right, y down.
    sizes : (n,) float32, keypoint diameter in pixels.
    angles : (n,) float32, degrees, clockwise on screen (OpenCV's convention).
    descriptors : (n, 128) uint8, SIFT as OpenCV returns it.
    zoom : working size / panel size.
    size : (width, height) of the panel in its own pixels.
    texture : working pixels that show texture, neither flat nor letters, axes and scale bars on a flat ground.
    channels : each (h, w) uint8: the colour channels of a merged picture, whose stains are told apart; else none.
    """

    luma: NDArray[np.uint8]
    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    zoom: float
    size: tuple[int, int]
    texture: int
    channels: tuple[NDArray[np.uint8], ...] = ()

    def __len__(self) -> int:
        return len(self.points)

    def __bool__(self) -> bool:
        raise TypeError("features have no truth value; ask for len(features)")


@dataclass(frozen=True)
class Transform:
    """Affine map from A's pixels to B's: ``x' = a x + b y + tx``, ``y' = c x + d y + ty``."""

    matrix: Matrix
    inverted: bool = False

    @property
    def mirrored(self) -> bool:
        (a, b, _), (c, d, _) = self.matrix
        return a * d - b * c < 0

    @property
    def scale(self) -> float:
        """Square root of the area ratio: 2 means that B shows it twice as wide and twice as high."""
        (a, b, _), (c, d, _) = self.matrix
        return math.sqrt(abs(a * d - b * c))

    @property
    def rotation_deg(self) -> float:
        """Clockwise on screen, in (-180, 180]; a mirrored copy is first mirrored left to right, then turned."""
        (a, b, _), (c, d, _) = self.matrix
        sign = -1.0 if self.mirrored else 1.0
        angle = math.degrees(math.atan2(sign * c - b, sign * a + d))
        return 180.0 if angle <= -180.0 else angle

    @property
    def text(self) -> str:
        """The transform in words, such as ``mirrored, rotated 90°, 0.7×``; ``same position and size`` for none.

        A turn within 1° of a quarter turn is said as that turn; a mirrored half turn is said as what people see,
        ``mirrored top to bottom``.
        """
        words = []
        turn = self.rotation_deg
        quarter = round(turn / 90) * 90
        turn = quarter if abs(turn - quarter) < 1.0 else turn
        if self.mirrored:
            upside_down = abs(turn) == 180
            words.append("mirrored top to bottom" if upside_down else "mirrored")
            turn = 0.0 if upside_down else turn
        if turn:
            shown = 180 if abs(turn) == 180 else turn
            words.append(f"rotated {shown:.0f}°".replace("-", "−"))
        scale = self.scale
        if abs(scale - 1) >= 0.015:
            words.append(f"{scale:.2f}×" if scale < 10 else f"{scale:.0f}×")
        stretch = self._stretch()
        if stretch >= 1.06:
            words.append(f"stretched {stretch:.2f}× in one direction")
        if self.inverted:
            words.append("contrast inverted")
        if words:
            return ", ".join(words)
        (_, _, tx), (_, _, ty) = self.matrix
        return "same position and size" if max(abs(tx), abs(ty)) < 1.5 else "shifted"

    def _stretch(self) -> float:
        """Ratio of the two singular values of the linear part, at least 1."""
        linear = np.array([row[:2] for row in self.matrix])
        big, small = np.linalg.svd(linear, compute_uv=False)
        return float(big / small) if small > 0 else math.inf

    @property
    def backward(self) -> Transform:
        """The map from B's pixels to A's."""
        matrix = np.array(self.matrix)
        linear = np.linalg.inv(matrix[:, :2])
        (a, b), (c, d) = linear.tolist()
        tx, ty = (-linear @ matrix[:, 2]).tolist()
        return Transform(((a, b, tx), (c, d, ty)), self.inverted)

    def to_dict(self) -> dict[str, Any]:
        return {
            "matrix": [list(row) for row in self.matrix],
            "rotation_deg": round(self.rotation_deg, 3),
            "scale": round(self.scale, 5),
            "mirrored": self.mirrored,
            "inverted": self.inverted,
            "text": self.text,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Transform:
        first, second = data["matrix"]
        return cls((tuple(first), tuple(second)), bool(data["inverted"]))


@dataclass(frozen=True)
class Overlap:
    """Share of each panel's area that the verified regions cover, in [0, 1]."""

    of_a: float
    of_b: float


@dataclass(frozen=True)
class Evidence:
    """Everything measured for a pair of panels; verdicts are derived from it and from nothing else.

    Attributes
    ----------
    keypoints_a, keypoints_b : keypoints kept of each panel.
    matches : tentative matches of the winning variant, before any geometry.
    inliers_a, inliers_b : the matched points that agree with the transform, panel pixels.
    transform : A's panel pixels to B's, or None where no alignment was found.
    region_a, region_b : outline of the verified common region, panel pixels.
    overlap : share of each panel in that region.
    log10_nfa : log10 of the number of false alarms of the geometry; very negative means "not chance".
    ncc : correlation of the aligned luminance over the overlap, in [-1, 1].
    grain : correlation of the aligned fine grain, in [-1, 1].
    measurements : the numbers that the verdict model reads, by name.
    """

    keypoints_a: int
    keypoints_b: int
    matches: int = 0
    inliers_a: tuple[Point, ...] = ()
    inliers_b: tuple[Point, ...] = ()
    transform: Transform | None = None
    region_a: tuple[Point, ...] = ()
    region_b: tuple[Point, ...] = ()
    overlap: Overlap = Overlap(0.0, 0.0)
    log10_nfa: float = 0.0
    ncc: float = 0.0
    grain: float = 0.0
    measurements: Mapping[str, float] = field(default_factory=dict)

    @property
    def inliers(self) -> int:
        return len(self.inliers_a)

    @property
    def backward(self) -> Evidence:
        """The same evidence with A and B exchanged."""
        values = dict(self.measurements)
        if {"texture_a", "texture_b"} <= values.keys():
            values |= {"texture_a": values["texture_b"], "texture_b": values["texture_a"]}
        return replace(
            self,
            keypoints_a=self.keypoints_b,
            keypoints_b=self.keypoints_a,
            inliers_a=self.inliers_b,
            inliers_b=self.inliers_a,
            transform=self.transform and self.transform.backward,
            region_a=self.region_b,
            region_b=self.region_a,
            overlap=Overlap(self.overlap.of_b, self.overlap.of_a),
            measurements=values,
        )

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``evidence`` object, with the inliers' coordinates and all measurements."""
        return {
            "keypoints_a": self.keypoints_a,
            "keypoints_b": self.keypoints_b,
            "matches": self.matches,
            "inliers": self.inliers,
            "log10_nfa": round(self.log10_nfa, 3),
            "ncc": round(self.ncc, 4),
            "grain": round(self.grain, 4),
            "measurements": {name: round(value, 5) for name, value in self.measurements.items()},
            "inlier_points": {
                "a": [[round(x, 2), round(y, 2)] for x, y in self.inliers_a],
                "b": [[round(x, 2), round(y, 2)] for x, y in self.inliers_b],
            },
        }


@dataclass(frozen=True)
class Judgement:
    """What the verdict model says of one piece of evidence."""

    verdict: Verdict
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Review:
    """A person's decision on a finding."""

    state: str = "open"
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Added:
    """Who added a finding by hand, and when (UTC, ISO 8601)."""

    by: str | None
    time: str


@dataclass(frozen=True)
class Finding:
    """Evidence offered for review. ``fingerprint`` names the two contents and stays the same across rescans.

    ``added`` where a person drew the two boxes: such a finding stays whatever the verdict on it is.
    """

    id: str
    fingerprint: str
    kind: Kind
    a: Occurrence
    b: Occurrence
    judgement: Judgement
    evidence: Evidence
    review: Review = Review()
    added: Added | None = None

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def score(self) -> float:
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
    def same_figure(self) -> bool:
        """Whether the finding is that two whole figures are one, told once instead of panel by panel."""
        return any(reason.startswith(SAME_FIGURE) for reason in self.reasons)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "fingerprint": self.fingerprint,
            "kind": self.kind,
            "verdict": self.verdict,
            "score": self.score,
            "a": self.a.to_dict(_on_picture(self.evidence.region_a, self.a.bbox)),
            "b": self.b.to_dict(_on_picture(self.evidence.region_b, self.b.bbox)),
            "transform": self.transform.to_dict() if self.transform else None,
            "overlap": {"of_a": round(self.overlap.of_a, 4), "of_b": round(self.overlap.of_b, 4)},
            "evidence": self.evidence.to_dict(),
            "reasons": list(self.reasons),
            "review": asdict(self.review),
            "added": self.added and asdict(self.added),
        }


def _on_picture(region: tuple[Point, ...], bbox: Box) -> tuple[Point, ...]:
    """Move a panel's region to the pixels of the picture that the panel was cut from."""
    return tuple((round(x + bbox[0], 2), round(y + bbox[1], 2)) for x, y in region)


@dataclass(frozen=True)
class Document:
    """One row of the ledger: what became of one input. ``id`` is the SHA-256 of the file, or None if unread.

    ``reason`` and ``code`` say why it was not read, or not to its end. ``seconds`` is how long reading it took,
    ``memory_bytes`` what that held at most; None where it was not read anew, or where its process did not live to
    tell. They differ from run to run, so that equal rows may differ in them.
    """

    id: str | None
    path: str
    status: Status
    reason: str | None = None
    code: str | None = None
    pictures: int = 0
    panels: int = 0
    seconds: float | None = field(default=None, compare=False)
    memory_bytes: int | None = field(default=None, compare=False)

    @property
    def damaged(self) -> bool:
        """Whether it was read only as far as it goes; ``reason`` says what is missing."""
        return self.status == "read" and self.code is not None

    @property
    def standing(self) -> str:
        """What became of it in one word: its status, or ``damaged``."""
        return "damaged" if self.damaged else self.status

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Run:
    """One scan: its inputs, settings, version, findings and ledger.

    ``failed`` says which comparisons could not be made and why: they are neither findings nor clean.
    ``pixels`` gives a panel's pixels by its content key, for drawing; it reads them from where the run is stored.
    """

    id: str
    version: str
    created: str
    settings: Mapping[str, Any]
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    groups: tuple[tuple[str, ...], ...]
    pairs: int = 0
    verified: int = 0
    failed: tuple[str, ...] = ()
    pixels: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def counts(self) -> dict[str, int]:
        """Totals as the contract names them; read + refused + skipped = documents."""
        status = [document.status for document in self.documents]
        return {
            "documents": len(status),
            "read": status.count("read"),
            "refused": status.count("refused"),
            "skipped": status.count("skipped"),
            "pictures": sum(document.pictures for document in self.documents),
            "panels": sum(document.panels for document in self.documents),
            "pairs": self.pairs,
            "verified": self.verified,
        }

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``figecho.run/1`` object."""
        return {
            "schema": "figecho.run/1",
            "id": self.id,
            "version": self.version,
            "created": self.created,
            "settings": dict(self.settings),
            "documents": [document.to_dict() for document in self.documents],
            "findings": [finding.to_dict() for finding in self.findings],
            "groups": [list(group) for group in self.groups],
            "failed": list(self.failed),
            "counts": self.counts,
        }
