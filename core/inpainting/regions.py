"""From losses to windows: what a generator sees at a time, and which pixels of it are used."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.loss_map import CELL, Cells, LossMap, thickness_of
from core.inpainting.window_grid import OVERLAP_PX, Span, WindowGrid, spans

CONTEXT_PX: Final = 64
# What a trained net needs to see around cracks and specks. On 8 crops of 1024 px with 7 cracks of
# 2 to 4 px each, filled with 32 and with 64 px around: atelier-small 33.5814 and 33.5812 dB, the
# samples 0.02/1023 apart in the mean and 1.0 at most, atelier-crack 33.5893 and 33.5898 dB, 0.3
# at most; for three fifths to four fifths of the window's samples.
THIN_CONTEXT_PX: Final = 32
# The trained net's time per pixel of loss is the same at 768 and 1024; its memory is not (250 and
# 410 MB measured), and smaller windows show, and stop, sooner.
WINDOW_PX_MAX: Final = 768

_MIN_CONTEXT_PX = 32
# A window costs as much as so many samples, whatever its size: about 10 ms.
_WINDOW_COST_PX = 8192
# Sides of the squares a long thin loss may be cut into, where its map is no larger than so many
# cells: a network over a whole picture fills every square anyway.
_CHAIN_SIDES_PX = (96, 128, 160, 192, 256, 320, 448)
_CHAIN_CELLS_MAX = 1 << 16


@dataclass(frozen=True, eq=False)
class Region:
    """One call of a generator.

    window: level-0 pixels it sees; `scale` of them per pixel and side, 1 = native.
    hole: bounds of the loss it fills, within the window.
    cells: (rows, columns) bool over the hole, which begins on the cell grid: cells it fills.
    final: the part of the hole no later region fills too; the rest waits for those.
    weight_x, weight_y: (hole.width,), (hole.height,) float32: the share of this region's fill;
    their product, summed over all regions, is 1 on every pixel of loss.
    loss: a number that the regions of a loss that was cut have in common, and no others.
    """

    window: Rect
    scale: int
    hole: Rect
    cells: Cells
    final: Rect
    weight_x: F32
    weight_y: F32
    loss: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether no other region fills any of its hole."""
        return self.final == self.hole and self.weight_x.min() == 1 and self.weight_y.min() == 1


class _Loss(NamedTuple):
    label: int
    box: Rect  # whole cells, in px; may reach over the picture's edge
    context_px: int
    scale: int
    is_thin: bool

    @property
    def reach(self) -> Rect:
        """What a generator must see to fill it."""
        return self.box.expanded(self.context_px)


class _Group(NamedTuple):
    reach: Rect
    box: Rect
    losses: list[_Loss]


class _Square(NamedTuple):
    """One of the overlapping rectangles a loss is cut into: what of it lies there."""

    x: Span
    y: Span
    place: Rect
    cells: Cells  # of the loss, over `tight`
    tight: Rect


def regions(
    losses: LossMap,
    *,
    multiple_of: int = 1,
    context_px: int | None = None,
    thin_context_px: int | None = None,
    window_px_max: int = WINDOW_PX_MAX,
) -> list[Region]:
    """Cover all losses with windows: small ones from top to bottom, then those that are cut.

    Each window holds its loss and, where the picture reaches that far, at least
    max(context_px or CONTEXT_PX, the loss's thickness) of what is around it; around cracks and
    specks, in which no whole cell lies, thin_context_px if that is given. No window is wider or
    higher than window_px_max pixels of its scale; native but for losses thicker than a third of
    that. Small losses near each other share a window; long ones are cut, their pieces
    overlapping, and thin ones already where that spares samples if thin_context_px is given.
    Windows begin on multiples of `multiple_of` pixels of their scale, and end there or at the
    picture's edge. Raises ValueError if window_px_max is below 384.
    """
    if window_px_max < 384:
        raise ValueError("a window below 384 px has no room for context and overlap")
    if losses.is_empty:
        return []
    grid = WindowGrid.of(losses.picture, multiple_of, window_px_max)
    labels, found = _separated(losses, context_px or CONTEXT_PX, thin_context_px, grid)
    whole: list[_Loss] = []
    cut: list[tuple[_Loss, list[_Square]]] = []
    for loss in found:
        parts = _cut(loss, labels, losses, grid, may_chain=thin_context_px is not None)
        if parts:
            cut.append((loss, parts))
        else:
            whole.append(loss)
    made = [_whole(group, labels, losses, grid) for group in _grouped(whole, grid)]
    made.sort(key=lambda region: region.hole.y)
    for loss, parts in cut:
        made.extend(_piece(loss, square, grid) for square in parts)
    return made


