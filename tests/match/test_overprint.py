"""Print is found by its sharp edges and taken away; bands, nuclei and textures are left as they are."""

import cv2
import numpy as np
import pytest

from benchmarks.blots.drawn import draw_strip
from figecho.match.overprint import printed, without_print
from planted import scene


def blot():
    return draw_strip(np.random.default_rng(16), np.random.default_rng(108)).pixels


def lettered(pixels):
    """The picture with a letter, an arrow and a scale bar, and where they are."""
    shown = pixels.copy()
    cv2.putText(shown, "B", (8, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2, cv2.LINE_AA)
    cv2.arrowedLine(shown, (60, 12), (85, 28), 0, 2, cv2.LINE_AA, tipLength=0.35)
    cv2.rectangle(shown, (120, 8), (170, 12), 0, -1)
    return shown, np.abs(shown.astype(int) - pixels) > 100


@pytest.mark.parametrize("quality", [95, 75])
def test_letters_arrows_and_bars_are_found(quality):
    shown, ink = lettered(blot())
    _, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
    found = printed(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
    assert (found & ink).sum() > 0.8 * ink.sum()
    assert (found & ~cv2.dilate(ink.astype(np.uint8), np.ones((5, 5))).astype(bool)).sum() == 0


def test_what_lies_beneath_is_replaced_by_what_surrounds_it():
    pixels = blot()
    shown, _ = lettered(pixels)
    bare = without_print(shown)
    assert bare is not None
    assert np.abs(bare.astype(int) - pixels).mean() < 0.1 * np.abs(shown.astype(int) - pixels).mean()


@pytest.mark.parametrize("zoom", [1.0, 0.5, 0.35])
def test_bands_are_no_print(zoom):
    stretched = cv2.normalize(blot(), None, 0, 255, cv2.NORM_MINMAX)
    dark = cv2.resize(stretched, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    assert dark.min() < 20  # some bands are quite black
    assert without_print(dark) is None
    assert without_print(255 - dark) is None


def test_a_micrograph_shows_no_print():
    assert without_print(scene(3)) is None
