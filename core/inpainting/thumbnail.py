"""A generator's picture in small: the same loss of the sample painting, damaged and filled."""

import hashlib
import io
from contextlib import closing
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from PIL import Image

from core.errors import CardError
from core.image.color import ColorProfile, ColorTransform
from core.image.files import open_image
from core.image.geometry import Rect
from core.image.surface import F32, U8
from core.inpainting.card import GeneratorCard, write_card
from core.inpainting.generator import Generator, open_generator
from core.inpainting.output_check import check_output
from core.resources import resources_dir, sample_painting

THUMBNAIL_FILE: Final = "thumbnail.png"
# More than a picture of 96 x 192 px can need, whoever made it.
MAX_BYTES: Final = 1 << 18

# Clouds over hills, the red roof below: without a loss of its own, only craquelure.
_CROP: Final = Rect(1664, 688, 192, 192)
_REDUCTION: Final = 2
# In pixels of the crop: a crack, a flake across the skyline, and a square in the clouds.
_CRACK: Final = ((4, 30), (38, 44), (70, 36), (104, 52), (140, 44), (189, 70))
_CRACK_PX: Final = 5
_FLAKE: Final = ((34, 84), (58, 78), (72, 96), (66, 118), (44, 124), (28, 106))
_SQUARE: Final = ((118, 96), (166, 144))
# Losses are shown like a light filling, as conservators lay it in.
_GROUND: Final = np.float32(0.94)


def draw_thumbnail(generator: Generator) -> U8:
    """Return (96, 192, 3) uint8 sRGB: the loss at the left, filled at the right.

    Raises GeneratorError as the generator and the check of its result do, LacunaError without
    the sample painting.
    """
    painting, mask = _sample_crop(), _loss()
    hole = mask[..., None] > 0
    damaged = np.where(hole, np.float32(0), painting)
    filled = generator(damaged, mask)
    check_output(filled, damaged, mask, generator.card)
    pictures = (np.where(hole, _GROUND, painting), np.where(hole, filled, painting))
    return np.hstack([_reduced(picture) for picture in pictures])


def write_thumbnail(card: GeneratorCard) -> GeneratorCard:
    """Write thumbnail.png beside a card's weights, list it in the card, and return the card.

    Raises CardError or GeneratorError if the generator cannot be run, ValueError for a card that
    was not read from a folder.
    """
    if card.folder is None:
        raise ValueError(f"The card of “{card.id}” was not read from a folder.")
    with closing(open_generator(card, "cpu")) as generator:
        data = encoded_thumbnail(draw_thumbnail(generator))
    (card.folder / THUMBNAIL_FILE).write_bytes(data)
    files = {**card.files, THUMBNAIL_FILE: hashlib.sha256(data).hexdigest()}
    listed = replace(card, files=files)
    write_card(listed, card.folder)
    return listed


def thumbnail_bytes(card: GeneratorCard) -> bytes | None:
    """Return a card's thumbnail as PNG; None if it has none that is as its card says."""
    try:
        if card.engine == "classical":
            path = resources_dir() / "thumbnails" / f"{card.id}.png"
            return path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
        if card.path(THUMBNAIL_FILE).stat().st_size > MAX_BYTES:
            return None
        return card.checked_bytes(THUMBNAIL_FILE)
    except (OSError, CardError):  # a picture that is missing keeps nobody from filling
        return None


def encoded_thumbnail(pixels: U8) -> bytes:
    """Return a thumbnail as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _sample_crop() -> F32:
    with closing(open_image(sample_painting())) as source:
        profile = ColorProfile.of(source.info.icc_profile, source.info.channels)
        return ColorTransform(profile).to_srgb(source.read(_CROP)).clip(0, 1)


def _loss() -> F32:
    mask = np.zeros((_CROP.height, _CROP.width), np.uint8)
    cv2.polylines(mask, [np.array(_CRACK, np.int32)], False, 1, _CRACK_PX)
    cv2.fillPoly(mask, [np.array(_FLAKE, np.int32)], 1)
    (left, top), (right, bottom) = _SQUARE
    mask[top:bottom, left:right] = 1
    return mask.astype(np.float32)


def _reduced(picture: F32) -> U8:
    height, width = picture.shape[0] // _REDUCTION, picture.shape[1] // _REDUCTION
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(small.clip(0, 1) * 255), np.uint8)
