"""One page → its captions and its clusters of graphics. Pure geometry, in display points.

A cluster is what stands close together: pictures, vector graphics, and the short texts in and around them, but never
running text. Which clusters make a figure is decided by the captions (`figecho.sources.pdf_figures`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from figecho.sources.captions import caption_start, is_table_caption
from figecho.sources.pdf_content import ImageMark, PageContent
from figecho.sources.pdf_geometry import Rect, union
from figecho.sources.pdf_text import Block, Line, Word, blocks_of, lines_of

#: Marks closer than this, in points, belong together; panels of one figure often stand further apart, and are brought
#: together by their caption.
GAP = 9.0
#: Side of a cell of the grid on which nearness is judged, in points (larger on very large pages).
CELL = 1.5
#: A path that covers this share of the page's width and height is its background.
BACKGROUND = 0.85
#: A path that is so thin, in points, and drawn out is a rule, an axis or a tick.
THIN = 3.0
#: Word processors draw the corners of a table's cells as squares below this size.
JOINT = 0.9
#: One centimetre: what is smaller both ways, or has fewer pixels than this both ways, is a logo or a symbol.
CENTIMETRE = 72 / 2.54
FEW_PIXELS = 64
MAX_CAPTION = 4000


@dataclass(frozen=True)
class Caption:
    """The caption of a figure or a table (``name`` None); ``bare`` where it is nothing but the figure's name."""

    name: str | None
    text: str
    box: Rect
    bare: bool = False


@dataclass(frozen=True, eq=False)
class Cluster:
    """Graphics that stand together: their pictures, the boxes of their paths, and the labels among them.

    ``paths`` are rows of `PageContent.paths`, by number (-1 for a painted stencil); ``shapes`` counts those that are no
    thin lines, and ``curves`` those with bends or slanted lines.
    """

    box: Rect
    images: tuple[ImageMark, ...]
    paths: tuple[int, ...]
    shapes: int
    curves: int
    labels: tuple[Word, ...]

    @property
    def small(self) -> bool:
        """Whether it holds nothing but symbols, logos and rules."""
        return all(is_small(image) for image in self.images) and not self.tiled and not self.drawing

    @property
    def substantial(self) -> bool:
        """Whether it may be a part of a figure, and is no rule, bar or dotted line of the page's layout."""
        marks = bool(self.images) or self.curves > 0 or self.shapes >= 3
        return marks and min(self.box.width, self.box.height) >= 10.0

    @property
    def tiled(self) -> bool:
        """Whether its pictures, however small each, fill an area together, as tiles of one picture do."""
        if len(self.images) < 2:
            return False
        samples = sum(image.size[0] * image.size[1] for image in self.images)
        filled = sum(image.visible.area for image in self.images)
        around = union(image.visible for image in self.images)
        return samples >= FEW_PIXELS**2 and filled >= 0.8 * around.area and around.area >= CENTIMETRE**2

    @property
    def drawing(self) -> bool:
        """Whether its paths look like a chart or a drawing, and not like rules, a table's grid or a frame."""
        short, long = sorted((self.box.width, self.box.height))
        large = short >= CENTIMETRE and long >= 1.5 * CENTIMETRE
        # A table has upright rules and shaded cells, fewer than words; bars of a chart are more, and curves are bent.
        ruled = not self.curves and 10 * self.shapes <= len(self.labels)
        return large and self.shapes >= 1 and len(self.paths) >= 4 and not ruled


@dataclass(frozen=True, eq=False)
class PageLayout:
    """What stands where on one page.

    ``running`` are the boxes of lines of running text and of captions, which separate figures; ``words`` is the whole
    text layer, ``labels`` the words outside running text.
    """

    number: int
    canvas: Rect
    content: PageContent
    captions: tuple[Caption, ...]
    clusters: tuple[Cluster, ...]
    running: tuple[Rect, ...]
    words: tuple[Word, ...]
    labels: frozenset[Word]


def is_small(image: ImageMark) -> bool:
    """Symbols and logos: under a centimetre both ways, under 64 samples both ways, or a hairline."""
    seen, (width, height) = image.visible, image.size
    return (
        max(seen.width, seen.height) < CENTIMETRE
        or max(width, height) < FEW_PIXELS
        or min(width, height) < 8
        or min(seen.width, seen.height) < THIN
    )


