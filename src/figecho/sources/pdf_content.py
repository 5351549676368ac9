"""What a PDF page draws besides text: its pictures and the outlines of its vector graphics, in display points.

An interpreter of the graphics operators (ISO 32000-1, 8.5, 8.8–8.10): the current matrix, clipping, nested forms and
optional content are followed; colours only as far as to know white on white. Text is left to the text layer.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pikepdf
from numpy.typing import NDArray

from figecho.errors import InputError
from figecho.sources.pdf_geometry import Affine, Rect, bounds, then
from figecho.sources.pdf_paint import DEVICE_COLOURS, Paint, family_of, hidden_layers, is_hidden, painted
from figecho.sources.request import Request

#: A page whose forms draw forms that draw forms may ask for billions of operators; the heaviest real charts seen
#: have some hundred thousand.
MAX_OPERATORS = 2_000_000
#: Decoded bytes of one content stream.
MAX_CONTENT_BYTES = 128 * 1024**2
#: Forms drawn by one page, those in forms included; each point of a scatter plot may be one.
MAX_FORMS = 100_000
MAX_NESTING = 30
#: A line is slanted if it leaves the horizontal and the vertical by more than this, in points.
SLANT = 0.5
#: The columns of `PageContent`, of one path.
_PathRow = tuple[float, float, float, float, bool, bool, bool, int]
_UNIT = Rect(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class ImageMark:
    """A picture drawn on the page.

    ``stream`` holds its samples; ``matrix`` maps the unit square to display points (the picture's lower left corner
    is (0, 0), its upper right one (1, 1)); ``visible`` is what clipping leaves of it; ``order`` says when it was drawn.
    ``size`` is its width and height in samples. A ``stencil`` is a mask through which a colour is painted, not a
    picture of its own.
    """

    stream: pikepdf.Stream
    matrix: Affine
    visible: Rect
    order: int
    size: tuple[int, int]
    stencil: bool

    @property
    def box(self) -> Rect:
        """Where all of it would be, without clipping."""
        return bounds(self.matrix, _UNIT)


@dataclass(frozen=True, eq=False)
class PageContent:
    """The marks of one page.

    ``paths`` are ``(n, 4)`` float64 boxes (left, top, right, bottom) of painted paths, what clipping leaves of them;
    ``white`` (n,) tells those painted in white, ``filled`` (n,) those that cover what lies beneath, ``bent`` (n,) those
    with curves or slanted lines, and ``orders`` (n,) when each was painted.
    """

    images: tuple[ImageMark, ...]
    paths: NDArray[np.float64]
    white: NDArray[np.bool_]
    filled: NDArray[np.bool_]
    bent: NDArray[np.bool_]
    orders: NDArray[np.int64]


@dataclass
class _State:
    """The part of the graphics state that ``q`` saves."""

    matrix: Affine
    clip: Rect
    fill: Paint = field(default_factory=Paint)
    stroke: Paint = field(default_factory=Paint)
    line_width: float = 1.0


def read_content(request: Request, pdf: pikepdf.Pdf, page: pikepdf.Page, start: Affine, canvas: Rect) -> PageContent:
    """Interpret a page's content stream.

    Parameters
    ----------
    start : the map from the page's user space to display points.
    canvas : the visible page in display points; nothing outside it is reported.

    Raises
    ------
    InputError : ``oversized`` where the page asks for more work than any figure needs.
    pikepdf.PdfError : a content stream that cannot be parsed.
    """
    interpreter = _Interpreter(request, pdf, _State(start, canvas))
    interpreter.run(page.obj, page.resources, 0)
    paths = np.array(interpreter.paths, np.float64).reshape(-1, 8)
    return PageContent(
        tuple(interpreter.images),
        paths[:, :4],
        paths[:, 4].astype(bool),
        paths[:, 5].astype(bool),
        paths[:, 6].astype(bool),
        paths[:, 7].astype(np.int64),
    )


class _Interpreter:
    """Runs content streams and collects their marks; `read_content` is its only user."""

    def __init__(self, request: Request, pdf: pikepdf.Pdf, state: _State) -> None:
        self.images: list[ImageMark] = []
        self.paths: list[_PathRow] = []
        self._request = request
        self._pdf = pdf
        self._hidden = hidden_layers(pdf)
        self._state = state
        self._saved: list[_State] = []
        self._count = 0
        self._forms = 0
        self._instructions: dict[tuple[int, int], Sequence[Any]] = {}
        self._points: list[tuple[float, float]] = []
        self._clipping = False
        self._bent = False
        self._layers: list[bool] = []  # of the open marked contents: does it hide what is in it?
        self._resources: Any = pikepdf.Dictionary()
        self._depth = 0
        self._operators: dict[str, Callable[[Sequence[Any]], None]] = {
            "q": self._save,
            "Q": self._restore,
            "cm": self._concatenate,
            "w": self._set_line_width,
            "gs": self._set_parameters,
            "Do": self._draw,
            "sh": self._shade,
            "re": self._rectangle,
            "m": self._extend,
            "l": self._line,
            **dict.fromkeys(("c", "v", "y"), self._curve),
            **dict.fromkeys(("W", "W*"), self._clip),
            "n": self._end_path,
            **dict.fromkeys(("f", "F", "f*"), self._fill),
            **dict.fromkeys(("S", "s"), self._stroke),
            **dict.fromkeys(("B", "B*", "b", "b*"), self._fill_and_stroke),
            **{name: self._fill_colour(family) for name, family in DEVICE_COLOURS.items()},
            **{name.upper(): self._stroke_colour(family) for name, family in DEVICE_COLOURS.items()},
            "cs": self._fill_space,
            "CS": self._stroke_space,
            **dict.fromkeys(("sc", "scn"), self._fill_in_space),
            **dict.fromkeys(("SC", "SCN"), self._stroke_in_space),
            "BDC": self._begin_marked,
            "BMC": self._begin_marked,
            "EMC": self._end_marked,
        }

    def run(self, stream: Any, resources: Any, depth: int) -> None:
        """Interpret one content stream; forms come back here."""
        self._resources, self._depth = resources, depth
        if stream.objgen not in self._instructions or stream.objgen == (0, 0):
            self._instructions[stream.objgen] = self._parsed(stream)
        for instruction in self._instructions[stream.objgen]:
            self._count += 1
            if self._count > MAX_OPERATORS:
                raise self._oversized(f"a page draws more than {MAX_OPERATORS / 1e6:.0f} million pieces")
            try:
                if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                    self._draw_image(self._inline(instruction.iimage))
                elif (operator := self._operators.get(str(instruction.operator))) is not None:
                    operator(instruction.operands)
            except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError):
                continue  # an operator with operands of the wrong kind does nothing, as in every viewer

    def _parsed(self, stream: Any) -> Sequence[Any]:
        contents = stream.get("/Contents") if stream.get("/Type") == "/Page" else stream
        parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        parts = [part for part in parts if isinstance(part, pikepdf.Stream)]
        if sum(len(part.read_bytes()) for part in parts) > MAX_CONTENT_BYTES:
            raise self._oversized(f"the drawing of a page takes more than {MAX_CONTENT_BYTES >> 20} MB")
        if not parts:
            return ()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is missing of a broken stream is left out, as in every viewer
            return pikepdf.parse_content_stream(pikepdf.Page(stream) if contents is not stream else stream)

    def _oversized(self, cause: str) -> InputError:
        return InputError(self._request.path, "oversized", cause, "export its figures as PNG or TIFF and give those")

    # ---- graphics state --------------------------------------------------------------------------------------

    def _save(self, operands: Sequence[Any]) -> None:
        self._saved.append(replace(self._state))

    def _restore(self, operands: Sequence[Any]) -> None:
        if self._saved:
            self._state = self._saved.pop()

    def _concatenate(self, operands: Sequence[Any]) -> None:
        self._state.matrix = then(_affine(operands), self._state.matrix)

    def _set_line_width(self, operands: Sequence[Any]) -> None:
        self._state.line_width = abs(float(operands[0]))

    def _set_parameters(self, operands: Sequence[Any]) -> None:
        parameters = self._resources["/ExtGState"][operands[0]]
        if "/LW" in parameters:
            self._state.line_width = abs(float(parameters["/LW"]))
        if "/ca" in parameters:
            self._state.fill = replace(self._state.fill, clear=float(parameters["/ca"]) == 0)
        if "/CA" in parameters:
            self._state.stroke = replace(self._state.stroke, clear=float(parameters["/CA"]) == 0)

    # ---- colours: only whether they are white ----------------------------------------------------------------

    def _fill_colour(self, family: str) -> Callable[[Sequence[Any]], None]:
        def paint(operands: Sequence[Any]) -> None:
            self._state.fill = painted(replace(self._state.fill, family=family), operands)

        return paint

    def _stroke_colour(self, family: str) -> Callable[[Sequence[Any]], None]:
        def paint(operands: Sequence[Any]) -> None:
            self._state.stroke = painted(replace(self._state.stroke, family=family), operands)

        return paint

    def _fill_space(self, operands: Sequence[Any]) -> None:
        self._state.fill = replace(self._state.fill, family=self._family(operands[0]), white=False)

    def _stroke_space(self, operands: Sequence[Any]) -> None:
        self._state.stroke = replace(self._state.stroke, family=self._family(operands[0]), white=False)

    def _fill_in_space(self, operands: Sequence[Any]) -> None:
        self._state.fill = painted(self._state.fill, operands)

    def _stroke_in_space(self, operands: Sequence[Any]) -> None:
        self._state.stroke = painted(self._state.stroke, operands)

    def _family(self, name: Any) -> str:
        return family_of(self._resources.get("/ColorSpace", pikepdf.Dictionary()).get(str(name), name))

    # ---- optional content ------------------------------------------------------------------------------------

    def _begin_marked(self, operands: Sequence[Any]) -> None:
        self._layers.append(False)
        if len(operands) > 1 and operands[0] == "/OC":
            self._layers[-1] = is_hidden(self._resources["/Properties"][operands[1]], self._hidden)

    def _end_marked(self, operands: Sequence[Any]) -> None:
        if self._layers:
            self._layers.pop()

    # ---- paths -----------------------------------------------------------------------------------------------

    def _extend(self, operands: Sequence[Any]) -> None:
        """End and control points alike: a curve lies within their hull."""
        numbers = [float(value) for value in operands]
        a, b, c, d, e, f = self._state.matrix
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            self._points.append((a * x + c * y + e, b * x + d * y + f))

    def _line(self, operands: Sequence[Any]) -> None:
        self._extend(operands)
        (x, y), (to_x, to_y) = self._points[-2:]
        self._bent = self._bent or (abs(to_x - x) > SLANT and abs(to_y - y) > SLANT)

    def _curve(self, operands: Sequence[Any]) -> None:
        self._extend(operands)
        self._bent = True

    def _rectangle(self, operands: Sequence[Any]) -> None:
        x, y, width, height = (float(value) for value in operands)
        self._extend((x, y, x + width, y, x + width, y + height, x, y + height))

    def _clip(self, operands: Sequence[Any]) -> None:
        self._clipping = True

    def _end_path(self, operands: Sequence[Any]) -> None:
        if self._clipping:
            self._state.clip &= _around(self._points) if self._points else Rect(0, 0, 0, 0)
        self._points, self._clipping, self._bent = [], False, False

    def _fill(self, operands: Sequence[Any]) -> None:
        self._paint(self._state.fill, 0.0)

    def _stroke(self, operands: Sequence[Any]) -> None:
        self._paint(self._state.stroke, self._half_line(), filled=False)

    def _fill_and_stroke(self, operands: Sequence[Any]) -> None:
        white = self._state.fill.white and self._state.stroke.white
        clear = self._state.fill.clear and self._state.stroke.clear
        self._paint(Paint(white=white, clear=clear), self._half_line())

    def _half_line(self) -> float:
        a, b, c, d, _, _ = self._state.matrix
        return float(0.5 * self._state.line_width * abs(a * d - b * c) ** 0.5)

    def _paint(self, paint: Paint, grown: float, *, filled: bool = True) -> None:
        if self._points and not paint.clear and not any(self._layers):
            seen = _around(self._points).grown(grown) & self._state.clip
            if seen.right >= seen.left and seen.bottom >= seen.top and math.isfinite(sum(seen)):
                self.paths.append((*seen, paint.white, filled, self._bent, self._count))
        self._end_path(())

    def _shade(self, operands: Sequence[Any]) -> None:
        if not any(self._layers):
            self.paths.append((*self._state.clip, False, True, True, self._count))

    # ---- pictures and forms ----------------------------------------------------------------------------------

    def _draw(self, operands: Sequence[Any]) -> None:
        drawn = self._resources["/XObject"][operands[0]]
        if any(self._layers) or ("/OC" in drawn and is_hidden(drawn["/OC"], self._hidden)):
            return
        if drawn.get("/Subtype") == "/Image":
            self._draw_image(drawn)
        elif drawn.get("/Subtype") == "/Form":
            self._draw_form(drawn)

    def _draw_image(self, stream: pikepdf.Stream) -> None:
        matrix = self._state.matrix
        seen = bounds(matrix, _UNIT) & self._state.clip
        size = int(stream.Width), int(stream.Height)
        if not (seen.area > 0 and math.isfinite(sum(seen)) and min(size) > 0):
            return
        if self._state.fill.clear or any(self._layers):
            return
        stencil = bool(stream.get("/ImageMask", False))
        self.images.append(ImageMark(stream, matrix, seen, self._count, size, stencil))

    def _draw_form(self, form: pikepdf.Stream) -> None:
        self._forms += 1
        if self._forms > MAX_FORMS:
            raise self._oversized(f"a page draws more than {MAX_FORMS} forms")
        if self._depth >= MAX_NESTING:  # a form that draws itself, directly or through others
            return
        outside, saved, layers = replace(self._state), self._saved, self._layers
        resources, depth = self._resources, self._depth
        self._saved, self._layers = [], []
        if "/Matrix" in form:
            self._state.matrix = then(_affine(list(form["/Matrix"])), self._state.matrix)
        if "/BBox" in form:
            x0, y0, x1, y1 = (float(value) for value in form["/BBox"])
            self._state.clip &= bounds(self._state.matrix, Rect(x0, y0, x1, y1))
        self.run(form, form.get("/Resources", resources), depth + 1)
        self._state, self._saved, self._layers = outside, saved, layers
        self._resources, self._depth = resources, depth

    def _inline(self, image: Any) -> pikepdf.Stream:
        """An inline picture as a stream like any other, with the names of its colour space looked up."""
        stream = pikepdf.Stream(self._pdf, image.read_raw_bytes(), image.obj)
        named = self._resources.get("/ColorSpace", pikepdf.Dictionary())
        space = stream.get("/ColorSpace")
        if isinstance(space, pikepdf.Name) and str(space) in named:
            stream.ColorSpace = named[str(space)]
        return stream


def _affine(operands: Iterable[Any]) -> Affine:
    a, b, c, d, e, f = (float(value) for value in operands)
    return (a, b, c, d, e, f)


def _around(points: Sequence[tuple[float, float]]) -> Rect:
    xs, ys = zip(*points, strict=True)
    return Rect(min(xs), min(ys), max(xs), max(ys))
