"""Painting display tiles through a view: a tile in its place, or what stands in for it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from core.image.geometry import Rect
from desktop.display_tile import DisplayKey, DisplayTile
from desktop.view import View

_NOTHING_YET = QColor(72, 72, 72)
_NEAREST_FROM_SCALE = 2.0


def paint_tiles(
    painter: QPainter,
    view: View,
    keys: Sequence[DisplayKey],
    tiles: Mapping[DisplayKey, DisplayTile],
    picture: Rect,
    is_original: bool,
) -> None:
    """Draw the tiles of one level, or what there is of them, turned as the view says."""
    is_upright = view.orientation.is_upright
    is_smooth = view.scale < _NEAREST_FROM_SCALE
    if not is_upright:
        painter.save()
        painter.setTransform(view.to_viewport, True)
        # Turned, Qt's smoothing changes samples by up to 2 steps even where none is needed.
        is_smooth &= not (keys and view.scale * (1 << keys[0].level) == 1.0)
        view = view.unturned
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
    for key in keys:
        tile = tiles.get(key)
        if tile is None:
            paint_substitute(painter, view, key, tiles, picture, is_original)
        else:
            paint_tile(painter, view, tile, is_original)
    if not is_upright:
        painter.restore()


def paint_tile(painter: QPainter, view: View, tile: DisplayTile, is_original: bool) -> None:
    """Draw a tile. The painter's unit is the device pixel, its origin the viewport's corner."""
    image = tile.image(is_original)
    origin = tile.key.square
    target = _target(view, tile.key.level, Rect(origin.x, origin.y, image.width(), image.height()))
    if view.scale * (1 << tile.key.level) == 1.0:
        painter.drawImage(target.topLeft().toPoint(), image)
    else:
        painter.drawImage(target, image)


def paint_substitute(
    painter: QPainter,
    view: View,
    key: DisplayKey,
    tiles: Mapping[DisplayKey, DisplayTile],
    picture: Rect,
    is_original: bool,
) -> None:
    """Draw in a missing tile's place the next coarser one there is, and finer ones over it."""
    own = key.within(picture)
    target = _target(view, key.level, own)
    coarser = key
    while coarser not in tiles and not coarser.document_rect(picture).contains(picture):
        coarser = coarser.parent
    tile = tiles.get(coarser)
    if tile is None:
        painter.fillRect(target, _NOTHING_YET)
    else:
        share = 1 / (1 << coarser.level - key.level)
        origin = coarser.square
        part = QRectF(
            own.x * share - origin.x,
            own.y * share - origin.y,
            own.width * share,
            own.height * share,
        )
        painter.drawImage(target, tile.image(is_original), part)
    for child in key.children():
        finer = tiles.get(child)
        if finer is not None:
            paint_tile(painter, view, finer, is_original)


def _target(view: View, level: int, pixels: Rect) -> QRectF:
    """Return where pixels of a level lie in the viewport."""
    step = view.scale * (1 << level)
    return QRectF(
        view.left + pixels.x * step,
        view.top + pixels.y * step,
        pixels.width * step,
        pixels.height * step,
    )
