"""Where the shipped files lie: in the source tree, an installed wheel, or a frozen app alike."""

from pathlib import Path

from core.errors import LacunaError

_PACKAGE = Path(__file__).resolve().parent


def resources_dir() -> Path:
    """Return the folder of shipped resources.

    In the source tree and in a frozen app it stands beside the package `core`;
    an installed wheel carries it as `core/_resources`.
    """
    installed = _PACKAGE / "_resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def generators_dir() -> Path:
    """Return the folder that holds one folder per shipped generator."""
    return resources_dir() / "generators"


def sample_painting() -> Path:
    """Return the path of the sample painting. Raises LacunaError if it is not installed."""
    return _sample("painting.tif")


def sample_mask() -> Path:
    """Return the path of the mask of its losses. Raises LacunaError if it is not installed."""
    return _sample("mask.png")


def _sample(name: str) -> Path:
    path = resources_dir() / "sample" / name
    if not path.is_file():
        raise LacunaError(f"The sample file {path} is missing; install Lacuna again.")
    return path
