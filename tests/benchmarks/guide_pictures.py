"""Make the guide's pictures: each tool at work on the sample painting, in a real window.

    xvfb-run -s "-screen 0 1600x1000x24" python tests/benchmarks/guide_pictures.py docs/images/guide

Names after the folder make only those pictures.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import guide_mask_shots
import guide_retouch_shots
import numpy as np
import tifffile
from guide_stage import CRACK, HALF, SIZE, Stage, below, beside, write
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPixmap

from core.document.composite import composite
from core.document.layer import LayerKind
from core.image.geometry import Point
from desktop.app import make_application
from desktop.dialogs.align_dialog import AlignDialog
from desktop.dialogs.gallery_dialog import GalleryDialog
from desktop.dialogs.shortcuts_dialog import ShortcutsDialog
from desktop.main_window import MainWindow
from desktop.places import Places
from desktop.preferences import Preferences
from desktop.trying import Attempt

_FOOT_PX = 900
GALLERY = ("atelier-crack", "exemplar", "diffusion", "telea")

ALT = Qt.KeyboardModifier.AltModifier

UNDERDRAWING = (
    ((1200, 1240), (1250, 1305), (1340, 1325), (1430, 1310), (1490, 1245), (1200, 1240)),
    ((1330, 1240), (1335, 1090), (1340, 1010)),
    ((1340, 1020), (1420, 1120), (1440, 1215), (1340, 1220)),
    ((1330, 1050), (1275, 1130), (1250, 1210), (1330, 1215)),
)


def split(stage: Stage) -> None:
    """The original left of the line, a fill right of it."""
    stage.fill_losses(1.2, ((1620, 410),))
    layers = stage.page.session.layers
    layers.select(layers.mask_id)
    layers.set_visible(layers.mask_id, False)
    stage.choose("pan")
    stage.window.actions_["split"].trigger()


def origins(stage: Stage) -> None:
    """A line from a fill to where in the painting its brushwork is from."""
    stage.fill_losses(1.0, ((1620, 410),))
    layers = stage.page.session.layers
    layers.set_visible(layers.mask_id, False)
    stage.choose("pan")
    mark = stage.page.canvas.looking.origin
    stage.window.actions_["origins"].trigger()
    stage.look_at((1620, 410), 0.9)
    shown = stage.page.session.document.shown
    spots = [Point(x, y) for y in range(350, 470, 12) for x in range(1560, 1690, 12)]
    found = [mark.follow(shown, spot) for spot in spots]
    known = [one for one in found if one is not None and one.origin is not None]
    # Where the way is long, but in sight.
    far = max(known, key=lambda one: -abs(math.dist(one.point, one.origin) - 190))
    stage.hover(far.point)
    stage.pause(0.3)


def measure(stage: Stage) -> None:
    """A loss being measured."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("measure")
    stage.stroke([(1560, 445), (1690, 440)])


def pan(stage: Stage) -> None:
    """The painting dragged aside."""
    stage.look_at((1950, 300), 0.5)
    stage.choose("pan")
    stage.stroke([(2000, 300), (1900, 380)])


