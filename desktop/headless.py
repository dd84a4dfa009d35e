"""What Lacuna says where no window can be shown; imports nothing of Qt."""

import os
import sys

_PROGRAM = "lacuna" if getattr(sys, "frozen", False) else "uv run lacuna"
HEADLESS_LINE = f"{_PROGRAM} restore --sample -o restored.tif"
NO_DISPLAY = (
    "Lacuna found no display to show its window on; without one, "
    f"this line does the whole job: {HEADLESS_LINE}"
)
_QT_PACKAGES = (
    "libgl1 libegl1 libxkbcommon0 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon-x11-0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)


def no_display_named() -> str | None:
    """Return a sentence if the environment of a Linux session names no display at all."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in names):
        return NO_DISPLAY
    return None


def missing_library_sentence(reason: object) -> str:
    """Return the sentence for a Qt that lacks system libraries."""
    return (
        f"Lacuna's window needs system libraries that are not installed ({reason}); on Debian or "
        f"Ubuntu they come with: sudo apt-get install {_QT_PACKAGES} — without a window, "
        f"this line does the whole job: {HEADLESS_LINE}"
    )
