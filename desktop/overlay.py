"""The mask as a transparent colour over the picture: display tiles with what is marked on them."""

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from core.document.layer import Layer, LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.reduction import surface_parts
from core.image.surface import U8
from core.image.tile_cache import TileCache


class Tints:
    """The masks' colours as tables: each layer's own, or the program's. Any thread may use it."""

    def __init__(self, default: QColor) -> None:
        self._default = overlay_table(default)
        self._own: dict[str, np.ndarray] = {}

    def table(self, color: str) -> np.ndarray:
        """Return the `overlay_table` of a layer's colour."""
        if not color:
            return self._default
        table = self._own.get(color)
        if table is None:
            table = self._own[color] = overlay_table(QColor(color))
        return table


class KeptOverlay:
    """The overlay of a rectangle, kept as long as the same masks are shown. For one thread."""

    def __init__(self, rect: Rect, level: int) -> None:
        self._rect, self._level = rect, level
        self._tints: Tints | None = None
        self._masks: list[tuple[Layer, float]] = []
        self._pixels: np.ndarray | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept."""
        return 0 if self._pixels is None else self._pixels.nbytes

    def pixels(
        self, layers: LayerStack, tints: Tints, cache: TileCache | None = None
    ) -> np.ndarray | None:
        """Return `overlay_pixels` of the rectangle."""
        masks = [(layer, layers.opacity_of(layer)) for layer in _shown_masks(layers)]
        is_same = tints is self._tints and len(masks) == len(self._masks)
        is_same = is_same and all(
            mask is kept and opacity == kept_opacity
            for (mask, opacity), (kept, kept_opacity) in zip(masks, self._masks, strict=True)
        )
        if not is_same:
            self._tints, self._masks = tints, masks
            self._pixels = overlay_pixels(layers, self._rect, self._level, tints, cache)
        return self._pixels


def overlay_pixels(
    layers: LayerStack, rect: Rect, level: int, tints: Tints, cache: TileCache | None = None
) -> np.ndarray | None:
    """Return the overlay, (h, w) uint32 premultiplied ARGB; None where nothing is marked.

    As `overlay_alpha`; where masks overlap, the colour is that of the denser one, of equal ones
    that of the upper.
    """
    masks = _shown_masks(layers)
    colors = {layer.color for layer in masks}
    if len(colors) <= 1:
        alpha = overlay_alpha(layers, rect, level, cache)
        return None if alpha is None else np.take(tints.table("".join(colors)), alpha)
    pixels: np.ndarray | None = None
    densest: U8 | None = None
    for layer in masks:
        alpha = _alpha(layers, layer, rect, level, cache)
        if alpha is None:
            continue
        own = np.take(tints.table(layer.color), alpha)
        if pixels is None or densest is None:
            pixels, densest = own, alpha
        else:
            pixels = np.where((alpha >= densest) & (alpha > 0), own, pixels)
            densest = np.maximum(densest, alpha)
    return pixels


def overlay_alpha(
    layers: LayerStack, rect: Rect, level: int, cache: TileCache | None = None
) -> U8 | None:
    """Return how densely the masks' colour covers each pixel, (h, w) uint8; None for nowhere.

    rect is in level-0 pixels; the result is of `rect.at_level(level)`: for each visible mask
    its coverage × the layer's opacity, of several the greatest.
    """
    alpha: U8 | None = None
    for layer in _shown_masks(layers):
        coverage = _alpha(layers, layer, rect, level, cache)
        if coverage is not None:
            alpha = coverage if alpha is None else np.maximum(alpha, coverage)
    return alpha


def overlay_table(color: QColor) -> np.ndarray:
    """Return (256,) uint32: a colour as premultiplied ARGB at each alpha."""
    alpha = np.arange(256, dtype=np.uint32)
    table = alpha << 24
    for shift, value in ((16, color.red()), (8, color.green()), (0, color.blue())):
        table |= (alpha * value + 127) // 255 << shift
    return table


def lay_overlay(shown: QImage, base: QImage, part: Rect, colors: np.ndarray | None) -> None:
    """Make a part of `shown` the picture `base` under the overlay.

    part is in the tile's own pixels; colors are `overlay_pixels` of its size.
    """
    where = QRect(part.x, part.y, part.width, part.height)
    painter = QPainter(shown)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(where.topLeft(), base, where)
    if colors is not None:
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


def _shown_masks(layers: LayerStack) -> list[Layer]:
    seen = layers.seen(LayerKind.MASK)
    return [layer for layer in seen if layer.pixels.tiles and layers.opacity_of(layer) > 0.0]


def _alpha(
    layers: LayerStack, layer: Layer, rect: Rect, level: int, cache: TileCache | None
) -> U8 | None:
    """Return a mask's coverage × its opacity, to be read only; None where it marks nothing."""
    area = rect.at_level(level)
    alpha: U8 | None = None
    for part, values in surface_parts(layer.pixels, rect, level, layers.rect, cache):
        if part == area:
            alpha = values
        else:
            alpha = np.zeros((area.height, area.width), np.uint8) if alpha is None else alpha
            alpha[part.slices(area)] = values
    if alpha is None or not alpha.any():
        return None
    opacity = layers.opacity_of(layer)
    return alpha if opacity == 1.0 else np.take(_opacity_table(opacity), alpha)


def _opacity_table(opacity: float) -> U8:
    table: U8 = np.rint(np.arange(256) * opacity).astype(np.uint8)
    return table