def lay_out(number: int, canvas: Rect, content: PageContent, words: Sequence[Word]) -> PageLayout:
    """Find the captions and the clusters of page ``number``.

    Parameters
    ----------
    canvas : the visible page.
    content : its marks.
    words : its text layer, in reading order.
    """
    pictures = [image.visible for image in content.images if not _is_path(image)]
    blocks = blocks_of(lines_of(words))
    captions, caption_lines = [], set[Line]()
    for lines, caption in _captions(blocks):
        if not any(caption.box.share_in(picture) > 0.9 for picture in pictures) or not caption.bare:
            captions.append(caption)
            caption_lines.update(lines)
    running = [line for block in blocks if block.running for line in block.lines]
    apart = list(dict.fromkeys([*running, *caption_lines]))
    # What an optical reader found on a scanned page lies on its picture and separates nothing.
    apart = [line for line in apart if not any(line.box.share_in(picture) > 0.5 for picture in pictures)]
    in_text = {word for line in apart for word in line.words}
    labels = [word for word in words if word not in in_text]
    clusters = _clusters(canvas, content, apart, labels)
    return PageLayout(
        *(number, canvas, content, tuple(captions), clusters),
        *(tuple(line.box for line in apart), tuple(words), frozenset(labels)),
    )


# ---- captions ----------------------------------------------------------------------------------------------------


def _captions(blocks: Sequence[Block]) -> Iterator[tuple[Sequence[Line], Caption]]:
    """Every caption with its lines: a block that begins like one, or a part of a block, as in a list of legends."""
    for block in blocks:
        starts = [place for place in range(len(block.lines)) if _starts_caption(block, place)]
        for place, end in zip(starts, [*starts, len(block.lines)][1:], strict=True):
            lines = block.lines[place:end]
            text = " ".join(line.text for line in lines)[:MAX_CAPTION]
            start = caption_start(text)
            name = start.name if start is not None else None
            yield lines, Caption(name, text, union(line.box for line in lines), start is not None and start.bare)


def _starts_caption(block: Block, place: int) -> bool:
    line = block.lines[place]
    start = caption_start(line.text)
    if place == 0:
        return start is not None or (is_table_caption(line.text) and not _refers(line.text))
    if start is None or not start.separated:
        return False
    before = block.lines[place - 1]
    ended = before.text.rstrip().endswith((".", ")", "]", "!", "?", ":")) or before.box.width < 0.7 * block.box.width
    return ended and abs(line.box.left - block.box.left) < 3 * line.size


def _refers(line: str) -> bool:
    """ "Table 1 shows ..." is a sentence."""
    return bool(re.match(r"^\W*\w+\.?\s*\S+\s+[a-z]", line))


# ---- clusters ----------------------------------------------------------------------------------------------------


def _is_path(image: ImageMark) -> bool:
    """Stencils are shapes painted in a colour, and pictures of one row or column are rules."""
    return image.stencil or min(image.size) <= 1


def _clusters(canvas: Rect, content: PageContent, apart: Sequence[Line], labels: Sequence[Word]) -> tuple[Cluster, ...]:
    images = [image for image in content.images if not _is_path(image)]
    painted = [image.visible for image in content.images if _is_path(image) and not _inside_text(image.visible, apart)]
    kept = np.flatnonzero(_graphic(canvas, content, images, apart))
    boxes = [image.visible for image in images] + painted + [Rect(*content.paths[row]) for row in kept]
    if not boxes:
        return ()
    grid = _Grid(canvas, [*boxes, *(word.box for word in labels)], [line.box for line in apart])
    members: dict[int, _Members] = {}
    for image in images:
        members.setdefault(grid.component(image.visible), _Members()).images.append(image)
    for box in painted:
        members.setdefault(grid.component(box), _Members()).shapes.append(box)
    for row in kept:
        members.setdefault(grid.component(Rect(*content.paths[row])), _Members()).paths.append(int(row))
    for word in labels:
        found = members.get(grid.component(word.box))
        if found is not None:
            found.labels.append(word)
    return _joined([found.cluster(content) for found in members.values()], apart)


def _joined(clusters: Sequence[Cluster], apart: Sequence[Line]) -> tuple[Cluster, ...]:
    """Put what lies inside a larger cluster into it, such as the lonely points of a scatter plot within its axes."""
    groups: list[list[Cluster]] = []
    outer = np.empty((0, 4))
    for cluster in sorted(clusters, key=lambda each: -each.box.area):
        box = cluster.box
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        around = (outer[:, 0] < x) & (outer[:, 2] > x) & (outer[:, 1] < y) & (outer[:, 3] > y)
        if around.any():
            groups[int(np.argmax(around))].append(cluster)
            continue
        groups.append([cluster])
        framed = any(line.box.share_in(box) > 0.5 for line in apart)  # a frame around text and figures is no figure
        outer = np.vstack([outer, (np.nan,) * 4 if framed else box])
    return tuple(_one_of(group) for group in groups)


