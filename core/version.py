"""Which Lacuna this is."""

from importlib.metadata import PackageNotFoundError, version


def software_version() -> str:
    """Return Lacuna's version; "unknown" where a frozen program carries no package metadata."""
    try:
        return version("lacuna")
    except PackageNotFoundError:
        return "unknown"
