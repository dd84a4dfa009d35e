"""The losses of a painting one by one: which pixel belongs to which, and patches of some alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.layer import LayerStack
from core.document.patch import Patch
from core.image.geometry import Point, Rect
from core.inpainting.loss_map import CELL, map_losses, masks_of


@dataclass(frozen=True, eq=False)
class LossLabels:
    """Losses numbered from 1; marks less than a cell of 8 px from each other are one loss.

    labels: (rows, columns) int32 of cells over `bounds`, 0 where there is no loss. rects: each
    loss's cells, in level-0 pixels, from number 1 on.
    """

    bounds: Rect
    labels: NDArray[np.int32]
    rects: tuple[Rect, ...]

    @classmethod
    def of(cls, layers: LayerStack, mask_ids: Collection[int] | None = None) -> "LossLabels":
        """Number what the visible masks mark, or those named."""
        losses = map_losses([layer.pixels for layer in masks_of(layers, mask_ids)], layers.rect)
        bounds = losses.bounds
        if losses.is_empty:
            return cls(bounds, np.zeros(losses.occupied.shape, np.int32), ())
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            losses.occupied.astype(np.uint8), connectivity=8, ltype=cv2.CV_32S
        )
        boxes = [[int(value) * CELL for value in stats[number, :4]] for number in range(1, count)]
        rects = tuple(Rect(bounds.x + x, bounds.y + y, w, h) for x, y, w, h in boxes)
        return cls(bounds, labels.astype(np.int32), rects)

    @property
    def count(self) -> int:
        """How many losses there are."""
        return len(self.rects)

    def near(self, point: Point, radius_px: float) -> int:
        """Return the number of the loss nearest to a point, at most so far; 0 for none."""
        reach = int(radius_px // CELL) + 1
        column = int((point.x - self.bounds.x) // CELL)
        row = int((point.y - self.bounds.y) // CELL)
        top, left = max(0, row - reach), max(0, column - reach)
        around = self.labels[top : max(0, row + reach + 1), left : max(0, column + reach + 1)]
        rows, columns = np.nonzero(around)
        if len(rows) == 0:
            return 0
        x = self.bounds.x + (columns + left) * CELL
        y = self.bounds.y + (rows + top) * CELL
        across = np.maximum(0, np.maximum(x - point.x, point.x - (x + CELL)))
        down = np.maximum(0, np.maximum(y - point.y, point.y - (y + CELL)))
        distance = np.hypot(across, down)
        best = int(np.argmin(distance))
        return int(around[rows[best], columns[best]]) if distance[best] <= radius_px else 0

    def read(self, rect: Rect) -> NDArray[np.int32]:
        """Return the number of the loss at each pixel of a rectangle's cells, (h, w); 0: none."""
        out = np.zeros((rect.height, rect.width), np.int32)
        part = rect.intersection(self.bounds)
        if not part.is_empty:
            rows = (np.arange(part.y, part.bottom) - self.bounds.y) // CELL
            columns = (np.arange(part.x, part.right) - self.bounds.x) // CELL
            out[part.slices(rect)] = self.labels[np.ix_(rows, columns)]
        return out

    def narrowed(self, patches: Iterable[Patch], numbers: Collection[int]) -> list[Patch]:
        """Return patches that cover these losses alone; those that cover none are left out."""
        wanted = np.zeros(self.count + 1, np.bool_)
        wanted[list(numbers)] = True
        wanted[0] = False
        narrowed = []
        for patch in patches:
            coverage = np.where(wanted[self.read(patch.rect)], patch.coverage, np.uint16(0))
            if coverage.any():
                narrowed.append(replace(patch, coverage=coverage))
        return narrowed


def chosen_patches(
    labels: LossLabels, patches: Mapping[int, Iterable[Patch]], choice: Mapping[int, int]
) -> list[Patch]:
    """Return the patches of a mixed fill.

    patches: those of each variant; choice: the variant of each loss, by its number from 1.
    A loss that is not in the choice is left as it is.
    """
    mixed: list[Patch] = []
    for variant, its_patches in patches.items():
        numbers = [number for number, chosen in choice.items() if chosen == variant]
        if numbers:
            mixed.extend(labels.narrowed(its_patches, numbers))
    return mixed
