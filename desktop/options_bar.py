"""The bar above the canvas: what the chosen tool can be set to."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from desktop.retouch_options import RetouchOptions
from desktop.retouch_settings import RetouchSettings
from desktop.selection_options import SelectionOptions
from desktop.selection_tools import SELECTING, SelectionSettings
from desktop.slider_field import SliderField
from desktop.theme import muted, scaled_font
from desktop.tools import MAX_SIZE_PX, MIN_SIZE_PX, RETOUCHING, BrushSettings, ToolName

_SLIDER_PX = 48
_MARGINS_PX, _SPACING_PX = 24, 16


class OptionsBar(QToolBar):
    """Size, hardness, opacity and flow of brushes, kept apart; how the other tools work.

    brush_changed(BrushSettings), selection_changed(SelectionSettings) and
    retouch_changed(RetouchSettings) come when the user changes what the chosen tool works with,
    target_chosen(bool) when brush and eraser shall work on retouch or on the mask, entered when a
    value was typed and the hands go back to the canvas.
    """

    brush_changed = Signal(object)
    selection_changed = Signal(object)
    retouch_changed = Signal(object)
    target_chosen = Signal(bool)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("options")
        self.setWindowTitle(self.tr("Tool options"))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._settings = BrushSettings()
        self._name = QLabel(self)
        self._name.setFont(scaled_font(self._name, 1.0, is_bold=True))
        self._name.setMinimumWidth(72)
        self._name.setContentsMargins(10, 0, 10, 0)
        self._tool, self._is_color = ToolName.BRUSH, False
        self._size = SliderField(
            self.tr("Size"),
            MIN_SIZE_PX,
            MAX_SIZE_PX,
            self.tr(" px"),
            is_logarithmic=True,
            slider_width=_SLIDER_PX,
        )
        self._hardness, self._opacity, self._flow = (
            SliderField(name, least, 100, " %", slider_width=_SLIDER_PX)
            for name, least in (
                (self.tr("Hardness"), 0),
                (self.tr("Opacity"), 1),
                (self.tr("Flow"), 1),
            )
        )
        self._flow.setToolTip(self.tr("How much of the opacity each dab adds"))
        self._targets = QButtonGroup(self)
        self.retouch = RetouchOptions(self)
        self._snap = QCheckBox(self.tr("Follow cracks"), self)
        self._snap.setToolTip(self.tr("Lead the line along dark, thin lines of the painting"))
        self._selection = SelectionOptions(self)
        self._hint = muted(QLabel(self))
        self._pages = QStackedWidget(self)
        # Shrunk rather than moved as a whole into the tool bar's extension.
        self._pages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._page = self._brush_page()
        self._pages.addWidget(self._page)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(self._selection)
        self.addWidget(self._name)
        self._target = self._target_switch()
        self._target_action = self.addWidget(self._target)
        self.addWidget(self._pages)
        for field in (self._size, self._hardness, self._opacity, self._flow):
            field.changed.connect(self._emit)
            field.entered.connect(self.entered)
        self._selection.changed.connect(self.selection_changed)
        self._selection.entered.connect(self.entered)
        self._snap.toggled.connect(self._selection.set_snapping)
        self.retouch.changed.connect(self.retouch_changed)
        self._targets.idClicked.connect(lambda index: self.target_chosen.emit(index == 1))
        self.set_tool(ToolName.BRUSH)

    def set_tool(self, tool: ToolName, is_color: bool = False) -> None:
        """Show the options of a tool. is_color: brush and eraser work on retouch."""
        self._tool, self._is_color = tool, is_color
        texts = {
            ToolName.BRUSH: (self.tr("Brush"), ""),
            ToolName.ERASER: (self.tr("Eraser"), ""),
            ToolName.LINE: (self.tr("Line brush"), ""),
            ToolName.RECTANGLE: (self.tr("Rectangle"), ""),
            ToolName.ELLIPSE: (self.tr("Ellipse"), ""),
            ToolName.POLYGON: (self.tr("Polygon"), ""),
            ToolName.LASSO: (self.tr("Lasso"), ""),
            ToolName.WAND: (self.tr("Magic wand"), ""),
            ToolName.LOSS: (self.tr("Select loss"), ""),
            ToolName.PAN: (self.tr("Pan"), self.tr("Drag to move the painting; wheel to zoom.")),
            ToolName.PICK: (self.tr("Pick"), self.tr("Click the painting to read its samples.")),
            ToolName.CLONE: (self.tr("Clone"), ""),
            ToolName.HEAL: (self.tr("Heal"), ""),
            ToolName.SMUDGE: (self.tr("Smudge"), ""),
            ToolName.MEASURE: (
                self.tr("Measure"),
                self.tr("Drag from end to end; Shift keeps to 45°, Esc takes the line away."),
            ),
        }
        name, hint = texts[tool]
        self._name.setText(name)
        self._hint.setText(hint)
        self._snap.setVisible(tool is ToolName.LINE)
        has_target = tool in (ToolName.BRUSH, ToolName.ERASER)
        is_retouch = tool in RETOUCHING or (has_target and is_color)
        self._target_action.setVisible(has_target)
        self._targets.button(int(is_color)).setChecked(True)
        self.retouch.setVisible(is_retouch)
        self.retouch.set_tool(tool)
        self._flow.setVisible(is_retouch and tool not in (ToolName.ERASER, ToolName.SMUDGE))
        self._opacity.set_name(
            self.tr("Strength") if tool is ToolName.SMUDGE else self.tr("Opacity")
        )
        self._selection.set_tool(tool)
        self._pages.setCurrentIndex(1 if hint else 2 if tool in SELECTING else 0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave away what there is no room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give up the sliders one after the other, then hints, until nothing is cut."""
        others = [self._name, *([self._target] if self._target_action.isVisible() else [])]
        room = self.width() - sum(one.sizeHint().width() for one in others) - _MARGINS_PX
        fields = (self._flow, self._opacity, self._hardness, self._size)
        for field in fields:
            field.set_compact(False)
            field.set_name_shown(True)
        self.retouch.set_hint_shown(True)
        self.retouch.well.set_compact(False)
        gives = (
            *(partial(field.set_compact, True) for field in fields[:3]),
            partial(self.retouch.set_hint_shown, False),
            partial(self._size.set_compact, True),
            partial(self.retouch.well.set_compact, True),
            *(partial(field.set_name_shown, False) for field in fields),
        )
        for give in gives:
            if self._wanted_px() <= room:
                return
            give()

    def _wanted_px(self) -> int:
        """Return the least width in which nothing of the brush's options is cut."""
        parts = (self._size, self._hardness, self._opacity, self._flow, self._snap, self.retouch)
        shown = [part for part in parts if not part.isHidden()]
        for part in shown:
            layout = part.layout()
            if layout is not None:
                layout.invalidate()
        return sum(part.minimumSizeHint().width() + _SPACING_PX for part in shown)

    def set_selection(self, settings: SelectionSettings) -> None:
        """Show how the selecting tools work; emits nothing."""
        self._selection.set_settings(settings)
        with QSignalBlocker(self._snap):
            self._snap.setChecked(settings.is_snapping)

    def set_retouch(self, settings: RetouchSettings) -> None:
        """Show how the retouching tools work; emits nothing."""
        self.retouch.set_settings(settings)

    def set_brush(self, settings: BrushSettings) -> None:
        """Show what the chosen tool paints with; emits nothing."""
        self._settings = settings
        self._size.set_value(settings.size_px)
        self._hardness.set_value(settings.hardness * 100)
        self._opacity.set_value(settings.opacity * 100)
        self._flow.set_value(settings.flow * 100)

    def _target_switch(self) -> QWidget:
        """Return two buttons: what brush and eraser work on."""
        switch = QWidget(self)
        row = QHBoxLayout(switch)
        row.setContentsMargins(0, 0, 16, 0)
        row.setSpacing(2)
        choices = (
            (self.tr("Mask"), self.tr("Mark losses on the mask")),
            (self.tr("Colour"), self.tr("Paint on a retouch layer")),
        )
        for index, (text, tip) in enumerate(choices):
            button = QToolButton(switch)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setCheckable(True)
            self._targets.addButton(button, index)
            row.addWidget(button)
        return switch

    def _brush_page(self) -> QWidget:
        page = QWidget(self)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_SPACING_PX)
        for field in (self._size, self._hardness, self._opacity, self._flow):
            field.setMaximumWidth(290)
            row.addWidget(field)
        row.addWidget(self._snap)
        row.addWidget(self.retouch)
        row.addStretch(1)
        return page

    def _emit(self) -> None:
        self._settings = replace(
            self._settings.sized(self._size.value),
            hardness=self._hardness.value / 100,
            opacity=self._opacity.value / 100,
            flow=self._flow.value / 100,
        )
        self.brush_changed.emit(self._settings)