def cells_within(region: Region, window: Rect) -> Cells:
    """Return where in a window, which holds part of the region's hole, the region fills."""
    part = region.hole.intersection(window)
    rows, columns = part.slices(region.hole)
    wanted = np.zeros((window.height, window.width), np.bool_)
    cells = region.cells.repeat(CELL, axis=0)[rows].repeat(CELL, axis=1)[:, columns]
    wanted[part.slices(window)] = cells
    return wanted


def _separated(
    losses: LossMap, context_px: int, thin_context_px: int | None, grid: WindowGrid
) -> tuple[NDArray[np.int32], list[_Loss]]:
    """Label the losses: thick parts apart from thin ones, since only thick ones lose resolution."""
    depth = losses.depth()
    widest = grid.certain(1) // 3
    deep = thickness_of(depth) > widest
    thick = np.zeros_like(losses.occupied)
    if deep.any():
        # All cells of the discs around the deep ones, with the corners a disc leaves (1.5 > √2).
        radius = 1.5 * widest / (2 * CELL) + 2
        near = cv2.distanceTransform((~deep).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        thick = losses.occupied & (near <= radius)
    labels = np.zeros(losses.occupied.shape, np.int32)
    found: list[_Loss] = []
    for part in (thick, losses.occupied & ~thick):
        count, numbers, stats, _ = cv2.connectedComponentsWithStats(part.astype(np.uint8))
        deepest = np.zeros(count, np.float32)
        np.maximum.at(deepest, numbers.ravel(), depth.ravel())
        thickness = thickness_of(deepest)
        numbers = np.where(part, numbers + len(found), 0)
        for number in range(1, count):
            x, y, width, height = (int(value) * CELL for value in stats[number, :4])
            box = Rect(losses.bounds.x + x, losses.bounds.y + y, width, height)
            thick_px = max(_MIN_CONTEXT_PX, int(thickness[number]))
            # So that the loss and as much around it fit into a window.
            scale = max(1, -(-(3 * thick_px - 1) // (grid.limit - grid.multiple_of)))
            is_thin = bool(deepest[number] == 0)
            wanted_px = thin_context_px if is_thin and thin_context_px else context_px
            around_px = max(min(wanted_px, grid.context_max), thick_px)
            found.append(_Loss(len(found) + 1, box, around_px, scale, is_thin))
        labels = np.maximum(labels, numbers)
    return labels, found


def _grouped(small: Sequence[_Loss], grid: WindowGrid) -> Iterator[_Group]:
    """Yield losses that one window serves: never larger than the limit, cheaper than apart."""
    by_place: dict[tuple[int, int, int], list[_Group]] = {}
    for loss in sorted(small, key=lambda loss: (loss.box.y, loss.box.x)):
        scale = loss.scale
        side = scale * grid.limit // 2
        groups = by_place.setdefault((scale, loss.box.x // side, loss.box.y // side), [])
        for number, group in enumerate(groups):
            both = group.reach.union(loss.reach)
            apart = grid.cost(group.reach, scale) + grid.cost(loss.reach, scale)
            if grid.fits(both, scale) and grid.cost(both, scale) <= apart:
                groups[number] = _Group(both, group.box.union(loss.box), [*group.losses, loss])
                break
        else:
            groups.append(_Group(loss.reach, loss.box, [loss]))
    for groups in by_place.values():
        yield from groups


def _whole(group: _Group, labels: NDArray[np.int32], losses: LossMap, grid: WindowGrid) -> Region:
    first = group.losses[0]
    cells = np.isin(labels[_cells_of(group.box, losses)], [loss.label for loss in group.losses])
    hole = group.box.intersection(losses.picture)
    window = grid.window(group.reach, first.scale)
    ones_x, ones_y = np.ones(hole.width, np.float32), np.ones(hole.height, np.float32)
    return Region(window, first.scale, hole, cells, hole, ones_x, ones_y, first.label)


def _cut(
    loss: _Loss, labels: NDArray[np.int32], losses: LossMap, grid: WindowGrid, may_chain: bool
) -> list[_Square]:
    """Cut a loss that fits into no window, or a thin one where that is cheaper; else return []."""
    side = grid.side(loss.context_px, loss.scale)
    ways = [(side, side)]
    cells = loss.box.area // CELL**2
    if may_chain and loss.is_thin and cells <= _CHAIN_CELLS_MAX:
        sides = [shorter for shorter in _CHAIN_SIDES_PX if shorter < side]
        ways += [way for s in sides for way in ((s, s), (s, side), (side, s))]
    best: list[_Square] = []
    least = math.inf
    if grid.fits(loss.reach, loss.scale):
        least = grid.cost(loss.reach, loss.scale) + _WINDOW_COST_PX
    for way in ways:
        squares = list(_squares(loss, labels, losses, *way))
        cost = sum(_cost(loss, square, grid) for square in squares)
        if len(squares) > 1 and cost < least:
            best, least = squares, cost
    return best


def _cost(loss: _Loss, square: _Square, grid: WindowGrid) -> int:
    return grid.cost(square.tight.expanded(loss.context_px), loss.scale) + _WINDOW_COST_PX


def _squares(
    loss: _Loss, labels: NDArray[np.int32], losses: LossMap, width: int, height: int
) -> Iterator[_Square]:
    """Yield a loss's pieces row by row: overlapping rectangles of a grid over its box."""
    overlap = OVERLAP_PX * loss.scale
    box = loss.box
    for y in spans(box.height, height, overlap):
        for x in spans(box.width, width, overlap):
            place = Rect(box.x + x.start, box.y + y.start, x.length, y.length)
            cells = labels[_cells_of(place, losses)] == loss.label
            if not cells.any():
                continue
            rows, columns = np.flatnonzero(cells.any(1)), np.flatnonzero(cells.any(0))
            tight = Rect.from_edges(
                place.x + int(columns[0]) * CELL,
                place.y + int(rows[0]) * CELL,
                place.x + int(columns[-1] + 1) * CELL,
                place.y + int(rows[-1] + 1) * CELL,
            )
            cells = cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            yield _Square(x, y, place, cells, tight)


def _piece(loss: _Loss, square: _Square, grid: WindowGrid) -> Region:
    hole = square.tight.intersection(grid.picture)
    final = Rect(square.place.x, square.place.y, square.x.final, square.y.final)
    in_rows, in_columns = hole.slices(square.place)
    return Region(
        window=grid.window(square.tight.expanded(loss.context_px), loss.scale),
        scale=loss.scale,
        hole=hole,
        cells=square.cells,
        final=hole.intersection(final),
        weight_x=square.x.weights[in_columns],
        weight_y=square.y.weights[in_rows],
        loss=loss.label,
    )


def _cells_of(rect: Rect, losses: LossMap) -> tuple[slice, slice]:
    rows, columns = rect.slices(losses.bounds)
    return (
        slice(rows.start // CELL, rows.stop // CELL),
        slice(columns.start // CELL, columns.stop // CELL),
    )
