"""A fill as it is shown: the picture whole and the loss enlarged, both filled and damaged."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColorSpace, QImage

from core.errors import LacunaError
from core.image.color import ColorProfile
from core.image.files import open_image, read_mask
from core.image.geometry import Rect
from core.image.raster import RasterSource
from core.image.reduction import area_mean
from core.image.surface import U8, U16
from core.image.tiff_read import TiffSource
from desktop.display_color import SRGB, DisplayColor
from desktop.rating.composites import Fill

Source = TiffSource | RasterSource

# The whole picture is shown reduced where it is larger; the detail is never cut larger.
_WHOLE_PX = 2048
_DETAIL_PX = 1024
# Around the loss, a share of its size, and at least so much.
_MARGIN = 0.3
_LEAST_MARGIN_PX = 12
# Without a mask: how far a sample differs from the painting's where paint was filled in, of
# 65535; less comes from lossy compression.
_CHANGED = 8 * 257
_WHITE = 65535


@dataclass(frozen=True)
class Pictures:
    """What is shown of one fill; the details and damaged views are there if the loss is known.

    window is the detail's place in the whole picture, as shares of its sides. notice is a
    sentence about the mask, if there is something to say.
    """

    whole: QImage
    detail: QImage | None = None
    damaged_whole: QImage | None = None
    damaged_detail: QImage | None = None
    window: QRectF | None = None
    notice: str = ""


def read_pictures(fill: Fill, monitor: QColorSpace = SRGB) -> Pictures:
    """Read a fill for showing on a monitor; any thread. Raises ImageReadError if that fails."""
    with open_image(fill.path) as source:
        info = source.info
        profile = ColorProfile.of(info.icc_profile, info.channels)
        display = DisplayColor(profile, info.icc_profile, monitor)
        level = _level(source)
        whole = _reduced(source, level)
        try:
            loss = _loss(fill, source, whole, level)
        except LacunaError as error:
            return Pictures(display.to_display(whole), notice=str(error))
        if loss is None or not loss.any():
            return Pictures(display.to_display(whole))
        window = detail_window(loss, level)
        picture = Rect(0, 0, source.width, source.height)
        exact = window.from_level(level).intersection(picture)
        detail = source.read(exact)
    hole = loss[window.y : window.bottom, window.x : window.right]
    hole = cv2.resize(hole, (exact.width, exact.height), interpolation=cv2.INTER_NEAREST)
    shares = QRectF(
        exact.x / picture.width,
        exact.y / picture.height,
        exact.width / picture.width,
        exact.height / picture.height,
    )
    return Pictures(
        display.to_display(whole),
        display.to_display(detail),
        display.to_display(_damaged(whole, loss)),
        display.to_display(_damaged(detail, hole)),
        shares,
    )


def detail_window(loss: U8, level: int = 0) -> Rect:
    """Return what is enlarged: the loss with a margin, or where most of it lies close together.

    loss: (h, w) at the level, above 0 where paint was lost somewhere; the window is in its
    samples and lies within the picture. Its sides are at most half of the picture's longer side,
    and at most _DETAIL_PX of the picture's own samples.
    """
    height, width = loss.shape
    rows, columns = (np.flatnonzero(loss.any(axis=axis)) for axis in (1, 0))
    around = Rect.from_edges(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    margin = max(_LEAST_MARGIN_PX, round(_MARGIN * max(around.width, around.height)))
    largest = max(1, min(_DETAIL_PX >> level, max(height, width) // 2))
    side = min(largest, max(around.width, around.height) + 2 * margin)
    across, down = min(side, width), min(side, height)
    if around.width <= across and around.height <= down:
        x = around.x + around.width // 2 - across // 2
        y = around.y + around.height // 2 - down // 2
    else:
        sums = cv2.boxFilter(
            (loss > 0).astype(np.float32), -1, (across, down), anchor=(0, 0), normalize=False,
            borderType=cv2.BORDER_CONSTANT,
        )[: height - down + 1, : width - across + 1]  # fmt: skip
        x, y = _middle_of_largest(sums == sums.max())
    x, y = min(max(x, 0), width - across), min(max(y, 0), height - down)
    return Rect(int(x), int(y), across, down)


def _middle_of_largest(is_best: NDArray[np.bool_]) -> tuple[int, int]:
    """Return column and row of a place amidst the largest connected part of the best ones.

    A small loss is seen whole from many windows: the middle one shows it in its midst. Another
    loss that is as well seen must not draw it to where neither is.
    """
    _, parts = cv2.connectedComponents(is_best.astype(np.uint8))
    rows, columns = np.nonzero(parts == np.bincount(parts[is_best]).argmax())
    away = np.abs(rows - np.median(rows)) + np.abs(columns - np.median(columns))
    return int(columns[away.argmin()]), int(rows[away.argmin()])


def _loss(fill: Fill, source: Source, whole: U16, level: int) -> U8 | None:
    """Return (h, w) uint8 at the level, above 0 where paint was lost; None where nobody knows."""
    if fill.mask is not None:
        mask = read_mask(fill.mask, source.width, source.height)
        rows = [
            area_mean(mask.read(rect)[..., None].astype(np.uint16) * 257, level)[..., 0]
            for rect in _bands(source)
        ]
        return (np.concatenate(rows) > 0).astype(np.uint8)
    if fill.painting is None:
        return None
    with open_image(fill.painting) as painting:
        if (painting.width, painting.height) != (source.width, source.height):
            return None
        before = _reduced(painting, level)
    if before.shape != whole.shape:
        return None
    difference = np.abs(before.astype(np.int32) - whole)
    loss: U8 = (difference.max(axis=-1) > _CHANGED).astype(np.uint8)
    return loss


def _level(source: Source) -> int:
    level = 0
    while max(source.width, source.height) >> level > _WHOLE_PX:
        level += 1
    return level


def _reduced(source: Source, level: int) -> U16:
    """Return the whole picture at a level; no more than a band is in memory unreduced."""
    whole = Rect(0, 0, source.width, source.height).at_level(level)
    out = np.empty((whole.height, whole.width, source.channels), np.uint16)
    for rect, pixels in source.bands():
        part = rect.at_level(level)
        out[part.y : part.bottom, part.x : part.right] = area_mean(pixels, level)
    return out


def _bands(source: Source) -> list[Rect]:
    step = _WHOLE_PX
    starts = range(0, source.height, step)
    return [Rect(0, y, source.width, min(step, source.height - y)) for y in starts]


def _damaged(pixels: U16, loss: U8) -> U16:
    return np.where(loss[..., None] > 0, np.uint16(_WHITE), pixels)
