"""The named data sets, fetched by torchvision into their local root: only when asked for."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from training.choice import data_set_of
from training.distributed import Team

# torchvision's class of each data set, and what tells it which variant lies in choice.FOLDERS.
_CLASSES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "celeba": ("CelebA", {}),
    "dtd": ("DTD", {}),
    "flowers102": ("Flowers102", {}),
    "places365": ("Places365", {"small": True}),
}


class DownloadError(ValueError):
    """A data set could not be fetched; one sentence."""


def download_missing(folders: Sequence[Path], team: Team, say: Callable[[str], None]) -> None:
    """Have torchvision fetch each data set among the folders that is not there yet.

    Folders of other names are left to whoever reads them. Raises DownloadError.
    """
    missing = [folder for folder in folders if data_set_of(folder) and not folder.is_dir()]
    if missing and team.size > 1:
        raise DownloadError("Several processes do not download; fetch the data set with one first.")
    for folder in missing:
        _download(folder, say)


def _download(folder: Path, say: Callable[[str], None]) -> None:
    found = data_set_of(folder)
    assert found is not None
    name, root = found
    title, variant = _CLASSES[name]
    say(f"Fetching {title} into {root} …")
    try:
        root.mkdir(parents=True, exist_ok=True)
        # Not imported above: it takes seconds, and fails beside a torch built for the CPU alone.
        datasets = import_module("torchvision.datasets")
        getattr(datasets, title)(root, download=True, **variant)
    except (ImportError, OSError, RuntimeError, ValueError) as cause:
        raise DownloadError(f"{title} could not be fetched into {root}: {cause}") from cause
    if not folder.is_dir():
        raise DownloadError(f"{title} was fetched into {root}, but its images are not in {folder}.")