def _one_of(group: Sequence[Cluster]) -> Cluster:
    return Cluster(
        union(each.box for each in group),
        tuple(image for each in group for image in each.images),
        tuple(path for each in group for path in each.paths),
        sum(each.shapes for each in group),
        sum(each.curves for each in group),
        tuple(label for each in group for label in each.labels),
    )


class _Members:
    """What one connected component of the grid gathers."""

    def __init__(self) -> None:
        self.images: list[ImageMark] = []
        self.shapes: list[Rect] = []
        self.paths: list[int] = []
        self.labels: list[Word] = []

    def cluster(self, content: PageContent) -> Cluster:
        paths = [Rect(*content.paths[row]) for row in self.paths] + self.shapes
        boxes = [image.visible for image in self.images] + paths + [word.box for word in self.labels]
        shapes = sum(not _is_line(path) for path in paths)
        curves = int(content.bent[self.paths].sum())
        rows = (*self.paths, *(-1 for _ in self.shapes))
        return Cluster(union(boxes), tuple(self.images), rows, shapes, curves, tuple(self.labels))


def _is_line(path: Rect) -> bool:
    """Rules, axes and ticks: thin and drawn out, or where two of them meet. Dots of a scatter plot are larger."""
    short, long = sorted((path.width, path.height))
    return long < JOINT or (short <= THIN and long > 3 * short)


def _graphic(
    canvas: Rect, content: PageContent, images: Sequence[ImageMark], apart: Sequence[Line]
) -> NDArray[np.bool_]:
    """Which paths are part of a graphic: not background, nor paint in white on white, nor what decorates text."""
    left, top, right, bottom = content.paths.T
    width, height = right - left, bottom - top
    background = (width > BACKGROUND * canvas.width) & (height > BACKGROUND * canvas.height)
    seen = ~content.white
    for image in images:  # white paint over a picture hides a part of it
        box = image.visible
        over = (left < box.right) & (right > box.left) & (top < box.bottom) & (bottom > box.top)
        seen |= over & (content.orders > image.order)
    text = np.zeros(len(content.paths), bool)
    covered = np.zeros(len(content.paths))
    for line in apart:
        box = line.box.grown(2.0)
        text |= (left >= box.left) & (right <= box.right) & (top >= box.top) & (bottom <= box.bottom)
        across = np.minimum(right, line.box.right) - np.maximum(left, line.box.left)
        along = np.minimum(bottom, line.box.bottom) - np.maximum(top, line.box.top)
        covered += np.maximum(across, 0) * np.maximum(along, 0)
    boxed = covered > 0.2 * np.maximum(width * height, 1)  # a coloured box behind a paragraph
    return np.asarray(seen & ~background & ~text & ~boxed)


def _inside_text(box: Rect, apart: Sequence[Line]) -> bool:
    return any(box.share_in(line.box.grown(2.0)) > 0.99 for line in apart)


class _Grid:
    """A coarse drawing of the page, in which boxes that lie close together become one connected component."""

    def __init__(self, canvas: Rect, boxes: Sequence[Rect], apart: Sequence[Rect]) -> None:
        self._canvas = canvas
        self._cell = max(CELL, max(canvas.width, canvas.height) / 1500)
        shape = (int(canvas.height / self._cell) + 1, int(canvas.width / self._cell) + 1)
        self._drawn = np.zeros(shape, np.uint8)
        for box in boxes:
            self._fill(self._drawn, box, 1)
        reach = max(1, round(GAP / self._cell))
        near = ndimage.maximum_filter(self._drawn, size=reach, mode="constant")
        between = np.zeros(shape, np.uint8)
        for box in apart:
            self._fill(between, box, 1)
        near[(between > 0) & (self._drawn == 0)] = 0
        self._labels, _ = ndimage.label(near, structure=np.ones((3, 3)))

    def _cells(self, box: Rect) -> tuple[int, int, int, int]:
        rows, columns = self._drawn.shape
        left, top = int((box.left - self._canvas.left) / self._cell), int((box.top - self._canvas.top) / self._cell)
        right = int((box.right - self._canvas.left) / self._cell)
        bottom = int((box.bottom - self._canvas.top) / self._cell)
        left, right = min(max(left, 0), columns - 1), min(max(right, 0), columns - 1)
        return left, min(max(top, 0), rows - 1), right, min(max(bottom, 0), rows - 1)

    def _fill(self, drawing: NDArray[np.uint8], box: Rect, value: int) -> None:
        left, top, right, bottom = self._cells(box)
        drawing[top : bottom + 1, left : right + 1] = value

    def component(self, box: Rect) -> int:
        """The number of the component that a box was drawn into."""
        left, top, _, _ = self._cells(box)
        return int(self._labels[top, left])