def pick(stage: Stage) -> QPixmap:
    """A colour read off the sky: its samples at the foot of the window."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("pick")
    stage.click_at((1500, 420))
    stage.pause(0.4)
    status, canvas = stage.window.status, stage.page.canvas
    foot = QRect(status.mapTo(stage.window, QPoint(0, 0)), status.size())
    foot.setLeft(foot.right() - _FOOT_PX + 1)
    middle = canvas.mapTo(stage.window, canvas.rect().center())
    size = QSize(_FOOT_PX, SIZE.height())
    seen = QRect(middle - QPoint(size.width() // 2, size.height() // 2), size)
    return below([stage.photograph(seen), stage.photograph(foot)])


def turned(stage: Stage) -> None:
    """The painting turned by hand, a crack lying level under the brush."""
    stage.look_at((1340, 285), 1.0)
    stage.page.canvas.turn_by(-31.5)
    stage.choose("brush", 22)
    stage.stroke(CRACK[:4], is_released=False)


def side_by_side(stage: Stage) -> QPixmap:
    """The original and the filled picture beside each other."""
    stage.fill_losses(1.2, ((1620, 410),))
    layers = stage.page.session.layers
    layers.set_visible(layers.mask_id, False)
    stage.window.actions_["beside"].trigger()
    stage.pause(0.3)
    stage.look_at((1620, 410), 1.2)
    original = stage.page.frame.original_view
    assert original is not None
    picture = beside([stage.middle_of(view, HALF) for view in (original, stage.page.canvas)])
    stage.window.actions_["beside"].trigger()
    return picture


def layers(stage: Stage) -> QPixmap:
    """The Layers dock: a group, a locked layer, small pictures of each."""
    window, commands = stage.window, stage.page.session.layers
    stage.fill_losses(1.0, ((1620, 410), (1500, 900), (490, 1150), (1330, 1075)))
    fill = commands.stack.of_kind(LayerKind.RETOUCH)[-1].id
    commands.add(LayerKind.RETOUCH)
    hand = commands.selected_id
    commands.rename(hand, "By hand")
    stage.work_in_colour(130)
    for x, y in ((1330, 1075), (1500, 900)):
        stage.look_at((x, y), 1.0)
        stage.click_at((x + 130, y), ALT)
        stage.stroke([(x - 60, y - 30), (x, y), (x + 50, y + 30)])
    window.actions_["group"].trigger()
    group = commands.stack.layer(hand).group
    commands.rename(group, "Virtual restoration")
    commands.select(fill)
    while commands.stack.layer(fill).group is None:
        window.actions_["raise"].trigger()
    window.actions_["lock"].trigger()
    commands.select(hand)
    stage.page.canvas.fit()
    stage.pause(1.0)
    return stage.layers_picture()


def align(stage: Stage) -> QPixmap:
    """The align dialog, points found in an infrared of half the size."""
    dialog = _points_found(stage)
    stage.wait(lambda: all(view.is_settled for view in dialog.views))
    picture = stage.widget_picture(dialog)
    dialog.reject()
    return picture


def evidence(stage: Stage) -> QPixmap:
    """Infrared half faded over the painting, left of the line the painting alone."""
    stage.click(_points_found(stage), "Align")
    stage.look_at((1220, 700), 0.4)
    stage.page.session.layers.set_opacity(0.75)
    stage.window.actions_["split"].trigger()
    canvas = stage.page.canvas
    foot = canvas.mapTo(stage.window, canvas.rect().center())
    foot.setY(canvas.mapTo(stage.window, canvas.rect().bottomLeft()).y() - SIZE.height())
    return stage.photograph(QRect(foot - QPoint(SIZE.width() // 2, 0), SIZE))


def gallery(stage: Stage) -> QPixmap:
    """Four fills of one loss side by side."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("brush", 150)
    stage.stroke([(1590, 370), (1600, 420), (1660, 430)])
    stage.wait(lambda: stage.window.restore_dock.can_restore)
    cards = {one.card.id: one.card for one in stage.window.restore_dock.suited(stage.page.session)}
    attempts = tuple(Attempt(cards[name]) for name in GALLERY)
    stage.window.try_commands.start(stage.page, attempts)
    (shown,) = stage.window.findChildren(GalleryDialog)
    shown.resize(1000, 700)
    stage.wait(lambda: not shown.is_trying)
    shown.choose_all(0)
    for cell in shown.cells:
        stage.wait(lambda cell=cell: cell.view.is_settled)
    picture = stage.widget_picture(shown)
    shown.reject()
    return picture


def rulers(stage: Stage) -> QPixmap:
    """Rulers beside the canvas and a grid over it, in cm."""
    window, page = stage.window, stage.page
    page.canvas.fit()
    window.seeing_commands.set_dimensions(page, (150.0, 150.0))
    for name in ("rulers", "grid", "unit_cm"):
        window.actions_[name].trigger()
    stage.pause(0.2)
    stage.look_at((500, 340), 1.0)
    frame = page.frame
    picture = stage.photograph(QRect(frame.mapTo(window, QPoint(0, 0)), SIZE))
    for name in ("rulers", "grid", "unit_px"):
        window.actions_[name].trigger()
    return picture


