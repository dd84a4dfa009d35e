"""What the window remembers between runs: one small JSON file, never in the way of starting."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

RECENT_MAX = 12
_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class Settings:
    """All remembered choices; each has a default that works.

    Brush sizes are diameters in document pixels. `geometry` and `docks` are Qt's own bytes in
    Base64. `operator` is the name written into the record of a fill. `keys` gives actions other
    keys than their own. `generator` "" takes the one that is recommended. `memory_mb` is what all
    caches may take together, 0 for a quarter of the memory, at most 1 GiB; `tiles_gb` what
    prepared paintings may take on the disk, 0 for none.
    `monitor` is the ICC file of the screen, "" for sRGB. `smoothing`, 0..100, steadies strokes.
    `sizes` gives paintings, by path, the width × height in mm that the user has entered.
    """

    recent: tuple[str, ...] = ()
    folder: str = ""
    generator: str = ""
    engine: str = "auto"
    device: str = "auto"
    compression: str = "none"
    overlay: str = "#e04040"
    operator: str = ""
    brush_size: float = 60.0
    brush_hardness: float = 0.8
    brush_opacity: float = 1.0
    eraser_size: float = 120.0
    eraser_hardness: float = 0.8
    eraser_opacity: float = 1.0
    memory_mb: float = 0.0
    tiles_gb: float = 20.0
    wand_tolerance: float = 10.0
    wand_reach: str = "contiguous"
    wand_sample: str = "painting"
    retouch_size: float = 40.0
    retouch_hardness: float = 0.5
    retouch_opacity: float = 1.0
    retouch_flow: float = 1.0
    retouch_mode: str = "normal"
    retouch_reach: str = "aligned"
    retouch_sample: str = "composite"
    pick_px: float = 1.0
    geometry: str = ""
    docks: str = ""
    unit: str = "px"
    has_rulers: bool = False
    has_grid: bool = False
    monitor: str = ""
    smoothing: float = 0.0
    pen_firmness: float = 1.0
    pen_tilt: float = 0.0
    sizes: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def with_recent(self, path: Path) -> "Settings":
        """Return settings with a painting at the head of the recent ones."""
        name = str(path)
        rest = [other for other in self.recent if other != name]
        return replace(self, recent=(name, *rest)[:RECENT_MAX], folder=str(path.parent))

    def without_recent(self, name: str) -> "Settings":
        """Return settings that no longer name a painting."""
        return replace(self, recent=tuple(other for other in self.recent if other != name))


def load_settings(path: Path) -> tuple[Settings, str | None]:
    """Read the settings; return them with a notice for the user, if there is one.

    A file that cannot be used is set aside as `….bad-<time>` and the defaults are returned;
    single values of a wrong type fall back to their default, unknown ones are ignored.
    """
    try:
        if not path.exists():
            return Settings(), None
        with path.open("rb") as file:
            raw = json.loads(file.read(_MAX_BYTES).decode("utf-8"))
        if not isinstance(raw, dict):
            raise ValueError("not a JSON object")
    except (OSError, ValueError, RecursionError):
        aside = path.with_name(f"{path.name}.bad-{int(time.time())}")
        try:
            path.rename(aside)
        except OSError:
            text = _tr("The settings in {0} cannot be read; the defaults are used.")
            return Settings(), text.format(path)
        text = _tr("The settings were damaged; they are kept as {0}, unused.")
        return Settings(), text.format(aside.name)
    return _settings_from(raw), None


def save_settings(settings: Settings, path: Path) -> bool:
    """Write the settings, whole or not at all; return whether it worked."""
    temporary = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(settings), indent=1) + "\n", "utf-8")
        temporary.replace(path)
    except OSError:
        return False
    return True


def _settings_from(raw: dict[str, Any]) -> Settings:
    values: dict[str, Any] = {}
    defaults = Settings()
    for known in fields(Settings):
        name = known.name
        value, default = raw.get(name), getattr(defaults, name)
        if isinstance(default, tuple):
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                values[name] = tuple(value[:RECENT_MAX])
        elif isinstance(default, dict):
            if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
                values[name] = value
        elif isinstance(default, bool):
            if isinstance(value, bool):
                values[name] = value
        elif isinstance(default, float):
            if isinstance(value, int | float) and type(value) is not bool and 0 <= value <= 1e5:
                values[name] = float(value)
        elif isinstance(value, str):
            values[name] = value
    return Settings(**values)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Settings", text)
