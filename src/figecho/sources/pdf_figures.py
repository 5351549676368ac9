"""Which clusters of graphics make which figure: captions claim them, on their own page or across pages.

Most papers print captions below their figures, some above, a few beside; manuscripts list them all before the figures,
or leave a figure's caption on the next page. The document's own habit decides where both are possible.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from figecho.sources.pdf_geometry import Rect, union
from figecho.sources.pdf_layout import Caption, Cluster, PageLayout

#: What a place against the document's habit costs, in points of distance; and a caption beside its figure.
UNUSUAL = 150.0
BESIDE = 120.0
FARTHEST_BESIDE = 60.0
#: Panels of one figure stand no further apart than this.
FARTHEST = 50.0
#: A caption that overlaps its figure by so many points still counts as above or below it.
SLACK = 8.0
#: A picture that stands at the same place on so many pages is part of the layout.
REPEATED = 3


@dataclass(frozen=True, eq=False)
class Figure:
    """One figure, or one uncaptioned cluster (``name`` None), on one page."""

    page: int
    box: Rect
    clusters: tuple[Cluster, ...]
    name: str | None = None
    caption: str | None = None


@dataclass(frozen=True, eq=False)
class Figures:
    """All figures of a document in reading order, and how many small pictures were left out on which page."""

    found: tuple[Figure, ...]
    left_out: dict[int, int]


@dataclass(eq=False)
class _Page:
    """The state of the assignment on one page."""

    layout: PageLayout
    free: list[Cluster]
    small: list[Cluster]
    claimed: dict[Caption, list[Cluster]] = field(default_factory=dict)

    @property
    def open_captions(self) -> list[Caption]:
        return [caption for caption in self.layout.captions if caption.name and caption not in self.claimed]


def find_figures(layouts: Sequence[PageLayout]) -> Figures:
    """Assign the clusters of all pages to the captions of all pages."""
    decoration = _decoration(layouts)
    pages = []
    for layout in layouts:
        clusters = [cluster for cluster in layout.clusters if not _decorates(cluster, decoration)]
        large, small = [each for each in clusters if not each.small], [each for each in clusters if each.small]
        pages.append(_Page(layout, large, small))
    above = _captions_stand_above(pages)
    for page in pages:
        _claim_on_page(page, above=above)
        _claim_companions(page)
    across = {**_claim_from_list(pages), **_claim_from_neighbours(pages)}
    legends = _legends(layouts)
    figures = [figure for page in pages for figure in _figures_of(page, across, legends)]
    left_out = {
        layout.number: sum(len(cluster.images) for cluster in layout.clusters if cluster.small) for layout in layouts
    }
    return Figures(tuple(figures), {page: count for page, count in left_out.items() if count})


# ---- one page ----------------------------------------------------------------------------------------------------


def _captions_stand_above(pages: Iterable[_Page]) -> bool:
    """Whether this document prints captions above its figures: each caption with graphics on one side votes."""
    votes: Counter[bool] = Counter()
    for page in pages:
        for caption in page.layout.captions:
            if caption.name is None:
                continue
            gaps = {side: _nearest(page, caption, below=side) for side in (False, True)}
            if gaps[False] != gaps[True]:
                votes[gaps[True] < gaps[False]] += 1
    return votes[True] > votes[False]


def _nearest(page: _Page, caption: Caption, *, below: bool) -> float:
    """Distance to the nearest cluster above (or below) a caption, with nothing between."""
    gaps = [_gap(page.layout, cluster, caption, caption_above=below) for cluster in page.free]
    return min(gaps, default=math.inf)


def _claim_on_page(page: _Page, *, above: bool) -> None:
    """Each cluster goes to the caption that it is nearest to, if any can be its own."""
    for cluster in list(page.free):
        inside = [caption for caption in page.layout.captions if caption.box.share_in(cluster.box) > 0.9]
        scanned = [caption for caption in inside if any(caption.box.share_in(i.visible) > 0.9 for i in cluster.images)]
        if scanned:  # a page that is one picture: it has a name if it has only one caption
            if len(scanned) == 1 and scanned[0].name:
                _claim(page, scanned[0], cluster)
            continue
        costs = [(_cost(page.layout, cluster, caption, above=above), caption) for caption in page.layout.captions]
        cost, caption = min(costs, key=lambda pair: pair[0], default=(math.inf, None))
        if caption is not None and cost < math.inf:
            _claim(page, caption, cluster)


def _claim(page: _Page, caption: Caption, cluster: Cluster) -> None:
    """Give a cluster to a caption; a table keeps its rules, but pictures near it stay free."""
    if caption.name is None and any(cluster.images):
        return
    page.free.remove(cluster)
    page.claimed.setdefault(caption, []).append(cluster)


def _cost(layout: PageLayout, cluster: Cluster, caption: Caption, *, above: bool) -> float:
    """Distance between a cluster and a caption that may be its own, with a surcharge for unusual places."""
    usual = above if caption.name else True  # captions of tables stand above them
    costs = [
        _gap(layout, cluster, caption, caption_above=side) + (0.0 if side == usual else UNUSUAL)
        for side in (False, True)
    ]
    return min(*costs, _gap_beside(layout, cluster, caption) + BESIDE)


def _gap(layout: PageLayout, cluster: Cluster, caption: Caption, *, caption_above: bool) -> float:
    """Vertical distance of a caption above (or below) a cluster; infinite where it is not, or something is between."""
    upper, lower = (caption.box, cluster.box) if caption_above else (cluster.box, caption.box)
    left, right = max(upper.left, lower.left), min(upper.right, lower.right)
    if right - left < 0.3 * min(upper.width, lower.width) or lower.top < upper.bottom - SLACK:
        return math.inf
    if _blocked(layout, Rect(left, upper.bottom, right, lower.top), caption):
        return math.inf
    return max(0.0, lower.top - upper.bottom)


def _gap_beside(layout: PageLayout, cluster: Cluster, caption: Caption) -> float:
    """Horizontal distance where they stand side by side; infinite where they do not, or are far apart."""
    top, bottom = max(cluster.box.top, caption.box.top), min(cluster.box.bottom, caption.box.bottom)
    if bottom - top < 0.5 * min(cluster.box.height, caption.box.height):
        return math.inf
    left, right = sorted((cluster.box, caption.box), key=lambda box: box.left)
    gap = right.left - left.right
    if not -SLACK < gap < FARTHEST_BESIDE or _blocked(layout, Rect(left.right, top, right.left, bottom), caption):
        return math.inf
    return max(0.0, gap)


def _blocked(layout: PageLayout, strip: Rect, caption: Caption | None = None) -> bool:
    """Whether running text or another caption stands in a strip of the page."""
    if strip.width <= 0 or strip.height <= 0:
        return False
    for line in layout.running:
        common = line & strip
        own = caption is not None and line.share_in(caption.box) > 0.9
        if not own and common.height > 2 and common.width > 0.2 * min(strip.width, line.width):
            return True
    return False


def _claim_companions(page: _Page) -> None:
    """Clusters next to one that a caption has claimed belong to the same figure: panels the caption does not reach.

    Small ones belong to a figure too where they stand close to it.
    """
    grown = True
    while grown:
        grown = False
        for caption, members in page.claimed.items():
            if caption.name is None:
                continue
            large = [each for each in page.free if any(_adjoins(page.layout, each, member) for member in members)]
            small = [
                each
                for each in page.small
                if each.substantial and any(_adjoins(page.layout, each, member, 0.5 * FARTHEST) for member in members)
            ]
            page.free = [each for each in page.free if each not in large]
            page.small = [each for each in page.small if each not in small]
            members.extend([*large, *small])
            grown = grown or bool(large or small)


def _adjoins(layout: PageLayout, a: Cluster, b: Cluster, most: float = FARTHEST) -> bool:
    """Whether two clusters stand side by side or one above the other, near and with no text between."""
    left, right = sorted((a.box, b.box), key=lambda box: box.left)
    upper, lower = sorted((a.box, b.box), key=lambda box: box.top)
    across = min(left.right, right.right) - right.left
    down = min(upper.bottom, lower.bottom) - lower.top
    if down >= 0.5 * min(a.box.height, b.box.height):
        between = Rect(left.right, lower.top, right.left, min(upper.bottom, lower.bottom))
        return right.left - left.right < most and not _blocked(layout, between)
    if across >= 0.5 * min(a.box.width, b.box.width):
        between = Rect(right.left, upper.bottom, min(left.right, right.right), lower.top)
        return lower.top - upper.bottom < most and not _blocked(layout, between)
    return False


# ---- across pages ------------------------------------------------------------------------------------------------

_Across = dict[int, Caption]


def _claim_from_list(pages: Sequence[_Page]) -> _Across:
    """Captions listed before or after the figures: as many as there are pages with nothing but a figure, in order."""
    captions = [caption for page in pages for caption in page.open_captions if not caption.bare]
    named = {caption.name for page in pages for caption in page.claimed}
    captions = [caption for caption in captions if caption.name not in named]
    alone = [page for page in pages if page.free and not page.claimed and not page.layout.running]
    if not captions or len(captions) != len(alone):
        return {}
    return {page.layout.number: caption for page, caption in zip(alone, captions, strict=True)}


def _claim_from_neighbours(pages: Sequence[_Page]) -> _Across:
    """A figure at the end of one page whose caption is at the top of the next, or the other way round."""
    found: _Across = {}
    by_number = {page.layout.number: page for page in pages}
    named = {caption.name for page in pages for caption in page.claimed}
    for page in pages:
        open_captions = [caption for caption in page.open_captions if caption.name not in named]
        if len(open_captions) != 1:
            continue
        (caption,) = open_captions
        upper = caption.box.top < page.layout.canvas.top + 0.5 * page.layout.canvas.height
        number = page.layout.number
        for neighbour in (number - 1, number + 1) if upper else (number + 1, number - 1):
            other = by_number.get(neighbour)
            if other is not None and other.free and neighbour not in found:
                found[neighbour] = caption
                break
    return found


def _legends(layouts: Sequence[PageLayout]) -> dict[str, str]:
    """The longest caption of each figure, for pages that give nothing but its name."""
    legends: dict[str, str] = {}
    for layout in layouts:
        for caption in layout.captions:
            if caption.name and not caption.bare and len(caption.text) > len(legends.get(caption.name, "")):
                legends[caption.name] = caption.text
    return legends


# ---- results -----------------------------------------------------------------------------------------------------


def _figures_of(page: _Page, across: _Across, legends: dict[str, str]) -> list[Figure]:
    """The page's figures and uncaptioned clusters, from top to bottom."""
    number, found = page.layout.number, []
    for caption, clusters in page.claimed.items():
        if caption.name:
            text = legends.get(caption.name, caption.text) if caption.bare else caption.text
            found.append(_figure(number, clusters, caption.name, text))
    if number in across and page.free:
        found.append(_figure(number, page.free, across[number].name, across[number].text))
    else:
        found += [_figure(number, [cluster]) for cluster in page.free if cluster.images or not page.layout.running]
    return sorted(found, key=lambda figure: (round(figure.box.top / 20), figure.box.left))


def _figure(page: int, clusters: Sequence[Cluster], name: str | None = None, caption: str | None = None) -> Figure:
    return Figure(page, union(cluster.box for cluster in clusters), tuple(clusters), name, caption)


def _place(cluster: Cluster) -> Iterable[tuple[tuple[int, int], tuple[int, ...]]]:
    """Which pictures stand where, for finding those that every page repeats."""
    for image in cluster.images:
        yield image.stream.objgen, tuple(round(edge) for edge in image.visible)


def _decoration(layouts: Sequence[PageLayout]) -> set[tuple[tuple[int, int], tuple[int, ...]]]:
    """Pictures that stand at the same place on several pages: logos, watermarks, backgrounds."""
    counts = Counter(key for layout in layouts for cluster in layout.clusters for key in set(_place(cluster)))
    return {key for key, count in counts.items() if count >= REPEATED and key[0] != (0, 0)}


def _decorates(cluster: Cluster, decoration: set[tuple[tuple[int, int], tuple[int, ...]]]) -> bool:
    return bool(cluster.images) and all(key in decoration for key in _place(cluster))
