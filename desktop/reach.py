"""What the commands of the menus reach, as one value."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QMainWindow

from desktop.actions import Actions
from desktop.notices import Notices
from desktop.painting_page import PaintingPage
from desktop.preferences import Preferences


@dataclass(frozen=True)
class Reach:
    """shown: gives the painting that is shown, if there is one."""

    actions: Actions
    shown: Callable[[], PaintingPage | None]
    preferences: Preferences
    notices: Notices
    window: QMainWindow
