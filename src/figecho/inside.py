"""One picture → the copies inside each of its panels: what `figecho compare A` prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from figecho._version import __version__
from figecho.compare import on_pictures, panels_of
from figecho.errors import OptionError
from figecho.match.verdict import unless_damaged
from figecho.options import Limits, within_options
from figecho.sources.open import Read, read
from figecho.types import Judgement, Occurrence, Picture, Verdict
from figecho.within import WithinCopy, WithinResult, look_within

if TYPE_CHECKING:
    from PIL.Image import Image

#: What says most about a picture, first to last: one panel that was looked into makes it "none" rather than unknown.
_TELLING: tuple[Verdict, ...] = ("strong", "moderate", "weak", "none", "undecidable")


@dataclass(frozen=True, eq=False)
class Inside:
    """What was found inside one picture; coordinates are in its own pixels.

    ``copies`` : each with the panel that it is in; ``judgement`` : that of the panel that says most; ``mask`` :
    (H, W) bool, every piece that occurs twice.
    """

    picture: Picture
    copies: tuple[tuple[Occurrence, WithinCopy], ...]
    judgement: Judgement
    mask: NDArray[np.bool_]
    settings: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        raise TypeError("a result has no truth value; ask for .verdict or .copies")

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def score(self) -> float:
        """Calibrated probability that a piece occurs twice, in [0, 1]."""
        return self.judgement.score

    def draw(self, view: str = "within") -> Image:
        """``within``: all copies outlined; ``side``, ``matches``, ``overlay``, ``difference``: the most certain one.

        Raises
        ------
        OptionError : an unknown view, or one that needs a copy where there is none.
        """
        from figecho.report import pictures
        from figecho.report.within import draw_within

        pixels, name = self.picture.pixels, self.picture.path
        if view == "within":
            return draw_within(pixels, [copy.evidence for _, copy in self.copies], name)
        if not self.copies:
            raise OptionError(f"--view {view} shows a copy, and none was found; leave it out")
        evidence = self.copies[0][1].evidence
        return pictures.draw(view, pixels, pixels, evidence, name_a=f"{name} (source)", name_b=f"{name} (target)")

    def mask_picture(self) -> Image:
        """The mask as a gray picture of the same size: 255 where a piece occurs twice, 0 elsewhere."""
        from figecho.report.within import mask_picture

        return mask_picture(self.mask)

    def to_dict(self) -> dict[str, Any]:
        """The ``figecho.within/1`` object."""
        picture = self.picture
        return {
            "schema": "figecho.within/1",
            "a": {
                "path": picture.path,
                "page": picture.page,
                "width": picture.width,
                "height": picture.height,
                "sha256": picture.document,
                "notes": list(picture.notes),
                "damage": picture.damage,
            },
            "verdict": self.verdict,
            "score": self.score,
            "reasons": list(self.judgement.reasons),
            "copies": [{"panel": place.label, **copy.to_dict()} for place, copy in self.copies],
            "settings": self.settings,
            "version": __version__,
        }


def look_inside(
    source: Any,
    *,
    profile: str = "balanced",
    limits: Limits = Limits(),  # noqa: B008 - frozen
    reader: Read = read,
) -> Inside:
    """Look for pieces that occur twice inside one panel, in every panel of a picture.

    Parameters
    ----------
    source : path (``stack.tif#page=2`` picks a page, ``figure.png#panel=C`` a panel; of several pictures the first is
        taken), NumPy array ``(H, W[, 3|4])`` of uint8, uint16 or float, or PIL image.
    profile : ``fast``, ``balanced`` or ``thorough``.
    limits : what reading a document may cost, and the password of an encrypted one.
    reader : reads documents, by default in this process.

    Raises
    ------
    InputError : the picture cannot be read.
    """
    options = within_options(profile)
    panels = panels_of(source, "A", limits, reader)
    picture = panels[0][0]
    mine = [panel for each, panel in panels if each is picture]
    results = [(panel.occurrence, look_within(panel.pixels, options, panel.kind)) for panel in mine]
    copies = [(place, _on_picture(copy, place, picture)) for place, result in results for copy in result.copies]
    copies.sort(key=lambda found: (_TELLING.index(found[1].verdict), -found[1].judgement.score))
    best = min((result for _, result in results), key=lambda result: (_TELLING.index(result.verdict), -result.score))
    settings = {"profile": profile, **asdict(options)}
    judgement = unless_damaged(best.judgement, (picture.path, picture.damage))
    return Inside(picture, tuple(copies), judgement, _mask(results, picture), settings)


def _on_picture(copy: WithinCopy, place: Occurrence, picture: Picture) -> WithinCopy:
    evidence = on_pictures(copy.evidence, place.bbox, picture, place.bbox, picture)
    judgement = unless_damaged(copy.judgement, (picture.path, picture.damage))
    return replace(copy, evidence=evidence, judgement=judgement)


def _mask(results: list[tuple[Occurrence, WithinResult]], picture: Picture) -> NDArray[np.bool_]:
    mask = np.zeros((picture.height, picture.width), bool)
    for place, result in results:
        x, y, width, height = place.bbox
        mask[y : y + height, x : x + width] |= result.mask
    return mask
