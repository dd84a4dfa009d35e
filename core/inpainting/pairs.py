"""Which mask belongs to which painting of a folder, and where the result goes: by name."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from core.errors import ImageReadError, ImageWriteError

_PAINTINGS: Final = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
_MASKS: Final = (".png", ".tif", ".tiff")
_MASK_ENDING: Final = ".mask"


class Pair(NamedTuple):
    """A painting, its mask, and the TIFF to be made of them."""

    painting: Path
    mask: Path
    output: Path


class Pairs(NamedTuple):
    """The pairs of a folder, in order of name, and a sentence on each file that is in none."""

    pairs: tuple[Pair, ...]
    problems: tuple[str, ...]


def find_pairs(paintings: Path, masks: Path | None, outputs: Path) -> Pairs:
    """Pair NAME.tif (or PNG, JPEG) with NAME.mask.png (or TIFF) beside it, or NAME.png in `masks`.

    Each becomes outputs/NAME.tif. Hidden files and sub-folders are left alone; nothing is read.
    Raises ImageReadError for a folder that cannot be listed or has no paintings, ImageWriteError
    if the results would go among the paintings or the masks.
    """
    of_masks = masks or paintings
    for folder in (paintings, of_masks):
        if outputs.exists() and folder.exists() and outputs.samefile(folder):
            raise ImageWriteError(
                f"The results cannot go into “{outputs}”, where the paintings or masks are; name "
                "another folder."
            )
    names = _files(paintings, _PAINTINGS)
    found = [path for path in names if not _is_mask(path)]
    if not found:
        raise ImageReadError(f"There is no TIFF, PNG or JPEG to restore in “{paintings}”.")
    by_stem = _masks_by_stem(_files(of_masks, _MASKS), must_be_named=masks is None)
    return _paired(found, by_stem, outputs)


def _paired(found: list[Path], by_stem: Mapping[str, list[Path]], outputs: Path) -> Pairs:
    # On Windows and macOS names that differ in case alone are one.
    targets = Counter(path.stem.casefold() for path in found)
    pairs: list[Pair] = []
    problems: list[str] = []
    for painting in found:
        masks = by_stem.get(painting.stem, [])
        if targets[painting.stem.casefold()] > 1:
            problems.append(
                f"{painting.name}: another painting has the same name, and both would become "
                f"“{painting.stem}.tif”; rename one."
            )
        elif len(masks) == 1:
            pairs.append(Pair(painting, masks[0], outputs / f"{painting.stem}.tif"))
        elif masks:
            several = " and ".join(mask.name for mask in masks)
            problems.append(f"{painting.name}: it has several masks, {several}; leave one.")
        else:
            problems.append(f"{painting.name}: there is no mask of this name.")
    stems = {path.stem for path in found}
    problems += [
        f"{mask.name}: there is no painting to this mask."
        for stem, masks in by_stem.items()
        if stem not in stems
        for mask in masks
    ]
    return Pairs(tuple(pairs), tuple(problems))


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError as cause:
        raise ImageReadError(f"The folder “{folder}” cannot be read.") from cause
    return [
        path
        for path in paths
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file()
    ]


def _masks_by_stem(paths: Iterable[Path], must_be_named: bool) -> dict[str, list[Path]]:
    """Return masks by their painting's name; among paintings only NAME.mask.* is a mask."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        if _is_mask(path):
            found.setdefault(path.stem[: -len(_MASK_ENDING)], []).append(path)
        elif not must_be_named:
            found.setdefault(path.stem, []).append(path)
    return found


def _is_mask(path: Path) -> bool:
    return path.stem.lower().endswith(_MASK_ENDING)
