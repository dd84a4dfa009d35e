"""Cross-fading the pieces of a loss that was cut."""

import numpy as np

from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.loss_map import CELL
from core.inpainting.regions import Region


class Seams:
    """Fills that wait for the later regions they fade into; used by one thread, per run.

    What waits is only the bands where pieces overlap, so that a crack network over a whole
    picture costs the memory of a row of bands, not of the picture.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], F32] = {}

    @property
    def nbytes(self) -> int:
        """Bytes that wait."""
        return sum(block.nbytes for block in self._waiting.values())

    def blended(self, region: Region, piece: Rect, filled: F32) -> F32:
        """Return a region's fill with its earlier neighbours' faded in.

        piece: part of the region's hole, begun on the cell grid; filled: its (h, w, 3) float32.
        Regions come in the order of `regions()`, each piece once. The result holds where the
        region is `final`; elsewhere its share is kept for the later ones.
        """
        rows, columns = piece.slices(region.hole)
        weight_x, weight_y = region.weight_x[columns], region.weight_y[rows]
        if weight_x.min() == 1 and weight_y.min() == 1:
            return filled
        blended = filled * weight_x[:, None] * weight_y[:, None, None]
        for x, y in _shared_cells(region, piece, weight_x, weight_y):
            cell = Rect(x, y, CELL, CELL).intersection(piece)
            block = blended[cell.slices(piece)]
            waiting = self._waiting.pop((x, y), None)
            if waiting is not None:
                block += waiting
            if not region.final.contains(cell):
                self._waiting[x, y] = block.copy()
        return blended


def _shared_cells(
    region: Region, piece: Rect, weight_x: F32, weight_y: F32
) -> list[tuple[int, int]]:
    """Return the corners (px) of the piece's cells that more than this region fills."""
    rows, columns = piece.slices(region.hole)
    cells = region.cells[rows.start // CELL : -(-rows.stop // CELL)]
    cells = cells[:, columns.start // CELL : -(-columns.stop // CELL)]
    shared_x = np.minimum.reduceat(weight_x, np.arange(0, piece.width, CELL)) < 1
    shared_y = np.minimum.reduceat(weight_y, np.arange(0, piece.height, CELL)) < 1
    found = np.argwhere(cells & (shared_y[:, None] | shared_x))
    return [(piece.x + int(column) * CELL, piece.y + int(row) * CELL) for row, column in found]
