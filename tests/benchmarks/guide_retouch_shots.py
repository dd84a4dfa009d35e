"""The guide's pictures of the tools that retouch by hand."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from guide_stage import HALF, Stage, below, beside, labelled
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPixmap

from core.image.blend_modes import BlendMode

ALT = Qt.KeyboardModifier.AltModifier
_CELL = QSize(150, 170)
_WIDE_CELL = QSize(250, 210)
_BAR_PX = 780
_LOSS = (1620, 410)
_OVER_LOSS = ((1570, 370), (1585, 430), (1640, 440), (1600, 385))


def retouch_brush(stage: Stage) -> None:
    """A loss being painted with a colour taken from beside it."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("brush")
    stage.work_in_colour(46)
    stage.click_at((1500, 420), ALT)
    stage.stroke([(1570, 370), (1585, 430), (1640, 440), (1600, 385)], is_released=False)


def clone(stage: Stage) -> None:
    """Sky being stamped over a loss."""
    stage.look_at((1620, 410), 1.2)
    stage.choose("clone")
    stage.work_in_colour(46)
    stage.click_at((1740, 390), ALT)
    stage.stroke([(1570, 370), (1585, 430), (1640, 440), (1600, 385)], is_released=False)


def picker(stage: Stage) -> QPixmap:
    """A colour picked beside a loss: the well in the options bar shows it."""
    stage.look_at(_LOSS, 1.2)
    stage.choose("brush")
    stage.work_in_colour(46)
    stage.click_at((1530, 380), ALT)
    stage.hover((1530, 380))
    options, canvas = stage.window.options, stage.page.canvas
    bar = QRect(options.mapTo(stage.window, QPoint(0, 0)), options.size())
    bar.setLeft(bar.right() - _BAR_PX + 1)
    middle = canvas.mapTo(stage.window, canvas.rect().center())
    seen = QRect(middle - QPoint(_BAR_PX // 2, 100), QSize(_BAR_PX, 200))
    return below([stage.photograph(bar), stage.photograph(seen)])


def modes(stage: Stage) -> QPixmap:
    """One colour over the same place, in each blend mode."""
    toolbox, pictures = stage.window.tool_commands.toolbox, []
    stage.look_at((1690, 1330), 0.9)
    stage.choose("brush")
    stage.work_in_colour(60)
    stage.page.canvas.retouching.colors.use((46_000, 20_000, 14_000))
    before = toolbox.retouch
    for mode in BlendMode:
        toolbox.set_retouch(replace(before, mode=mode))
        stage.stroke([(1625, 1290), (1755, 1350)])
        stage.choose("pan")
        pictures.append(stage.canvas_picture(_CELL))
        stage.window.actions_["undo"].trigger()
        stage.choose("brush")
    toolbox.set_retouch(before)
    return labelled(pictures, ("Normal", "Multiply", "Screen", "Colour", "Luminosity"), 5)


def retouch_eraser(stage: Stage) -> None:
    """Retouch that went too far being taken off again."""
    stage.look_at(_LOSS, 1.2)
    stage.choose("brush")
    stage.work_in_colour(90)
    stage.click_at((1500, 420), ALT)
    stage.stroke([(1560, 350), (1580, 430), (1690, 440), (1620, 370)])
    stage.choose("eraser", 50)
    stage.stroke([(1690, 360), (1660, 385), (1720, 420)], is_released=False)


def heal(stage: Stage) -> QPixmap:
    """A loss, and the loss closed: the tone of the paint around it taken on."""
    stage.look_at((1330, 1075), 1.2)
    stage.choose("pan")
    before = stage.canvas_picture(HALF)
    stage.choose("heal")
    stage.work_in_colour(76)
    stage.click_at((1330, 1215), ALT)
    path = [(1262, 1058), (1300, 1040), (1350, 1035), (1385, 1050), (1375, 1085), (1320, 1100),
            (1270, 1085), (1320, 1070)]  # fmt: skip
    stage.stroke(path)
    stage.choose("pan")
    return beside([before, stage.canvas_picture(HALF)])


def smudge(stage: Stage) -> QPixmap:
    """Flat retouch, and the paint around it drawn into it, stroke by stroke."""
    stage.look_at(_LOSS, 1.2)
    stage.choose("brush")
    stage.work_in_colour(60)
    stage.click_at((1700, 440), ALT)
    stage.stroke([(1590, 360), (1580, 400), (1572, 440), (1610, 445), (1680, 440), (1650, 420),
                  (1610, 360), (1620, 350), (1630, 410), (1600, 420), (1600, 380)])  # fmt: skip
    stage.choose("pan")
    before = stage.canvas_picture(HALF)
    stage.choose("smudge")
    stage.work_in_colour(22)
    toolbox = stage.window.tool_commands.toolbox
    kept = toolbox.current
    toolbox.set_current(replace(kept, opacity=0.85, hardness=0.3))
    for row in range(345, 470, 12):
        stage.stroke([(1543, row + 4), (1575, row), (1625, row - 4)])
        stage.stroke([(1735, row + 8), (1690, row + 4), (1615, row)])
    toolbox.set_current(kept)
    stage.choose("pan")
    return beside([before, stage.canvas_picture(HALF)])


def conversion(stage: Stage) -> QPixmap:
    """Retouch, what a mask leaves of it, and the mask made of it."""
    window, layers = stage.window, stage.page.session.layers
    stage.look_at(_LOSS, 1.0)
    stage.choose("brush")
    stage.work_in_colour(110)
    stage.click_at((1500, 420), ALT)
    stage.stroke(_OVER_LOSS)
    retouch = layers.selected_id
    stage.choose("pan")
    pictures = [stage.canvas_picture(_WIDE_CELL)]
    stage.choose("ellipse")
    stage.stroke([(1545, 345), (1690, 470)])
    stage.settle_mask()
    layers.select(retouch)
    stage.choose("pan")
    window.actions_["limit_retouch"].trigger()
    stage.settle_mask()
    layers.set_visible(layers.mask_id, False)
    pictures.append(stage.canvas_picture(_WIDE_CELL))
    window.actions_["undo"].trigger()
    window.actions_["undo"].trigger()
    window.actions_["undo"].trigger()
    layers.select(retouch)
    window.actions_["mask_from_retouch"].trigger()
    stage.settle_mask()
    pictures.append(stage.canvas_picture(_WIDE_CELL))
    return labelled(pictures, ("retouch", "limited to an ellipse", "a mask made of it"), 3)


SHOTS: Mapping[str, Callable[[Stage], QPixmap | None]] = {
    "retouch": retouch_brush,
    "picker": picker,
    "modes": modes,
    "clone": clone,
    "heal": heal,
    "smudge": smudge,
    "retouch_eraser": retouch_eraser,
    "conversion": conversion,
}
