"""The Mask menu: invert, grow, shrink, feather, fill holes, and masks from and for retouch."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.document.document import Document
from core.document.layer import Layer, LayerKind
from core.document.mask_conversion import mask_of_retouch, retouch_within
from core.image.components import without_holes
from core.image.selection import inverted
from core.image.surface import Surface
from desktop.actions import Actions
from desktop.canvas import Canvas
from desktop.dialogs.mask_dialog import Edge, MaskDialog
from desktop.jobs import Work
from desktop.masking import Surfaces
from desktop.painting_page import PaintingPage

_MM_PER_INCH = 25.4


class MaskCommands(QObject):
    """Acts on the painting that `shown` gives. GUI thread only.

    busy(str): what is being computed, empty when nothing is.
    """

    busy = Signal(str)

    def __init__(
        self, actions: Actions, shown: Callable[[], PaintingPage | None], window: QWidget
    ) -> None:
        super().__init__(window)
        self._shown = shown
        self._window = window
        self._dialog: MaskDialog | None = None
        for name, function in (
            ("invert_mask", self.invert),
            ("fill_holes", self.fill_holes),
            ("grow_mask", partial(self.ask, Edge.GROW)),
            ("shrink_mask", partial(self.ask, Edge.SHRINK)),
            ("feather_mask", partial(self.ask, Edge.FEATHER)),
            ("mask_from_retouch", self.mask_from_retouch),
            ("limit_retouch", self.limit_retouch),
        ):
            actions.on(name, function)

    @property
    def dialog(self) -> MaskDialog | None:
        """The dialog that is open."""
        return self._dialog

    def adopt(self, page: PaintingPage) -> None:
        """Tell of a new page's edits while they are computed."""
        masking = page.canvas.masking
        masking.busy.connect(self._tell_busy)
        masking.idle.connect(lambda: self.busy.emit(""))

    def follow(self) -> None:
        """Another painting is shown: a dialog was about the former one."""
        if self._dialog is not None:
            self._dialog.reject()

    def invert(self) -> None:
        """Mark what was not marked, and the other way round."""
        canvas, page = self._canvas()
        if page is not None and canvas is not None:
            picture = page.session.document.stack.rect
            canvas.masking.change(
                self.tr("Invert mask"), lambda mask, _work: inverted(mask, picture)
            )

    def fill_holes(self) -> None:
        """Mark what is enclosed by marks."""
        canvas, page = self._canvas()
        if page is not None and canvas is not None:
            picture = page.session.document.stack.rect

            def fill(mask: Surface, work: Work) -> Surface:
                return without_holes(mask, picture, work.is_cancelled)

            canvas.masking.change(self.tr("Fill holes"), fill)

    def ask(self, edge: Edge) -> None:
        """Open the dialog that grows, shrinks or feathers."""
        canvas, page = self._canvas()
        if page is None or canvas is None or canvas.masking.target() is None:
            return
        self.follow()
        document = page.session.document
        dpi = page.session.dpi
        px_per_mm = None if dpi is None else (dpi[0] + dpi[1]) / 2 / _MM_PER_INCH
        dialog = MaskDialog(edge, document.stack.rect, px_per_mm, self._window)
        self._dialog = dialog
        dialog.tried.connect(canvas.masking.preview)
        dialog.untried.connect(canvas.masking.drop_preview)
        dialog.chosen.connect(canvas.masking.commit_preview)
        # A stroke or an undo meanwhile: what is shown is of another mask.
        document.on_history.append(dialog.try_out)
        dialog.finished.connect(lambda _result: document.on_history.remove(dialog.try_out))
        dialog.finished.connect(self._closed)
        dialog.show()

    def mask_from_retouch(self) -> None:
        """Make a mask of what the chosen layer retouches."""
        canvas, page = self._canvas()
        if page is None or canvas is None:
            return
        document, layers = page.session.document, page.session.layers
        layer = layers.selected
        if layer.kind is LayerKind.RETOUCH:
            name = self.tr("{0} area").format(layer.name)
            label = self.tr("Mask from “{0}”").format(layer.name)
            canvas.masking.compute(
                lambda: _surfaces(document, layer),
                lambda now, work: mask_of_retouch(now[0], work.is_cancelled, work.report),
                lambda made: layers.add_mask(name, made, label),
            )

    def limit_retouch(self) -> None:
        """Take off the chosen layer what lies beside the mask."""
        canvas, page = self._canvas()
        if page is None or canvas is None:
            return
        document, layers = page.session.document, page.session.layers
        layer, mask = layers.selected, layers.mask
        if layer.kind is LayerKind.RETOUCH and mask is not None and layers.may_edit(layer):
            label = self.tr("Limit “{0}” to “{1}”").format(layer.name, mask.name)

            def read() -> Surfaces | None:
                # What was locked meanwhile stays as it is.
                stack, found = document.stack, _surfaces(document, layer, mask)
                return None if found is None or stack.is_locked(stack.layer(layer.id)) else found

            canvas.masking.compute(
                read,
                lambda now, work: retouch_within(now[0], now[1], work.is_cancelled, work.report),
                lambda after: document.do(label, document.stack.with_surface(layer.id, after)),
            )

    def _canvas(self) -> tuple[Canvas | None, PaintingPage | None]:
        """Return what is shown, a stroke under way having ended."""
        page = self._shown()
        if page is None:
            return None, None
        page.canvas.end_stroke()
        return page.canvas, page

    def _tell_busy(self, part: float) -> None:
        text = self.tr("Working on the mask…")
        if part > 0:
            text += f" {part:.0%}"
        self.busy.emit(self.tr("{0}  Esc on the canvas gives it up.").format(text))

    def _closed(self) -> None:
        self._dialog = None


def _surfaces(document: Document, *layers: Layer) -> Surfaces | None:
    """Return the surfaces that layers have by now; None if one of them is gone."""
    found = {layer.id: layer for layer in document.stack}
    now = [found.get(layer.id) for layer in layers]
    return tuple(layer.pixels for layer in now if layer is not None) if all(now) else None
