"""Where Lacuna keeps its own files for this user; nothing of a painting but its project."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Places:
    """Folders and files of one user. They need not exist yet."""

    settings: Path
    projects: Path
    generators: Path
    log: Path
    tiles: Path

    @classmethod
    def of_user(cls) -> "Places":
        """Return the places this operating system gives to the user."""
        data = platformdirs.user_data_path("Lacuna", appauthor=False)
        return cls(
            settings=platformdirs.user_config_path("Lacuna", appauthor=False) / "settings.json",
            projects=data / "projects",
            generators=data / "generators",
            log=platformdirs.user_log_path("Lacuna", appauthor=False) / "lacuna.log",
            tiles=platformdirs.user_cache_path("Lacuna", appauthor=False) / "tiles",
        )

    @classmethod
    def under(cls, folder: Path) -> "Places":
        """Return places that all lie in one folder (tests, portable installations)."""
        return cls(
            settings=folder / "settings.json",
            projects=folder / "projects",
            generators=folder / "generators",
            log=folder / "lacuna.log",
            tiles=folder / "tiles",
        )
