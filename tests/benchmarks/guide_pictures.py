"""Make the guide's pictures: each tool at work on the sample painting, in a real window.

    xvfb-run -s "-screen 0 1600x1000x24" python tests/benchmarks/guide_pictures.py docs/images/guide

Names after the folder make only those pictures.
"""

import argparse
import io
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPixmap
from window_driver import WindowDriver

from core.image.flood import Flood
from core.image.geometry import Point
from desktop.app import make_application
from desktop.main_window import MainWindow
from desktop.places import Places
from desktop.preferences import Preferences

_SIZE = QSize(560, 330)

ALT = Qt.KeyboardModifier.AltModifier

CRACK = ((1172, 188), (1263, 242), (1360, 286), (1456, 351), (1504, 386))


class Stage(WindowDriver):
    """The window with the sample, and where the camera looks."""

    def choose(self, tool: str, size_px: float | None = None) -> None:
        """Take a tool, by its action; size its brush."""
        self.window.actions_[tool].trigger()
        if size_px is not None:
            toolbox = self.window.tool_commands.toolbox
            toolbox.set_current(toolbox.current.sized(size_px))

    def look_at(self, point: tuple[float, float], scale: float) -> None:
        """Bring a document point to the canvas's middle, at a scale."""
        canvas = self.page.canvas
        canvas.zoom_to(scale)
        at, middle = self.place(Point(*point)), canvas.rect().center()
        ratio = canvas.devicePixelRatioF()
        canvas.pan_by((middle.x() - at.x()) * ratio, (middle.y() - at.y()) * ratio)
        self.wait(lambda: canvas.is_settled)

    def canvas_picture(self) -> QPixmap:
        """Return the middle of the canvas."""
        canvas = self.page.canvas
        corner = canvas.mapTo(self.window, canvas.rect().center())
        rect = QRect(corner - QPoint(_SIZE.width() // 2, _SIZE.height() // 2), _SIZE)
        return self.photograph(rect)

    def begin_anew(self) -> None:
        """Give up a gesture under way, undo everything."""
        self.key(Qt.Key.Key_Escape)
        document = self.page.session.document
        document.go_to(0)
        self.page.target.choose(is_color=False)
        self.pause(0.1)

    def settle_mask(self) -> None:
        """Wait for searches and mask edits."""
        self.wait(lambda: not self.page.canvas.masking.is_busy)


def brush(stage: Stage) -> None:
    """A crack being covered."""
    stage.look_at((1340, 285), 1.0)
    stage.choose("brush", 22)
    stage.stroke(CRACK[:4], is_released=False)


def eraser(stage: Stage) -> None:
    """A mask with a bite taken out."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("brush", 130)
    stage.stroke([(1580, 380), (1610, 420), (1650, 420)])
    stage.choose("eraser", 60)
    stage.stroke([(1560, 460), (1640, 468)], is_released=False)


def line(stage: Stage) -> None:
    """A chain of clicks along a crack."""
    stage.look_at((1760, 620), 1.0)
    stage.choose("line", 14)
    toolbox = stage.window.tool_commands.toolbox
    toolbox.set_selection(replace(toolbox.selection, is_snapping=True))
    for point in ((1547, 543), (1700, 566), (1833, 640)):
        stage.click_at(point)
    stage.hover((1957, 679))


def rectangle(stage: Stage) -> None:
    """A rectangle being drawn."""
    stage.look_at((1720, 1320), 1.0)
    stage.choose("rectangle")
    stage.stroke([(1650, 1290), (1750, 1380)], is_released=False)


def ellipse(stage: Stage) -> None:
    """An ellipse being drawn."""
    stage.look_at((235, 540), 1.2)
    stage.choose("ellipse")
    stage.stroke([(180, 490), (295, 595)], is_released=False)


def lasso(stage: Stage) -> None:
    """A loss being drawn around."""
    stage.look_at((490, 1155), 1.2)
    stage.choose("lasso")
    around = [(430, 1130), (470, 1100), (550, 1095), (555, 1160), (500, 1205), (440, 1190)]
    stage.stroke(around, is_released=False)


def polygon(stage: Stage) -> None:
    """Corners around a loss."""
    stage.look_at((1330, 1075), 1.2)
    stage.choose("polygon")
    for corner in ((1250, 1050), (1320, 1018), (1395, 1045), (1390, 1110)):
        stage.click_at(corner)
    stage.hover((1310, 1125))


def wand(stage: Stage) -> None:
    """A loss found by its colour."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("wand")
    toolbox = stage.window.tool_commands.toolbox
    toolbox.set_selection(replace(toolbox.selection, flood=Flood(tolerance=13)))
    stage.click_at((1600, 400))
    stage.settle_mask()


def loss(stage: Stage) -> None:
    """One loss of a mask taken over into another."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("brush", 120)
    stage.stroke([(1590, 370), (1600, 420), (1660, 430)])
    stage.window.actions_["add_mask"].trigger()
    stage.choose("loss")
    stage.click_at((1600, 420))
    stage.settle_mask()


def retouch_brush(stage: Stage) -> None:
    """A loss being painted with a colour taken from beside it."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("brush")
    _work_in_colour(stage, 46)
    stage.click_at((1500, 420), ALT)
    stage.stroke([(1570, 370), (1585, 430), (1640, 440), (1600, 385)], is_released=False)


def clone(stage: Stage) -> None:
    """Sky being stamped over a loss."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("clone")
    _work_in_colour(stage, 46)
    stage.click_at((1740, 390), ALT)
    stage.stroke([(1570, 370), (1585, 430), (1640, 440), (1600, 385)], is_released=False)


def heal(stage: Stage) -> None:
    """A loss closed, the tone of the paint around it taken on."""
    stage.look_at((1330, 1075), 1.2)
    stage.choose("heal")
    _work_in_colour(stage, 60)
    stage.click_at((1330, 1200), ALT)
    stage.stroke([(1270, 1050), (1320, 1045), (1370, 1060), (1330, 1085), (1290, 1090)])


def smudge(stage: Stage) -> None:
    """A crack's edge rubbed over it."""
    stage.look_at((1760, 620), 1.4)
    stage.choose("smudge")
    _work_in_colour(stage, 26)
    for x in range(1650, 1760, 16):
        stage.stroke([(x, 540), (x + 4, 600)])


def split(stage: Stage) -> None:
    """The original left of the line, a fill right of it."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("brush", 150)
    stage.stroke([(1590, 370), (1600, 420), (1660, 430)])
    session = stage.page.session
    stage.wait(lambda: stage.window.restore_dock.can_restore)
    stage.window.actions_["restore"].trigger()
    stage.wait(lambda: session.document.history.position == 2)
    session.layers.select(session.layers.mask_id)
    session.layers.set_visible(session.layers.mask_id, False)
    stage.window.actions_["split"].trigger()


def measure(stage: Stage) -> None:
    """A loss being measured."""
    if stage.window.actions_["split"].isChecked():
        stage.window.actions_["split"].trigger()
    stage.look_at((1620, 410), 1.2)
    stage.choose("measure")
    stage.stroke([(1560, 445), (1690, 440)])


def _work_in_colour(stage: Stage, size_px: float) -> None:
    stage.page.target.choose(is_color=True)
    toolbox = stage.window.tool_commands.toolbox
    toolbox.set_current(toolbox.current.sized(size_px))


SHOTS: Mapping[str, Callable[[Stage], None]] = {
    "brush": brush,
    "eraser": eraser,
    "line": line,
    "rectangle": rectangle,
    "ellipse": ellipse,
    "lasso": lasso,
    "polygon": polygon,
    "wand": wand,
    "loss": loss,
    "retouch": retouch_brush,
    "clone": clone,
    "heal": heal,
    "smudge": smudge,
    "split": split,
    "measure": measure,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures go, as NAME.webp")
    parser.add_argument("names", nargs="*", choices=[*SHOTS, []], help="which; default: all")
    arguments = parser.parse_args(argv)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    app = make_application()
    with tempfile.TemporaryDirectory(prefix="lacuna-guide-") as home:
        window = MainWindow(Preferences(Places.under(Path(home))))
        window.resize(1440, 900)
        window.show()
        window.activateWindow()
        app.processEvents()
        stage = Stage(window)
        window.files.open_sample()
        stage.wait(stage.has_page)
        for name in arguments.names or SHOTS:
            SHOTS[name](stage)
            _write(stage.canvas_picture(), arguments.folder / f"{name}.webp")
            stage.begin_anew()
        window.close()
    return 0


def _write(picture: QPixmap, path: Path) -> None:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    Image.open(io.BytesIO(buffer.data().data())).convert("RGB").save(path, quality=82, method=6)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
