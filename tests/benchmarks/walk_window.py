"""Walk the main job in a real window, with the mouse, and photograph it on the way.

    python tests/benchmarks/walk_window.py FOLDER          (on a display)
    xvfb-run -s "-screen 0 1600x1000x24" python tests/benchmarks/walk_window.py FOLDER

Opens the sample, brushes cracks, restores, undoes, redoes, brushes on, exports; prints how long
each took and what the export proved.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from window_driver import WindowDriver

from core.image.geometry import Point
from core.resources import sample_mask
from desktop.app import make_application
from desktop.dialogs.export_dialog import ExportDialog
from desktop.main_window import MainWindow
from desktop.places import Places
from desktop.preferences import Preferences

# Cracks of the sample painting, in its pixels.
CRACKS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((1172, 188), (1214, 218), (1263, 242), (1311, 257), (1360, 286), (1407, 319), (1456, 351),
     (1504, 386)),
    ((1547, 543), (1588, 552), (1629, 545), (1671, 556), (1712, 573), (1750, 611), (1792, 618),
     (1833, 640), (1874, 663), (1916, 680), (1957, 679), (1998, 691), (2040, 712)),
    ((1742, 600), (1771, 548), (1799, 495), (1821, 442)),
    ((1864, 650), (1895, 639), (1926, 617), (1958, 595)),
    ((653, 429), (694, 449), (735, 467), (775, 502), (814, 527), (856, 561), (896, 593),
     (937, 621), (974, 659), (1015, 676), (1056, 693), (1097, 732)),
    ((2177, 4), (2184, 42), (2186, 85), (2207, 128), (2219, 171), (2226, 213), (2248, 256),
     (2248, 299), (2260, 342)),
)  # fmt: skip
FLAKES = (((1330, 1040), (1330, 1090)), ((1300, 1070), (1370, 1065)), ((470, 1150), (530, 1150)))
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def main(argv: Sequence[str] | None = None) -> int:
    """Walk; return 0 if everything came as it should."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    app = make_application()
    with tempfile.TemporaryDirectory(prefix="lacuna-walk-") as home:
        window = MainWindow(Preferences(Places.under(Path(home))))
        window.resize(1440, 900)
        window.show()
        # Without a window manager nobody else gives it the keyboard.
        window.activateWindow()
        app.processEvents()
        print(f"window: {time.perf_counter() - start:.2f} s")
        walk = Walk(window, folder)
        is_proved = walk.run(Path(home) / "restored.tif")
        start = time.perf_counter()
        window.close()
        print(f"closed: {time.perf_counter() - start:.2f} s")
    return 0 if is_proved else 1


class Walk:
    """One walk through a window."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self._window = window
        self._driver = WindowDriver(window)
        self._folder = folder
        self._number = 0

    def run(self, export: Path) -> bool:
        """Do it all; return whether the export was proved."""
        window = self._window
        self._photograph("welcome")
        self._timed(
            "opened", lambda: self._driver.click(window, "Open the Sample"), self._driver.has_page
        )
        self._photograph("opened")
        self._brush(CRACKS, size=17)
        self._driver.wait(lambda: window.restore_dock.can_restore)
        self._photograph("brushed")
        self._restore("restored")
        history = self._driver.page.session.document.history
        self._driver.key(Qt.Key.Key_Z, CTRL)
        assert history.can_redo
        self._photograph("undone")
        self._driver.key(Qt.Key.Key_Z, CTRL | SHIFT)
        assert not history.can_redo
        self._detail()
        window.actions_["add_mask"].trigger()
        self._brush(FLAKES, size=56)
        self._driver.pause(0.6)
        self._photograph("second-mask")
        self._everything()
        self._assessment()
        return self._export(export)

    def _restore(self, name: str) -> None:
        session = self._driver.page.session

        def begin() -> None:
            self._driver.key(Qt.Key.Key_Return, CTRL)
            self._driver.wait(
                lambda: session.restoring.fraction > 0 or not session.restoring.is_running
            )
            self._photograph(f"{name}-running")

        self._timed(name, begin, lambda: not session.restoring.is_running)
        self._photograph(name)

    def _detail(self) -> None:
        """Look at a restored crack at 1:1, with and without the fill."""
        canvas = self._driver.page.canvas
        canvas.zoom_to(2.0, self._driver.place(Point(*CRACKS[1][4])).toPointF())
        self._photograph("detail")
        QTest.mouseMove(canvas, QPoint(5, 5))
        QTest.keyPress(canvas, Qt.Key.Key_Backslash)
        self._photograph("detail-original")
        QTest.keyRelease(canvas, Qt.Key.Key_Backslash)
        self._driver.key(Qt.Key.Key_0, CTRL)

    def _everything(self) -> None:
        """Take the mask of all losses from a file and restore them."""
        session = self._driver.page.session
        session.layers.delete()
        self._window.files.read_mask(session, sample_mask())
        self._driver.wait(
            lambda: session.layers.mask is not None and session.layers.mask.is_visible
        )
        self._driver.wait(lambda: not session.watch.is_counting)
        self._photograph("mask-imported")
        self._restore("all-restored")

    def _assessment(self) -> None:
        self._driver.key(Qt.Key.Key_B, CTRL)
        self._driver.key(Qt.Key.Key_Tab)
        self._photograph("assessment")
        self._driver.key(Qt.Key.Key_Tab)
        self._driver.key(Qt.Key.Key_B, CTRL)

    def _export(self, path: Path) -> bool:
        window = self._window
        window.files.export(self._driver.page.session)
        (dialog,) = window.findChildren(ExportDialog)
        dialog._path.setText(str(path))
        self._timed(
            "exported", lambda: self._driver.click(dialog, "Export"), lambda: dialog._job is None
        )
        self._photograph("exported")
        print(dialog.message)
        dialog.reject()
        return dialog.report is not None and dialog.report.is_verified

    def _brush(self, lines: Sequence[Sequence[tuple[int, int]]], size: float) -> None:
        """Paint lines given in document pixels, as the mouse would."""
        canvas = self._driver.page.canvas
        self._window.tool_commands.toolbox.set_current(canvas.brush.sized(size))
        for line in lines:
            self._driver.stroke(line)

    def _timed(self, name: str, act: Callable[[], None], is_done: Callable[[], bool]) -> None:
        start = time.perf_counter()
        act()
        self._driver.wait(is_done)
        print(f"{name}: {time.perf_counter() - start:.2f} s")

    def _photograph(self, name: str) -> None:
        self._number += 1
        picture = self._driver.photograph()
        picture.save(str(self._folder / f"{self._number:02}-{name}.png"))


if __name__ == "__main__":
    sys.exit(main())
