"""The bar above the canvas: what the chosen tool can be set to."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QToolBar, QWidget

from desktop.slider_field import SliderField
from desktop.theme import muted, scaled_font
from desktop.tools import MAX_SIZE_PX, MIN_SIZE_PX, BrushSettings, ToolName


class OptionsBar(QToolBar):
    """Size, hardness and opacity of brush and eraser, kept apart; a hint for the other tools.

    brush_changed(BrushSettings) comes when the user changes what the chosen tool paints with,
    entered when a value was typed and the hands go back to the canvas.
    """

    brush_changed = Signal(object)
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
        self._hint = muted(QLabel(self))
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._brush_page())
        self._pages.addWidget(self._hint)
        self.addWidget(self._name)
        self.addWidget(self._pages)
        for field in (self._size, self._hardness, self._opacity):
            field.changed.connect(self._emit)
            field.entered.connect(self.entered)
        self.set_tool(ToolName.BRUSH)

    def set_tool(self, tool: ToolName) -> None:
        """Show the options of a tool."""
        texts = {
            ToolName.BRUSH: (self.tr("Brush"), ""),
            ToolName.ERASER: (self.tr("Eraser"), ""),
            ToolName.PAN: (self.tr("Pan"), self.tr("Drag to move the painting; wheel to zoom.")),
            ToolName.PICK: (self.tr("Pick"), self.tr("Click the painting to read its samples.")),
        }
        name, hint = texts[tool]
        self._name.setText(name)
        self._hint.setText(hint)
        self._pages.setCurrentIndex(1 if hint else 0)

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
        row.addStretch(1)
        return page

    def _emit(self) -> None:
        self._settings = replace(
            self._settings.sized(self._size.value),
            hardness=self._hardness.value / 100,
            opacity=self._opacity.value / 100,
        )
        self.brush_changed.emit(self._settings)
