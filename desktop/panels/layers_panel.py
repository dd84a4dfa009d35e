"""The Layers dock: what lies over the painting, from top to bottom."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.document.layer import Layer, LayerKind
from desktop.actions import Actions
from desktop.layer_commands import LayerCommands
from desktop.panels.layer_list import LayerList
from desktop.slider_field import SliderField
from desktop.theme import muted

_BUTTONS = ("add_mask", "add_retouch", "duplicate", "raise", "lower", "delete")


class LayersPanel(QWidget):
    """The layers of the shown painting. It edits through the session's LayerCommands."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands: LayerCommands | None = None
        self._list = LayerList(self)
        self._opacity = SliderField(self.tr("Opacity"), 0, 100, " %")
        self._why = muted(QLabel(self))
        self._why.setWordWrap(True)
        self._build(actions)
        self._list.chosen.connect(self._choose)
        self._list.renamed.connect(self._rename)
        self._list.shown.connect(self._show)
        self._opacity.changed.connect(self._preview_opacity)
        self._opacity.settled.connect(self._set_opacity)

    def show_layers(self, commands: LayerCommands | None) -> None:
        """Show the layers as they are now; None when no painting is open."""
        self._commands = commands
        self.setEnabled(commands is not None)
        if commands is None:
            self._list.show_layers((), 0, None)
            return
        layers = tuple(reversed(commands.stack.layers))
        self._list.show_layers(layers, commands.selected_id, commands.mask_id)
        self._show_selected(commands.selected)

    def _show_selected(self, layer: Layer) -> None:
        is_source = layer.kind is LayerKind.SOURCE
        self._opacity.setVisible(not is_source)
        self._why.setVisible(is_source)
        if not self._opacity.is_dragging:
            self._opacity.set_value(layer.opacity * 100)

    def _choose(self, layer_id: int) -> None:
        if self._commands is not None:
            self._commands.select(layer_id)

    def _rename(self, layer_id: int, name: str) -> None:
        if self._commands is not None:
            self._commands.rename(layer_id, name)

    def _show(self, layer_id: int, is_visible: bool) -> None:
        if self._commands is not None:
            self._commands.set_visible(layer_id, is_visible)

    def _preview_opacity(self, percent: float) -> None:
        if self._commands is not None:
            self._commands.preview_opacity(percent / 100)

    def _set_opacity(self, percent: float) -> None:
        if self._commands is not None:
            self._commands.set_opacity(percent / 100)

    def _build(self, actions: Actions) -> None:
        self._why.setText(
            self.tr("The painting itself: it is only ever read, so it cannot be changed or hidden.")
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        for name in _BUTTONS:
            button = QToolButton(self)
            button.setDefaultAction(actions[name])
            button.setAccessibleName(actions[name].text().replace("&", ""))
            buttons.addWidget(button)
            if name == "duplicate":
                buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(6)
        column.addWidget(self._opacity)
        column.addWidget(self._why)
        self._list.setMinimumHeight(64)
        column.addWidget(self._list, 1)
        column.addLayout(buttons)
