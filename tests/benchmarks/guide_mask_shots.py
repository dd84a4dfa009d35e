"""The guide's pictures of the mask tools and of the Mask menu."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from guide_stage import CRACK, SIZE, Stage, beside, labelled
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPixmap

from core.image.flood import Flood

_CELL = QSize(190, 150)
_LOSS = (1620, 410)
ALT = Qt.KeyboardModifier.AltModifier


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
    """One of two losses of a mask taken over into another."""
    stage.look_at((1375, 285), 0.75)
    stage.choose("brush", 120)
    stage.stroke([(1590, 370), (1600, 420), (1660, 430)])
    stage.stroke([(1105, 130), (1130, 165), (1150, 130)])
    stage.window.actions_["add_mask"].trigger()
    stage.choose("loss")
    stage.click_at((1600, 420))
    stage.settle_mask()


def changes(stage: Stage) -> QPixmap:
    """What the Mask menu makes of one and the same mask."""
    stage.look_at(_LOSS, 0.8)
    wand(stage)
    stage.look_at(_LOSS, 0.8)
    stage.choose("pan")
    pictures = [stage.canvas_picture(_CELL)]
    for name, radius_px, is_outward in (
        ("grow_mask", 14, False),
        ("shrink_mask", 14, False),
        ("feather_mask", 25, False),
        ("feather_mask", 25, True),
    ):
        stage.window.actions_[name].trigger()
        dialog = stage.window.mask_commands.dialog
        assert dialog is not None
        dialog._outward.setChecked(is_outward)
        dialog.set_radius_px(radius_px)
        dialog.accept()
        pictures.append(_settled(stage))
        stage.window.actions_["undo"].trigger()
    stage.window.actions_["invert_mask"].trigger()
    pictures.append(_settled(stage))
    for _ in range(2):
        stage.window.actions_["undo"].trigger()
    stage.choose("ellipse")
    stage.stroke([(1535, 330), (1705, 490)])
    stage.settle_mask()
    stage.stroke([(1565, 360), (1675, 460)], ALT)
    stage.settle_mask()
    stage.choose("pan")
    pictures.append(_settled(stage))
    stage.window.actions_["fill_holes"].trigger()
    pictures.append(_settled(stage))
    words = ("as marked", "Grow", "Shrink", "Feather", "Feather, outward", "Invert", "a ring",
             "Fill Holes")  # fmt: skip
    return labelled(pictures, words, 4)


def edge(stage: Stage) -> QPixmap:
    """A mask that grows while its dialog is open."""
    wand(stage)
    stage.look_at((1700, 410), 1.2)
    stage.choose("pan")
    stage.window.actions_["grow_mask"].trigger()
    dialog = stage.window.mask_commands.dialog
    assert dialog is not None
    dialog.set_radius_px(14)
    stage.wait(lambda: stage.page.session.document.is_previewing)
    canvas = stage.page.canvas
    # The dialog in the picture's lower right corner.
    corner = canvas.rect().center() + QPoint(SIZE.width() // 2, SIZE.height() // 2)
    dialog.move(canvas.mapToGlobal(corner - QPoint(dialog.width() + 12, dialog.height() + 12)))
    picture = stage.canvas_picture()
    dialog.reject()
    return picture


def masks(stage: Stage) -> QPixmap:
    """Three masks with names and colours of their own."""
    layers = stage.page.session.layers
    stage.look_at((1400, 300), 0.6)
    stage.choose("brush", 150)
    stage.stroke([(1590, 370), (1600, 420), (1660, 430)])
    for name, color, size_px, points in (
        ("Cracks", "#2f7fd6", 24, CRACK),
        ("Old retouch", "#3fae5a", 130, ((1120, 430), (1200, 470))),
    ):
        stage.window.actions_["add_mask"].trigger()
        layers.rename(layers.selected_id, name)
        layers.set_color(layers.selected_id, color)
        stage.choose("brush", size_px)
        stage.stroke(points)
    stage.choose("pan")
    return beside([stage.canvas_picture(), stage.layers_picture()])


def pen(stage: Stage) -> None:
    """Strokes of a pen: pressure sizes one, and thins another."""
    stage.look_at((1400, 300), 1.0)
    stage.choose("brush", 70)
    firmness = [0.08, 0.2, 0.4, 0.65, 0.9, 1.0, 0.8, 0.5, 0.25, 0.08]
    stage.pen_stroke([(1170 + 48 * n, 240 - 3 * n, p) for n, p in enumerate(firmness)])
    toolbox = stage.window.tool_commands.toolbox
    before = toolbox.current
    toolbox.set_current(replace(before, pressure_size=False, pressure_opacity=True))
    stage.pen_stroke([(1170 + 48 * n, 390 - 3 * n, p) for n, p in enumerate(firmness)])
    toolbox.set_current(before)
    stage.choose("pan")


def _settled(stage: Stage) -> QPixmap:
    stage.settle_mask()
    stage.wait(lambda: not stage.page.session.document.is_previewing)
    return stage.canvas_picture(_CELL)


SHOTS: Mapping[str, Callable[[Stage], QPixmap | None]] = {
    "brush": brush,
    "eraser": eraser,
    "line": line,
    "rectangle": rectangle,
    "ellipse": ellipse,
    "lasso": lasso,
    "polygon": polygon,
    "wand": wand,
    "loss": loss,
    "changes": changes,
    "edge": edge,
    "masks": masks,
    "pen": pen,
}
