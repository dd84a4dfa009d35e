"""The options of the retouching tools: colour, blend mode, source of a clone, bounds."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QWidget

from core.image.blend_modes import BlendMode
from desktop.color_well import ColorWell
from desktop.panels.layer_delegate import blend_name
from desktop.retouch_settings import SAMPLE_SIDES_PX, RetouchSettings
from desktop.theme import muted
from desktop.tools import ToolName

_MODES = tuple(BlendMode)


class RetouchOptions(QWidget):
    """changed(RetouchSettings): by the user."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = RetouchSettings()
        self._is_cloning = False
        self.well = ColorWell(self)
        self._mode = QComboBox(self)
        self._sample = QComboBox(self)
        self._source = QComboBox(self)
        self._aligned = QCheckBox(self.tr("Aligned"), self)
        self._inside = QCheckBox(self.tr("Stay in mask"), self)
        self._hint = muted(QLabel(self.tr("Alt+click: take from here"), self))
        self._build()
        for box in (self._mode, self._sample, self._source):
            box.activated.connect(lambda _index: self._emit())
        for check in (self._aligned, self._inside):
            check.toggled.connect(lambda _is_on: self._emit())

    def set_tool(self, tool: ToolName) -> None:
        """Show what concerns a tool."""
        is_brush = tool is ToolName.BRUSH
        is_cloning = tool in (ToolName.CLONE, ToolName.HEAL)
        for of_brush in (self.well, self._mode, self._sample):
            of_brush.setVisible(is_brush)
        self._is_cloning = is_cloning
        for of_clone in (self._aligned, self._source, self._hint):
            of_clone.setVisible(is_cloning)

    def set_hint_shown(self, is_shown: bool) -> None:
        """Say how the source is chosen, or leave it to the tool tip, where room is short."""
        self._hint.setVisible(is_shown and self._is_cloning)

    def set_settings(self, settings: RetouchSettings) -> None:
        """Show these; emits nothing."""
        self._settings = settings
        with QSignalBlocker(self._aligned), QSignalBlocker(self._inside):
            self._aligned.setChecked(settings.is_aligned)
            self._inside.setChecked(settings.stays_inside)
        self._mode.setCurrentIndex(_MODES.index(settings.mode))
        self._sample.setCurrentIndex(SAMPLE_SIDES_PX.index(settings.sample_px))
        self._source.setCurrentIndex(int(settings.is_composite))

    def _emit(self) -> None:
        self._settings = replace(
            self._settings,
            mode=_MODES[self._mode.currentIndex()],
            sample_px=SAMPLE_SIDES_PX[self._sample.currentIndex()],
            is_composite=self._source.currentIndex() == 1,
            is_aligned=self._aligned.isChecked(),
            stays_inside=self._inside.isChecked(),
        )
        self.changed.emit(self._settings)

    def _build(self) -> None:
        self._mode.addItems([blend_name(mode) for mode in _MODES])
        self._sample.addItems([self.tr("{0} px").format(side) for side in SAMPLE_SIDES_PX])
        self._source.addItems([self.tr("Painting"), self.tr("With retouch")])
        tips = {
            self._mode: self.tr("How the colour meets what is shown below"),
            self._sample: self.tr("Side of the square whose mean is picked"),
            self._source: self.tr("What paint is taken from"),
            self._aligned: self.tr("Keep the distance to the source from stroke to stroke"),
            self._inside: self.tr("Lay no paint over the original: only where a mask marks a loss"),
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.well)
        for widget, tip in tips.items():
            widget.setToolTip(tip)
            widget.setAccessibleName(tip)
            row.addWidget(widget)
        row.addWidget(self._hint)
