"""The Layers dock: what lies over the painting, from top to bottom."""

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.document.evidence import EvidenceMode
from core.document.groups import Place
from core.document.layer import Layer, LayerKind
from core.image.blend_modes import BlendMode
from desktop.actions import Actions
from desktop.layer_commands import LayerCommands
from desktop.panels.layer_delegate import blend_name
from desktop.panels.layer_list import LayerList
from desktop.refusal import refusal
from desktop.slider_field import SliderField
from desktop.theme import muted
from desktop.thumbnails import Thumbnails

_BUTTONS = (
    "add_mask", "add_retouch", "group", "duplicate", "merge", "lock", "raise", "lower", "delete",
)  # fmt: skip


class LayersPanel(QWidget):
    """The layers of the shown painting. It edits through the session's LayerCommands."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands: LayerCommands | None = None
        self._list = LayerList(self)
        self._thumbnails: Thumbnails | None = None
        self._opacity = SliderField(self.tr("Opacity"), 0, 100, " %", slider_width=60)
        self._blend = QComboBox(self)
        self._why = muted(QLabel(self))
        self._why.setWordWrap(True)
        self._why.hide()
        self._build(actions)
        self._list.chosen.connect(self._choose)
        self._list.renamed.connect(self._rename)
        self._list.shown.connect(self._show)
        self._list.shown_alone.connect(self._show_alone)
        self._list.moved.connect(self._move)
        self._blend.activated.connect(self._set_blend)
        self._opacity.changed.connect(self._preview_opacity)
        self._opacity.settled.connect(self._set_opacity)

    def show_layers(
        self, commands: LayerCommands | None, thumbnails: Thumbnails | None = None
    ) -> None:
        """Show the layers as they are now; None when no painting is open."""
        self._commands = commands
        self._follow(thumbnails)
        self.setEnabled(commands is not None)
        if commands is None:
            self._list.show_layers((), 0, None)
            return
        self._list.places = commands.places
        layers = tuple(reversed(commands.stack.layers))
        self._list.show_layers(layers, commands.selected_id, commands.mask_id)
        self._show_selected(commands.selected, refusal(commands.stack, commands.selected))

    def _show_selected(self, layer: Layer, why: str) -> None:
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self._opacity.setVisible(layer.kind is not LayerKind.SOURCE)
        self._opacity.setEnabled(not why)
        self._show_modes(layer)
        self._blend.setEnabled(not why)
        if not self._opacity.is_dragging:
            self._opacity.set_value(layer.opacity * 100)

    def _show_modes(self, layer: Layer) -> None:
        """Offer the blend modes of retouch, or the ways to look at evidence."""
        modes: dict[object, str] = {}
        if layer.kind is LayerKind.RETOUCH:
            modes = {mode: blend_name(mode) for mode in BlendMode}
        elif layer.evidence is not None:
            modes[EvidenceMode.OVER] = self.tr("Itself")
            modes[EvidenceMode.DIFFERENCE] = self.tr("Difference")
        if [self._blend.itemData(row) for row in range(self._blend.count())] != list(modes):
            self._blend.clear()
            for mode, name in modes.items():
                self._blend.addItem(name, mode)
        chosen = layer.blend if layer.evidence is None else layer.evidence.mode
        self._blend.setCurrentIndex(self._blend.findData(chosen))
        self._blend.setVisible(bool(modes))

    def _follow(self, thumbnails: Thumbnails | None) -> None:
        """Show these thumbnails from now on, and those that come."""
        if thumbnails is None or thumbnails is self._thumbnails:
            return
        self._thumbnails = thumbnails
        self._list.show_thumbnails(thumbnails)
        thumbnails.changed.connect(self._list.viewport().update)

    def _choose(self, layer_id: int) -> None:
        if self._commands is not None:
            self._commands.select(layer_id)

    def _rename(self, layer_id: int, name: str) -> None:
        if self._commands is not None:
            self._commands.rename(layer_id, name)

    def _show(self, layer_id: int, is_visible: bool) -> None:
        if self._commands is not None:
            self._commands.set_visible(layer_id, is_visible)

    def _show_alone(self, layer_id: int) -> None:
        if self._commands is not None:
            self._commands.solo(layer_id)

    def _move(self, layer_id: int, place: Place | None) -> None:
        if self._commands is not None and place is not None:
            self._commands.move_to(layer_id, place)
        elif self._commands is not None:
            self._commands.may_edit(self._commands.stack.layer(layer_id))

    def _set_blend(self, row: int) -> None:
        mode = self._blend.itemData(row)
        if self._commands is not None and isinstance(mode, BlendMode):
            self._commands.set_blend(mode)
        elif self._commands is not None and isinstance(mode, EvidenceMode):
            self._commands.set_evidence_mode(mode)

    def _preview_opacity(self, percent: float) -> None:
        if self._commands is not None:
            self._commands.preview_opacity(percent / 100)

    def _set_opacity(self, percent: float) -> None:
        if self._commands is not None:
            self._commands.set_opacity(percent / 100)

    def _build(self, actions: Actions) -> None:
        self._blend.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._blend.setAccessibleName(self.tr("Blend mode"))
        self._blend.setToolTip(self.tr("How the layer’s colours meet what is below them"))
        look = QHBoxLayout()
        look.setSpacing(8)
        look.addWidget(self._opacity, 1)
        look.addWidget(self._blend)
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        for name in _BUTTONS:
            button = QToolButton(self)
            button.setDefaultAction(actions[name])
            button.setAccessibleName(actions[name].text().replace("&", ""))
            buttons.addWidget(button)
            if name == "lock":
                buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(6)
        column.addLayout(look)
        column.addWidget(self._why)
        self._list.setMinimumHeight(42)
        column.addWidget(self._list, 1)
        column.addLayout(buttons)
