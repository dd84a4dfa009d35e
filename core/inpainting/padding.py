"""Pictures made large enough for a generator, by reflection."""

import numpy as np

from core.image.surface import F32


def padded(image: F32, mask: F32, multiple_of: int, min_size_px: int) -> tuple[F32, F32]:
    """Extend image (H, W, C) and mask (H, W) at the right and bottom by reflection.

    Both sides become multiples of `multiple_of` and at least `min_size_px`. Padding is no loss,
    but what mirrors a loss is one: its values are as arbitrary as those it mirrors.
    The caller crops the result to [:H, :W].
    """
    height, width = mask.shape
    rows = _grown(height, multiple_of, min_size_px) - height
    columns = _grown(width, multiple_of, min_size_px) - width
    if rows == 0 and columns == 0:
        return image, mask
    return (
        np.pad(image, ((0, rows), (0, columns), (0, 0)), mode="reflect"),
        np.pad(mask, ((0, rows), (0, columns)), mode="reflect"),
    )


def _grown(size: int, multiple_of: int, min_size_px: int) -> int:
    return -(-max(size, min_size_px) // multiple_of) * multiple_of