def viewing(stage: Stage) -> QPixmap:
    """The Navigator and the Viewing dock, one below the other, the contrast stretched."""
    window = stage.window
    _restore, layers_dock, history, navigator, look = window.docks
    stage.look_at((1000, 800), 0.8)
    state = window.saveState()
    for dock in (layers_dock, history):
        dock.hide()
    window.splitDockWidget(navigator, look, Qt.Orientation.Vertical)
    for dock in (navigator, look):
        dock.show()
    window.resizeDocks([navigator, look], [320, 320], Qt.Orientation.Vertical)
    window.actions_["stretch"].trigger()
    stage.pause(0.6)
    picture = beside([stage.dock_picture("navigator"), stage.dock_picture("look")])
    window.actions_["natural"].trigger()
    window.restoreState(state)
    return picture


def shortcuts(stage: Stage) -> QPixmap:
    """The dialog of the keys."""
    stage.window.actions_["shortcuts"].trigger()
    (dialog,) = stage.window.findChildren(ShortcutsDialog)
    dialog.resize(560, 420)
    picture = stage.widget_picture(dialog)
    dialog.reject()
    stage.pause(0.1)
    return picture


def memory(stage: Stage) -> QPixmap:
    """The dialog about memory and disk."""
    stage.window.actions_["memory"].trigger()
    dialog = stage.window.memory_commands.dialog
    assert dialog is not None
    picture = stage.widget_picture(dialog)
    dialog.reject()
    stage.pause(0.1)
    return picture


def _points_found(stage: Stage) -> AlignDialog:
    """Import an infrared and open the dialog that aligns it; have points found."""
    _import_infrared(stage)
    stage.window.actions_["align"].trigger()
    dialog = stage.window.evidence_commands.dialog
    assert dialog is not None
    dialog.resize(1000, 480)
    stage.click(dialog, "Find Points")
    stage.wait(lambda: len(dialog.points) > 3)
    return dialog


def _import_infrared(stage: Stage) -> None:
    """Import a picture such as an infrared camera gives: grey, half the size, a little turned.

    It shows what was drawn below the paint.
    """
    session = stage.page.session
    stack = session.document.stack
    grey = composite(stack, stack.rect, 1)[..., 0].astype(np.float32) * 0.5 + 24_000
    for curve in UNDERDRAWING:
        at = (np.array(curve) / 2 * 16).round().astype(np.int32)
        cv2.polylines(grey, [at], False, 9_000, 3, cv2.LINE_AA, 4)
    turned = cv2.getRotationMatrix2D((grey.shape[1] / 2, grey.shape[0] / 2), 1.5, 1.0)
    seen = cv2.warpAffine(grey, turned, grey.shape[::-1]).astype(np.uint16)
    path = stage.home / "infrared.tif"
    tifffile.imwrite(path, seen, photometric="minisblack", metadata=None)
    stage.window.evidence_commands.read(session, path)
    stage.wait(lambda: session.layers.selected.kind is LayerKind.EVIDENCE)


SHOTS: Mapping[str, Callable[[Stage], QPixmap | None]] = {
    **guide_mask_shots.SHOTS,
    **guide_retouch_shots.SHOTS,
    "origins": origins,
    "split": split,
    "side_by_side": side_by_side,
    "turned": turned,
    "pan": pan,
    "pick": pick,
    "measure": measure,
    "layers": layers,
    "align": align,
    "evidence": evidence,
    "gallery": gallery,
    "rulers": rulers,
    "viewing": viewing,
    "shortcuts": shortcuts,
    "memory": memory,
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
        stage = Stage(window, Path(home))
        window.files.open_sample()
        stage.wait(stage.has_page)
        for name in arguments.names or SHOTS:
            picture = SHOTS[name](stage) or stage.canvas_picture()
            write(picture, arguments.folder / f"{name}.webp")
            stage.begin_anew()
        window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
