"""The mask as a transparent colour over the picture: display tiles with what is marked on them."""

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from core.document.composite import mask_coverage
from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.surface import U8
from core.image.tile_cache import TileCache


def overlay_alpha(
    layers: LayerStack, rect: Rect, level: int, cache: TileCache | None = None
) -> U8 | None:
    """Return how densely the masks' colour covers each pixel, (h, w) uint8; None for nowhere.

    rect is in level-0 pixels; the result is of `rect.at_level(level)`: for each visible mask
    its coverage × the layer's opacity, of several the greatest.
    """
    alpha: U8 | None = None
    for layer in layers.of_kind(LayerKind.MASK):
        if not layer.is_visible or layer.opacity == 0.0 or not layer.pixels.tiles:
            continue
        coverage = mask_coverage(layers, rect, level, (layer.id,), cache)
        if not coverage.any():
            continue
        coverage = np.take(_opacity_table(layer.opacity), coverage)
        alpha = coverage if alpha is None else np.maximum(alpha, coverage)
    return alpha


def overlay_table(color: QColor) -> np.ndarray:
    """Return (256,) uint32: a colour as premultiplied ARGB at each alpha."""
    alpha = np.arange(256, dtype=np.uint32)
    table = alpha << 24
    for shift, value in ((16, color.red()), (8, color.green()), (0, color.blue())):
        table |= (alpha * value + 127) // 255 << shift
    return table


def lay_overlay(
    shown: QImage, base: QImage, part: Rect, alpha: U8 | None, table: np.ndarray
) -> None:
    """Make a part of `shown` the picture `base` under the overlay.

    part is in the tile's own pixels; alpha is of its size; table is an `overlay_table`.
    """
    where = QRect(part.x, part.y, part.width, part.height)
    painter = QPainter(shown)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(where.topLeft(), base, where)
    if alpha is not None:
        colors = np.take(table, alpha)
        overlay = QImage(
            colors.data,
            part.width,
            part.height,
            part.width * 4,
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.drawImage(QPoint(part.x, part.y), overlay)
    painter.end()


def _opacity_table(opacity: float) -> U8:
    table: U8 = np.rint(np.arange(256) * opacity).astype(np.uint8)
    return table
