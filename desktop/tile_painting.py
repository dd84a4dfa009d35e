"""Painting display tiles through a view: a tile in its place, or what stands in for it."""

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from core.image.geometry import Rect
from desktop.display_tile import DisplayKey, DisplayTile, keys_touching
from desktop.view import View

_NOTHING_YET = QColor(72, 72, 72)
_NEAREST_FROM_SCALE = 2.0
_SMOOTHING_PX = 2
"""So far beyond what is drawn smoothing may look."""
_BLOCK_PX = 512


def paint_tiles(
    painter: QPainter,
    view: View,
    device: Rect,
    keys: Sequence[DisplayKey],
    tiles: Mapping[DisplayKey, DisplayTile],
    picture: Rect,
    is_original: bool,
) -> None:
    """Draw under `device` the tiles of one level, or what there is of them, turned by the view."""
    if keys and not view.orientation.is_straight:
        _paint_tilted(painter, view, device, keys[0].level, tiles, picture, is_original)
        return
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


def _paint_tilted(
    painter: QPainter,
    view: View,
    device: Rect,
    level: int,
    tiles: Mapping[DisplayKey, DisplayTile],
    picture: Rect,
    is_original: bool,
) -> None:
    """Lay tiles out upright at their own level, and draw what that gives as one picture.

    Turned one by one they would have seams, each being smoothed towards its own edge. Block by
    block, since a sheet for the whole of a large screen would take hundreds of megabytes.
    """
    share = view.scale * (1 << level)
    whole = QRectF(0, 0, picture.width * view.scale, picture.height * view.scale)
    for block in _blocks(device):
        under = view.document_rect(block.expanded(_SMOOTHING_PX), picture).at_level(level)
        part = under.expanded(_SMOOTHING_PX).intersection(picture.at_level(level))
        if part.is_empty:
            continue
        sheet = QImage(part.width, part.height, QImage.Format.Format_RGB32)
        inner = QPainter(sheet)
        inner.translate(-part.x, -part.y)
        keys = list(keys_touching(part.from_level(level), level))
        paint_tiles(inner, View(0.5**level), part, keys, tiles, picture, is_original)
        inner.end()
        painter.save()
        painter.setClipRect(QRect(*block), Qt.ClipOperation.IntersectClip)
        painter.setTransform(view.to_viewport, True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_smooth = view.scale < _NEAREST_FROM_SCALE
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        # The last samples of a level may stand for less than a whole block of the picture.
        target = _target(view.unturned, level, part).intersected(whole)
        source = QRectF(0, 0, target.width() / share, target.height() / share)
        painter.drawImage(target, sheet, source)
        painter.restore()


def _blocks(device: Rect) -> Iterator[Rect]:
    """Yield a rectangle in parts that are drawn at once."""
    for y in range(device.y, device.bottom, _BLOCK_PX):
        for x in range(device.x, device.right, _BLOCK_PX):
            yield Rect(x, y, _BLOCK_PX, _BLOCK_PX).intersection(device)


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
