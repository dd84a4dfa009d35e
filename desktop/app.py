"""Starting the application: look, log, window, and what is to be opened."""

import gc
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication

from core.inpainting.engines import probe_engines
from desktop.icons import app_icon
from desktop.main_window import MainWindow
from desktop.mistakes import log_to, survive_mistakes
from desktop.places import Places
from desktop.preferences import Preferences
from desktop.termination import Termination
from desktop.theme import apply_theme

_SWITCH_INTERVAL_S = 0.001


def run(paintings: Sequence[Path] = (), *, is_sample: bool = False) -> int:
    """Show the window and run until it is closed; return the process's exit code."""
    app = make_application()
    places = Places.of_user()
    has_log = log_to(places.log)
    window = MainWindow(Preferences(places))
    sentence = window.tr("Lacuna made a mistake; your strokes are safe. ") + (
        window.tr("It is described in {0}.").format(places.log) if has_log else ""
    )
    survive_mistakes(lambda: window.show_mistake(sentence))
    Termination(window.close, window)
    app.commitDataRequest.connect(lambda manager: _log_out(window, manager))
    # Threads hand the interpreter over five times as often as by default, and what lives as long
    # as the window is never looked through again: both steady the brush.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    window.show()
    window.restore_dock.look_for_engines(probe_engines)
    gc.collect()
    gc.freeze()
    if is_sample:
        window.files.open_sample()
    for path in paintings:
        window.files.open(path)
    return app.exec()


def make_application() -> QApplication:
    """Return the application with Lacuna's name, icon and look."""
    app = QApplication(["lacuna"])
    app.setApplicationName("Lacuna")
    app.setDesktopFileName("lacuna")
    app.setWindowIcon(app_icon())
    apply_theme(app)
    logging.captureWarnings(True)
    return app


def _log_out(window: MainWindow, manager: QSessionManager) -> None:
    """Make all strokes safe while the desktop session waits; let it wait on if that fails."""
    for page in window.tabs.pages:
        if not page.flush():
            manager.cancel()
