"""The pictures of one finding that a page is built of: bare, bounded in size, encoded anew.

A view is named by a word, so that an address can ask for it. Nothing here writes text on pictures: the page says what
they show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figecho.errors import OptionError
from figecho.report import pictures
from figecho.report.align import Aligned, align, difference, overlay, rgb
from figecho.types import Finding, Occurrence, Point

Pixels = NDArray[np.uint8]
Look = Literal["plain", "equalised", "false-colour"]

#: Every view there is, with what it shows.
VIEWS: dict[str, str] = {
    "figure-a": "the first figure as a whole: its panel framed, the common region outlined",
    "figure-b": "the second figure as a whole: its panel framed, the common region outlined",
    "panel-a": "the first panel",
    "panel-b": "the second panel",
    "side-a": "the first panel, the common region outlined; the filled corner is the same corner in both places",
    "side-b": "the second panel, the common region outlined; the filled corner is the same corner in both places",
    "moved": "the first panel, moved onto the second",
    "still": "the second panel where both agree",
    "overlay": "the first in red on the second in cyan: gray where both agree",
    "difference": "how far the two differ, enhanced 4×: white where they are identical",
    "matches": "lines between keypoints that agree",
}
#: Views that only a pair of panels has: a copy inside one panel is shown in one picture.
OF_TWO = ("figure-b", "panel-b", "side-b", "matches")
LOOKS: tuple[Look, ...] = ("plain", "equalised", "false-colour")
#: What is shorter is enlarged, so that it can be seen without a magnifying glass.
SMALL = 360
#: Longest side of a whole figure; of a panel, at which a screen is full; of a thumbnail.
FIGURE_SIDE, PANEL_SIDE, THUMBNAIL_SIDE = 1000, 2400, 220
#: How pictures are encoded; only flat ones, which JPEG makes smaller than this, may be smaller as PNG.
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
PNG = [cv2.IMWRITE_PNG_COMPRESSION, 4]
FLAT_BYTES_PER_PIXEL = 0.1
#: The frame around a panel in its figure: blue beside the region's orange, told apart by the colour-blind as well.
FRAME, FRAME_GAP = (0, 90, 200), 5


@dataclass(frozen=True, eq=False)
class Views:
    """All views of one finding; panels are read and aligned when a view first needs them.

    ``pixels`` is the run's, by content key.
    """

    finding: Finding
    pixels: Mapping[str, Pixels]

    @property
    def shows_figures(self) -> bool:
        """Whether a panel is a part of a picture that was kept as a whole."""
        return any(_source(place) in self.pixels for place in (self.finding.a, self.finding.b))

    @cached_property
    def _panels(self) -> tuple[Pixels, Pixels]:
        return rgb(self.pixels[self.finding.a.content]), rgb(self.pixels[self.finding.b.content])

    @cached_property
    def _aligned(self) -> Aligned | None:
        return align(*self._panels, self.finding.evidence)

    @property
    def names(self) -> tuple[str, ...]:
        """The views that this finding has."""
        without = set(OF_TWO) if self.finding.kind == "within-panel" else set()
        if self._aligned is None:
            without |= {"moved", "still", "overlay", "difference"}
        if not self.finding.evidence.inliers:
            without.add("matches")
        return tuple(name for name in VIEWS if name not in without)

    def draw(self, name: str, *, look: Look = "plain", side: int | None = None) -> Image.Image:
        """One view, at most ``side`` pixels long.

        Raises
        ------
        OptionError : there is no such view or look, or this finding does not have it.
        """
        if name not in VIEWS or look not in LOOKS:
            raise OptionError(f"there is no view {name!r} with look {look!r}; choose one of {', '.join(VIEWS)}")
        if name not in self.names:
            raise OptionError(f"{self.finding.id} has no view {name!r}: the two panels could not be aligned")
        drawn = _looking(self._draw(name), look if name not in ("overlay", "difference", "matches") else "plain")
        longest = side or (FIGURE_SIDE if name.startswith("figure") else PANEL_SIDE)
        return _bounded(drawn, longest, least=SMALL)

    def _draw(self, name: str) -> Pixels:
        a, b = self._panels
        evidence, aligned = self.finding.evidence, self._aligned
        match name, aligned:
            case "figure-a", _:
                within = self.finding.kind == "within-panel"
                return self._figure(self.finding.a, evidence.region_a, *([evidence.region_b] if within else []))
            case "figure-b", _:
                return self._figure(self.finding.b, evidence.region_b)
            case "panel-a", _:
                return a
            case "panel-b", _:
                return b
            case (("side-a" | "side-b"), _):
                return self._side()[name == "side-b"]
            case "matches", _:
                return pictures.match_lines(a, b, evidence)[0]
            case "moved", Aligned():
                return aligned.moved
            case "still", Aligned():
                return aligned.still
            case "overlay", Aligned():
                return overlay(aligned)
            case "difference", Aligned():
                return difference(aligned)[0]
        raise AssertionError(f"view {name} is listed, but not drawn")

    def _side(self) -> tuple[Pixels, Pixels]:
        """Both panels outlined; of a copy inside one panel, the same picture twice, with both of its places."""
        (a, zoom_a), (b, zoom_b) = (pictures.fitted(panel) for panel in self._panels)
        b = a if self.finding.kind == "within-panel" else b
        evidence = self.finding.evidence
        if evidence.transform is not None and len(evidence.region_a) >= 3:
            pictures.outline(a, pictures.scaled(evidence.region_a, zoom_a))
            pictures.outline(b, pictures.scaled(evidence.region_b, zoom_b))
            pictures.corner_marks(a, b, evidence, (zoom_a, zoom_b))
        return a, b

    def _figure(self, place: Occurrence, *regions: tuple[Point, ...]) -> Pixels:
        """The whole picture that a panel was cut from (or the panel, where it is the whole), marked."""
        kept = _source(place) in self.pixels
        whole = rgb(self.pixels[_source(place) if kept else place.content])
        x, y, width, height = place.bbox if kept else (0, 0, whole.shape[1], whole.shape[0])
        zoom = min(1.0, FIGURE_SIDE / max(whole.shape[:2]))
        drawn = _resized(whole, zoom)
        left, top, right, bottom = x - FRAME_GAP, y - FRAME_GAP, x + width - 1 + FRAME_GAP, y + height - 1 + FRAME_GAP
        frame = ((left, top), (right, top), (right, bottom), (left, bottom))
        corners = [np.round(pictures.scaled(frame, zoom)).astype(np.int32)]
        cv2.polylines(drawn, corners, True, (255, 255, 255), 5, cv2.LINE_AA)
        cv2.polylines(drawn, corners, True, FRAME, 3, cv2.LINE_AA)
        for region in regions:
            if len(region) >= 3:
                pictures.outline(drawn, pictures.scaled(tuple((px + x, py + y) for px, py in region), zoom))
        return drawn


def _source(place: Occurrence) -> str:
    """The content key of the picture that a panel was cut from."""
    return place.source or ""


def encode(image: Image.Image, *, exact: bool = False) -> tuple[str, bytes]:
    """``(kind, bytes)``: JPEG at a quality that shows no artefacts; PNG where that is smaller, or ``exact``."""
    pixels = np.asarray(image.convert("RGB"))[..., ::-1]
    jpeg = b"" if exact else _encoded(".jpg", pixels, JPEG)
    if not exact and len(jpeg) > FLAT_BYTES_PER_PIXEL * image.width * image.height:
        return "jpeg", jpeg
    png = _encoded(".png", pixels, PNG)
    return ("png", png) if exact or len(png) < len(jpeg) else ("jpeg", jpeg)


def _encoded(kind: str, pixels: Pixels, options: list[int]) -> bytes:
    done, data = cv2.imencode(kind, pixels, options)
    assert done, kind
    return data.tobytes()


def thumbnail(pixels: Pixels, side: int = THUMBNAIL_SIDE, *, least: int = 0) -> Image.Image:
    """A panel, small: at most ``side`` pixels long; what is shorter than ``least`` is enlarged by a whole number."""
    return _bounded(rgb(pixels), side, least)


def _bounded(pixels: Pixels, side: int, least: int = 0) -> Image.Image:
    """At most ``side`` pixels long; what is shorter than ``least`` is enlarged by a whole number, pixels kept sharp."""
    longest = max(pixels.shape[:2])
    factor = max(1, min(-(-least // longest), side // longest))
    enlarged = np.repeat(np.repeat(pixels, factor, axis=0), factor, axis=1)
    return Image.fromarray(_resized(enlarged, min(1.0, side / longest)) if longest > side else enlarged)


def _resized(pixels: Pixels, zoom: float) -> Pixels:
    size = (max(1, round(pixels.shape[1] * zoom)), max(1, round(pixels.shape[0] * zoom)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _looking(pixels: Pixels, look: Look) -> Pixels:
    """Equalised contrast (CLAHE) or false colour, to see what is faint; for display only."""
    if look == "plain":
        return pixels
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if look == "false-colour":
        coloured = cv2.applyColorMap(cv2.equalizeHist(gray), cv2.COLORMAP_VIRIDIS)
        return np.asarray(cv2.cvtColor(coloured, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    return np.repeat(cv2.createCLAHE(4.0, (8, 8)).apply(gray)[..., None], 3, axis=2)
