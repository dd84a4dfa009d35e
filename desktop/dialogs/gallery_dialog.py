"""The gallery: fills of the same losses side by side, at one zoom and place, to choose from."""

import math
from collections.abc import Callable
from functools import partial, reduce

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.document.document import Document
from core.image.geometry import EMPTY_RECT, Point, Rect
from core.inpainting.loss_labels import LossLabels
from core.inpainting.variants import Variant
from desktop.dialogs.dialog_size import resize_on_screen
from desktop.dialogs.gallery_heat import GalleryHeat
from desktop.dialogs.variant_cell import VariantCell
from desktop.display_memory import DisplayMemory
from desktop.heat import Heat
from desktop.jobs import Jobs
from desktop.picture_view import PictureView
from desktop.theme import muted
from desktop.trying import Choice, Trying, TryRequest, unmarked

_STEPS = 1000
# A loss may be missed by so many pixels of the screen.
_NEAR_PX = 12
_GAP_PX = 18


class GalleryDialog(QDialog):
    """Not modal: the painting can be worked on meanwhile. GUI thread only.

    placed(LossLabels, dict of variants by number, Choice): the user has chosen. Call `detach`
    before its painting is closed; closing the dialog does too.
    """

    placed = Signal(object, object, object)

    def __init__(
        self,
        request: TryRequest,
        icc: bytes | None,
        jobs: Jobs,
        make_trying: Callable[[], Trying],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Several Fills of the Same Losses"))
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._labels: LossLabels | None = None
        self._choice: dict[int, int] = {}
        self._heat = GalleryHeat(request.layers.rect, jobs, self)
        self._leader: PictureView | None = None
        memory, shown = DisplayMemory(), unmarked(request.layers)
        self.cells = [
            VariantCell(attempt, Document(shown), request.profile, icc, memory, self)
            for attempt in request.attempts
        ]
        self._show_heat = QCheckBox(self.tr("&Where the machines guess"), self)
        self._unfilled = QCheckBox(self.tr("&Unfilled"), self)
        self._hint = muted(QLabel(self))
        self._bar = QProgressBar(self)
        self._stop = QPushButton(self.tr("Stop"), self)
        self._close = QPushButton(self.tr("Cancel"), self)
        self._place = QPushButton(self.tr("Place Chosen Fill"), self)
        self._trying = make_trying()
        self._build()
        self._connect()
        self._update()
        self._trying.start()

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        hidden = [number for number, cell in enumerate(self.cells) if cell.is_kept]
        return Choice(dict(self._choice), hidden)

    @property
    def variants(self) -> dict[int, Variant]:
        """Those that have arrived."""
        return {n: cell.variant for n, cell in enumerate(self.cells) if cell.variant is not None}

    @property
    def heat(self) -> list[Heat]:
        """Where the variants disagree, once that was asked for and is known."""
        return self._heat.known

    @property
    def is_trying(self) -> bool:
        """Whether fills are still being made."""
        return self._trying.is_running

    def follow(self, view: PictureView) -> None:
        """Be turned and mirrored as a view of the painting from now on, for the same monitor."""
        self._leader = view
        view.moved.connect(self._look_alike)
        view.monitor_changed.connect(self._look_alike)
        self._look_alike()

    def choose_all(self, number: int) -> None:
        """Take one variant for all losses."""
        if self._labels is not None and number in self.variants:
            self._choice = dict.fromkeys(range(1, self._labels.count + 1), number)
            self._update()

    def choose_at(self, number: int, point: Point) -> None:
        """Take one variant for the loss at or near a point of the document."""
        if self._labels is None or number not in self.variants:
            return
        reach = _NEAR_PX * self.devicePixelRatioF() / self.cells[number].view.scale
        loss = self._labels.near(point, reach)
        if loss:
            self._choice[loss] = number
            self._update()

    def accept(self) -> None:
        """Have the choice placed."""
        if self._labels is not None:
            self.placed.emit(self._labels, self.variants, self.choice)
        super().accept()

    def done(self, result: int) -> None:
        """Stop all that runs."""
        self.detach()
        super().done(result)

    def detach(self) -> None:
        """Let go of the painting and of what runs."""
        self._leader = None
        self._trying.cancel()
        self._heat.cancel()
        for cell in self.cells:
            cell.view.detach()

    def _label(self, labels: LossLabels) -> None:
        self._labels = labels
        view, bounds = self.cells[0].view, reduce(Rect.union, labels.rects, EMPTY_RECT)
        if labels.count and view.is_fitting:
            # Nobody has looked elsewhere yet: the losses with as much around them, not enlarged.
            middle = Point(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2)
            ratio = view.devicePixelRatioF()
            scale = ratio * min(view.width() / bounds.width, view.height() / bounds.height) / 2
            if view.scale < min(scale, 1.0):
                view.zoom_to(min(scale, 1.0))
                view.centre_on(middle)

    def _arrive(self, number: int, variant: Variant) -> None:
        self.cells[number].show_variant(variant)
        if not self._choice:
            self.choose_all(number)
        self._heat.forget()
        self._ask_heat()
        self._update()

    def _progress(self, number: int, fraction: float, text: str) -> None:
        self.cells[number].show_progress(fraction, text)
        share = (number + max(0.0, fraction)) / len(self.cells)
        self._bar.setValue(round(share * _STEPS))

    def _end(self) -> None:
        for cell in self.cells:
            if cell.variant is None and not cell.has_failed:
                cell.show_missing(self.tr("Stopped."))
        self._update()

    def _ask_heat(self) -> None:
        self._heat.ask(self._show_heat.isChecked(), list(self.variants.values()), self._labels)

    def _lay_heat(self) -> None:
        for cell in self.cells:
            cell.view.set_heat(self._heat.shown)
        self._update()

    def _follow(self, leader: VariantCell) -> None:
        for cell in self.cells:
            if cell is not leader:
                cell.view.follow(leader.view)

    def _look_alike(self) -> None:
        leader = self._leader
        if leader is None:
            return
        for cell in self.cells:
            cell.view.set_monitor(leader.monitor)
            if cell.view.orientation != leader.orientation:
                cell.view.orient(leader.orientation)

    def _update(self) -> None:
        labels, chosen = self._labels, list(self._choice.values())
        count = 0 if labels is None else labels.count
        for number, cell in enumerate(self.cells):
            cell.show_share(chosen.count(number), count)
            cell.view.set_framed(self._framed(number))
        choice = self.choice
        self._place.setEnabled(bool(choice.used or choice.hidden))
        self._stop.setVisible(self.is_trying)
        self._bar.setVisible(self.is_trying)
        self._show_heat.setEnabled(len(self.variants) > 1)
        self._hint.setText(self._hint_text())

    def _framed(self, number: int) -> list[Rect]:
        """Return the losses taken from one variant, where not all are taken from the same."""
        if self._labels is None or len(set(self._choice.values())) < 2:
            return []
        rects = self._labels.rects
        return [rects[loss - 1] for loss, one in self._choice.items() if one == number]

    def _hint_text(self) -> str:
        if self._heat.is_settled and len(self.variants) > 1:
            if not self._heat.known:
                return self.tr("The fills agree everywhere.")
            return self.tr(
                "Yellow: the fills differ a little; red: by a tenth of the range or more."
            )
        if not self.variants:
            return ""
        return self.tr("Click a loss to take it from that fill. Drag to pan, wheel to zoom.")

    def _connect(self) -> None:
        trying = self._trying
        trying.labelled.connect(self._label)
        trying.arrived.connect(self._arrive)
        trying.progressed.connect(self._progress)
        trying.missed.connect(lambda number, text: self.cells[number].show_missing(text))
        trying.ended.connect(self._end)
        for number, cell in enumerate(self.cells):
            cell.taken.connect(partial(self.choose_all, number))
            cell.kept.connect(self._update)
            cell.view.clicked.connect(partial(self.choose_at, number))
            cell.view.looked.connect(partial(self._follow, cell))
            self._unfilled.toggled.connect(cell.view.set_show_original)
        self._heat.changed.connect(self._lay_heat)
        self._show_heat.toggled.connect(lambda _is_on: self._ask_heat())
        self._stop.clicked.connect(trying.cancel)
        self._close.clicked.connect(self.reject)
        self._place.clicked.connect(self.accept)

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(_GAP_PX)
        columns = _columns(len(self.cells))
        for number, cell in enumerate(self.cells):
            grid.addWidget(cell, number // columns, number % columns)
        for column in range(columns):
            grid.setColumnStretch(column, 1)
        for row in range(grid.rowCount()):
            grid.setRowStretch(row, 1)
        # Where the dialog is narrow, on two lines.
        self._hint.setWordWrap(True)
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._bar.setAccessibleName(self.tr("Progress of the fills"))
        self._place.setProperty("role", "primary")
        self._show_heat.setToolTip(
            self.tr("Shows where the fills differ from each other: nothing there is certain.")
        )
        foot = QHBoxLayout()
        foot.setSpacing(12)
        for widget in (self._show_heat, self._unfilled):
            foot.addWidget(widget)
        foot.addWidget(self._hint, 1)
        for other in (self._bar, self._stop, self._close, self._place):
            foot.addWidget(other)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(14, 12, 14, 12)
        whole.setSpacing(10)
        whole.addLayout(grid, 1)
        whole.addLayout(foot)
        resize_on_screen(self, QSize(1240, 800))


def _columns(count: int) -> int:
    """Return how many stand beside each other: up to three in one row, else a square or so."""
    return count if count <= 3 else math.ceil(math.sqrt(count))
