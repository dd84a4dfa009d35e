"""Where the shipped files lie: in the source tree, an installed wheel, or a frozen app alike."""

from pathlib import Path

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
