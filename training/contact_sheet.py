"""Contact sheets: a row per painting, a column per system, of a size and weight to look at."""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.masks import Mask
from training.metrics import Pixels

MAX_COLUMNS = 10
MAX_BYTES = 1_500_000
_FIXED = ("whole", "painting", "damaged")
_CELL_PX = 256
_GAP_PX = 4
_TITLE_PX, _LABEL_PX = 26, 56
_FONT_PX, _MIN_FONT_PX = 18, 7
# WebP has no side above 16,383 px.
_MAX_ROWS = 60
_QUALITIES = (90, 84, 78, 70, 60, 50, 40, 30, 20)


@dataclass(frozen=True)
class Example:
    """One painting of a kind with the composites there are, by generator."""

    kind: str
    painting: Pixels
    mask: Mask
    fills: Mapping[str, Pixels]


def write_sheets(examples: Sequence[Example], names: Sequence[str], folder: Path) -> list[Path]:
    """Write contact_sheet_1.webp and so on, each of at most MAX_COLUMNS; return their paths.

    Every sheet repeats the painting and its damage. Sheets of an earlier run are removed.
    """
    for old in folder.glob("contact_sheet*.webp"):
        old.unlink()
    if not examples:
        return []
    pieces = math.ceil(len(names) / (MAX_COLUMNS - len(_FIXED)))
    width = math.ceil(len(names) / pieces)
    shares = [names[first : first + width] for first in range(0, len(names), width)]
    heights = [examples[first : first + _MAX_ROWS] for first in range(0, len(examples), _MAX_ROWS)]
    paths: list[Path] = []
    for rows in heights:
        for share in shares:
            path = folder / f"contact_sheet_{len(paths) + 1}.webp"
            path.write_bytes(_encoded(contact_sheet(rows, share)))
            paths.append(path)
    return paths


def contact_sheet(examples: Sequence[Example], names: Sequence[str]) -> Pixels:
    """Return a picture with a labelled row per example and titled columns.

    Whole damaged painting (hole white), then where the hole is densest, twice enlarged: painting,
    damaged, and each fill in the order of `names`; a fill there is not is left grey.
    """
    cell = min(_CELL_PX, len(examples[0].painting))
    lines = [_titles([*_FIXED, *names], cell)]
    for example in examples:
        damaged = np.where(example.mask[..., None] > 0, np.uint8(255), example.painting)
        window = _densest(example.mask, (cell + 1) // 2)
        grey = np.full_like(example.painting, 128)
        details = [example.painting, damaged, *(example.fills.get(name, grey) for name in names)]
        whole = cv2.resize(damaged, (cell, cell), interpolation=cv2.INTER_AREA)
        cells = [
            np.asarray(whole, np.uint8),
            *(_enlarged(detail[window], cell) for detail in details),
        ]
        pictures = np.concatenate([_framed(picture) for picture in cells], axis=1)
        lines.append(np.concatenate([_label(example.kind, len(pictures)), pictures], axis=1))
    return np.concatenate(lines, axis=0)


def _encoded(sheet: Pixels) -> bytes:
    """Return a WebP of the best quality within MAX_BYTES."""
    data = b""
    for quality in _QUALITIES:
        file = io.BytesIO()
        Image.fromarray(sheet).save(file, "WEBP", quality=quality)
        data = file.getvalue()
        if len(data) <= MAX_BYTES:
            break
    return data


def _titles(names: Sequence[str], cell: int) -> Pixels:
    side = cell + _GAP_PX
    strip = Image.new("RGB", (_LABEL_PX + side * len(names), _TITLE_PX), (255, 255, 255))
    pen = ImageDraw.Draw(strip)
    for index, name in enumerate(names):
        middle = (_LABEL_PX + index * side + cell / 2, _TITLE_PX / 2)
        pen.text(middle, name, fill=(0, 0, 0), font=_font(name, cell), anchor="mm")
    return np.asarray(strip)


def _label(kind: str, height: int) -> Pixels:
    strip = Image.new("RGB", (_LABEL_PX, height), (255, 255, 255))
    middle = (_LABEL_PX / 2, height / 2)
    font = _font(kind, _LABEL_PX - 8)
    ImageDraw.Draw(strip).text(middle, kind, fill=(0, 0, 0), font=font, anchor="mm")
    return np.asarray(strip)


def _font(text: str, width: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font, as large as the text fits the width in."""
    for size in range(_FONT_PX, _MIN_FONT_PX, -1):
        font = ImageFont.load_default(size)
        if font.getlength(text) <= width:
            return font
    return ImageFont.load_default(_MIN_FONT_PX)


def _densest(mask: Mask, side: int) -> tuple[slice, slice]:
    """Return the window of that side that holds most hole samples."""
    sums = cv2.boxFilter(
        mask.astype(np.float32), -1, (side, side), anchor=(0, 0), normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )[: mask.shape[0] - side + 1, : mask.shape[1] - side + 1]  # fmt: skip
    # A small hole is seen whole from many windows; the middle one shows it in its midst.
    y, x = (int(np.median(axis)) for axis in np.nonzero(sums == sums.max()))
    return slice(y, y + side), slice(x, x + side)


def _enlarged(detail: Pixels, size: int) -> Pixels:
    return detail.repeat(2, axis=0).repeat(2, axis=1)[:size, :size]


def _framed(cell: Pixels) -> Pixels:
    gap = ((0, _GAP_PX), (0, _GAP_PX), (0, 0))
    return np.pad(cell, gap, constant_values=128)
