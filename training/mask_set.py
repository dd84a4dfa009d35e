"""A recipe's training masks as files, with the coordinates of holes and local windows."""

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from training.adversary import window_corner
from training.config import Recipe
from training.masks import Mask, training_mask

COORDINATES = "coordinates.csv"
_HOLE = ("file", "hole_left", "hole_top", "hole_width", "hole_height")
_WINDOW = ("window_left", "window_top", "window_px")


def write_training_masks(recipe: Recipe, bank: Sequence[Mask], count: int, folder: Path) -> None:
    """Write `count` PNG masks (white = hole) as the recipe draws them, and coordinates.csv.

    The coordinates are the hole's bounding box and, where the recipe's discriminator looks at a
    local window, that window; the same recipe gives the same files.
    """
    rng = np.random.default_rng(recipe.seed)
    masks, size = recipe.masks, recipe.data.crop_px
    side = recipe.adversary.window_px if recipe.adversary else 0
    with (folder / COORDINATES).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_HOLE + (_WINDOW if side else ()))
        for index in range(count):
            mask = training_mask(size, rng, bank, masks.weights, masks.max_ratio, masks.layers)
            path = folder / f"{recipe.id}-{size}-{index:03d}.png"
            Image.fromarray(mask * np.uint8(255)).save(path)
            row = [path.name, *cv2.boundingRect(mask)]
            if side:
                y, x = window_corner(mask, side, rng)
                row += [x, y, side]
            writer.writerow(row)
