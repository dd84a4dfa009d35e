"""The bar above the canvas: what the chosen tool can be set to."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QStackedWidget, QToolBar, QWidget

from desktop.selection_options import SelectionOptions
from desktop.selection_tools import SELECTING, SelectionSettings
from desktop.slider_field import SliderField
from desktop.theme import muted, scaled_font
from desktop.tools import MAX_SIZE_PX, MIN_SIZE_PX, BrushSettings, ToolName


class OptionsBar(QToolBar):
    """Size, hardness and opacity of brush and eraser, kept apart; how selecting tools work.

    brush_changed(BrushSettings) and selection_changed(SelectionSettings) come when the user changes
    what the chosen tool works with, entered when a value was typed and the hands go back to the
    canvas.
    """

    brush_changed = Signal(object)
    selection_changed = Signal(object)
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
        self._size = SliderField(
            self.tr("Size"), MIN_SIZE_PX, MAX_SIZE_PX, self.tr(" px"), is_logarithmic=True
        )
        self._hardness = SliderField(self.tr("Hardness"), 0, 100, " %")
        self._opacity = SliderField(self.tr("Opacity"), 1, 100, " %")
        self._snap = QCheckBox(self.tr("Follow cracks"), self)
        self._snap.setToolTip(self.tr("Lead the line along dark, thin lines of the painting"))
        self._selection = SelectionOptions(self)
        self._hint = muted(QLabel(self))
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._brush_page())
        self._pages.addWidget(self._hint)
        self._pages.addWidget(self._selection)
        self.addWidget(self._name)
        self.addWidget(self._pages)
        for field in (self._size, self._hardness, self._opacity):
            field.changed.connect(self._emit)
            field.entered.connect(self.entered)
        self._selection.changed.connect(self.selection_changed)
        self._selection.entered.connect(self.entered)
        self._snap.toggled.connect(self._selection.set_snapping)
        self.set_tool(ToolName.BRUSH)

    def set_tool(self, tool: ToolName) -> None:
        """Show the options of a tool."""
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
            ToolName.MEASURE: (
                self.tr("Measure"),
                self.tr("Drag from end to end; Shift keeps to 45°, Esc takes the line away."),
            ),
        }
        name, hint = texts[tool]
        self._name.setText(name)
        self._hint.setText(hint)
        self._snap.setVisible(tool is ToolName.LINE)
        self._selection.set_tool(tool)
        self._pages.setCurrentIndex(1 if hint else 2 if tool in SELECTING else 0)

    def set_selection(self, settings: SelectionSettings) -> None:
        """Show how the selecting tools work; emits nothing."""
        self._selection.set_settings(settings)
        with QSignalBlocker(self._snap):
            self._snap.setChecked(settings.is_snapping)

    def set_brush(self, settings: BrushSettings) -> None:
        """Show what the chosen tool paints with; emits nothing."""
        self._settings = settings
        self._size.set_value(settings.size_px)
        self._hardness.set_value(settings.hardness * 100)
        self._opacity.set_value(settings.opacity * 100)

    def _brush_page(self) -> QWidget:
        page = QWidget(self)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(26)
        for field in (self._size, self._hardness, self._opacity):
            field.setMaximumWidth(290)
            row.addWidget(field)
        row.addWidget(self._snap)
        row.addStretch(1)
        return page

    def _emit(self) -> None:
        self._settings = replace(
            self._settings.sized(self._size.value),
            hardness=self._hardness.value / 100,
            opacity=self._opacity.value / 100,
        )
        self.brush_changed.emit(self._settings)
