"""The options of the selecting tools: what they do to the mask, and what the wand looks for."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from core.image.selection import Mode
from desktop.icons import icon
from desktop.selection_tools import MAX_TOLERANCE, SelectionSettings
from desktop.slider_field import SliderField
from desktop.theme import muted
from desktop.tools import ToolName

_MODES = tuple(Mode)


class SelectionOptions(QWidget):
    """changed(SelectionSettings): by the user. entered: a value was typed."""

    changed = Signal(object)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = SelectionSettings()
        self._modes = QButtonGroup(self)
        self._tolerance = SliderField(
            self.tr("Tolerance"), 0, MAX_TOLERANCE, self.tr(" ΔE"), decimals=1
        )
        self._tolerance.setToolTip(
            self.tr("How different colours may look and still be selected (CIEDE2000)")
        )
        self._contiguous = QCheckBox(self.tr("Connected"), self)
        self._contiguous.setToolTip(self.tr("Only what hangs together with the point clicked"))
        self._sample = QComboBox(self)
        self._sample.addItems([self.tr("Painting"), self.tr("Painting with retouch")])
        self._sample.setAccessibleName(self.tr("What the wand looks at"))
        self._sample.setToolTip(self._sample.accessibleName())
        self._hint = muted(QLabel(self))
        self._build()
        self._modes.idToggled.connect(lambda _id, is_on: self._emit() if is_on else None)
        self._tolerance.changed.connect(lambda _value: self._emit())
        self._tolerance.entered.connect(self.entered)
        self._contiguous.toggled.connect(lambda _is_on: self._emit())
        self._sample.activated.connect(lambda _index: self._emit())

    def set_tool(self, tool: ToolName) -> None:
        """Show what concerns a tool."""
        for widget in (self._tolerance, self._contiguous, self._sample):
            widget.setVisible(tool is ToolName.WAND)
        shape = self.tr("Drag; then Shift makes it regular, Alt draws from the middle.")
        hints = {
            ToolName.RECTANGLE: shape,
            ToolName.ELLIPSE: shape,
            ToolName.POLYGON: self.tr("Click corners; Enter closes, Backspace takes one back."),
            ToolName.LASSO: self.tr("Draw around an area."),
            ToolName.LOSS: self.tr("Click a loss of any mask that is shown."),
        }
        self._hint.setText(hints.get(tool, ""))

    def set_settings(self, settings: SelectionSettings) -> None:
        """Show these; emits nothing."""
        self._settings = settings
        with (
            QSignalBlocker(self._modes),
            QSignalBlocker(self._contiguous),
            QSignalBlocker(self._sample),
        ):
            self._modes.button(_MODES.index(settings.mode)).setChecked(True)
            self._contiguous.setChecked(settings.flood.is_contiguous)
            self._sample.setCurrentIndex(int(settings.is_composite))
        if self._tolerance.value != settings.flood.tolerance:
            self._tolerance.set_value(settings.flood.tolerance)

    def set_snapping(self, is_snapping: bool) -> None:
        """Let the line brush follow cracks, or not."""
        self._settings = replace(self._settings, is_snapping=is_snapping)
        self.changed.emit(self._settings)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        tips = {
            Mode.ADD: self.tr("Add to the mask  (hold Shift)"),
            Mode.SUBTRACT: self.tr("Take away from the mask  (hold Alt)"),
            Mode.INTERSECT: self.tr("Keep only what is marked inside  (hold Shift+Alt)"),
            Mode.REPLACE: self.tr("Replace the mask"),
        }
        for index, mode in enumerate(_MODES):
            button = QToolButton(self)
            button.setIcon(icon(f"mode-{mode.value}"))
            button.setCheckable(True)
            button.setToolTip(tips[mode])
            button.setAccessibleName(tips[mode].partition("  ")[0])
            self._modes.addButton(button, index)
            row.addWidget(button)
        self._modes.button(0).setChecked(True)
        row.addSpacing(18)
        self._tolerance.setMaximumWidth(300)
        row.addWidget(self._tolerance)
        row.addSpacing(18)
        row.addWidget(self._contiguous)
        row.addSpacing(18)
        row.addWidget(self._sample)
        row.addWidget(self._hint)
        row.addStretch(1)

    def _emit(self) -> None:
        flood = replace(
            self._settings.flood,
            tolerance=self._tolerance.value,
            is_contiguous=self._contiguous.isChecked(),
        )
        settings = replace(
            self._settings,
            mode=_MODES[self._modes.checkedId()],
            flood=flood,
            is_composite=self._sample.currentIndex() == 1,
        )
        self._settings = settings
        self.changed.emit(settings)
