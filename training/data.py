"""Paintings in memory, and random crops of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from training.choice import Choice, data_set_of

Painting = NDArray[np.uint8]

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"})


@dataclass(frozen=True)
class Paintings:
    """Paintings, (height, width, 3) uint8 sRGB each, and what was left out on reading them.

    Names begin with the name of the folder that was given.
    """

    images: tuple[Painting, ...]
    names: tuple[str, ...]
    unreadable: tuple[str, ...] = ()
    too_small: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return one sentence saying how many were read and skipped."""
        return (
            f"{len(self.images)} paintings read; skipped {len(self.unreadable)} unreadable "
            f"and {len(self.too_small)} too small."
        )


def read_paintings(
    folders: Sequence[Path],
    min_side_px: int,
    limit: int | None = None,
    choice: Choice | None = None,
) -> Paintings:
    """Read every image below the folders (or those of a choice), in order of path.

    Raises FileNotFoundError if a folder does not exist or if no image could be used.
    """
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(_missing(folder))
    paths = sorted(
        (path, path.relative_to(folder.parent).as_posix())
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and (choice is None or choice.takes(path))
    )
    images: list[Painting] = []
    names: list[str] = []
    unreadable: list[str] = []
    too_small: list[str] = []
    for path, name in paths[:limit]:
        painting = _read(path)
        if painting is None:
            unreadable.append(name)
        elif min(painting.shape[:2]) < min_side_px:
            too_small.append(name)
        else:
            images.append(painting)
            names.append(name)
    found = Paintings(tuple(images), tuple(names), tuple(unreadable), tuple(too_small))
    if not images:
        where = ", ".join(str(folder) for folder in folders)
        raise FileNotFoundError(
            f"No image of at least {min_side_px} px could be read in {where} ({found.summary()})"
        )
    return found


def random_crop(
    paintings: Paintings,
    size: int,
    rng: np.random.Generator,
    scales: tuple[float, float],
    scaled_share: float,
) -> Painting:
    """Cut size x size from a random painting, half of them mirrored.

    A share of the crops is resampled by a factor from `scales`; the rest keep their samples
    exactly, since resampling blurs the grain a native-resolution net must learn.
    """
    painting = paintings.images[int(rng.integers(len(paintings.images)))]
    height, width = painting.shape[:2]
    factor = rng.uniform(*scales) if rng.random() < scaled_share else 1.0
    side = min(round(size / factor), height, width)
    y, x = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    crop = painting[y : y + side, x : x + side]
    if side != size:
        way = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        crop = np.asarray(cv2.resize(crop, (size, size), interpolation=way), np.uint8)
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def centre_crop(painting: Painting, size: int) -> Painting:
    """Cut the middle size x size, samples unchanged. Raises ValueError for a smaller painting."""
    height, width = painting.shape[:2]
    if min(height, width) < size:
        raise ValueError(f"A {width} x {height} px painting has no centre crop of {size} px.")
    y, x = (height - size) // 2, (width - size) // 2
    return np.ascontiguousarray(painting[y : y + size, x : x + size])


def _missing(folder: Path) -> str:
    found = data_set_of(folder)
    if found is None:
        return f"The data folder {folder} does not exist."
    name, root = found
    return (
        f"The data set {name} is not in {root} (its images would lie in {folder}); lacuna-train "
        "train fetches it with --download."
    )


def _read(path: Path) -> Painting | None:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
