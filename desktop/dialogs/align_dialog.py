"""Aligning evidence: two pictures side by side, control points, and how well they fit."""

import math

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColorSpace, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.document.layer import Layer
from core.errors import AlignmentError
from core.image.alignment import (
    Alignment,
    AlignmentKind,
    ControlPoint,
    Matrix,
    fit,
    inverse,
)
from core.image.geometry import Point
from core.image.matching import proposed_points
from core.image.surface import PixelSource
from desktop.dialogs.align_view import AlignView
from desktop.dialogs.dialog_size import resize_on_screen
from desktop.dialogs.locked_views import LockedViews, point_mapped
from desktop.dialogs.residual_table import ResidualTable
from desktop.display_color import DisplayColor
from desktop.jobs import Jobs, Work
from desktop.theme import muted


class AlignDialog(QDialog):
    """Not modal. chosen(Matrix, points, AlignmentKind): the evidence shall lie so, and the control
    points be kept; they are there when it is opened again.

    A click in either picture sets a control point in both, where it should be by what is known
    so far; each end can be dragged to its true place. Both pictures are panned and zoomed
    together. px_per_mm is None where the painting's scale is not known.
    """

    chosen = Signal(object, object, object)

    def __init__(
        self,
        layer: Layer,
        painting: PixelSource,
        color: DisplayColor,
        px_per_mm: float | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        evidence = layer.evidence
        if evidence is None or evidence.source is None:
            raise ValueError("only evidence whose file is there can be aligned")
        self.setWindowTitle(self.tr("Align “{0}”").format(layer.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._sources = evidence.source, painting
        self._color, self._px_per_mm = color, px_per_mm
        self._jobs = Jobs(self)
        self._points = list(evidence.points)
        self._current = -1
        self._start = evidence.matrix
        self._alignment: Alignment | None = None
        self._moving = AlignView(evidence.source, color, layer.name, self._jobs, self)
        self._fixed = AlignView(painting, color, self.tr("The painting"), self._jobs, self)
        middle = Point(painting.width / 2, painting.height / 2)
        self._locked = LockedViews(self._moving, self._fixed, middle, self)
        self._kind = QComboBox(self)
        self._table = ResidualTable(px_per_mm, self)
        self._verdict = QLabel(self)
        self._find = QPushButton(self.tr("Find Points"), self)
        self._keep = QPushButton(self.tr("Keep Points"), self)
        self._remove = QPushButton(self.tr("Remove Point"), self)
        self._apply = QPushButton(self.tr("Align"), self)
        self._build(layer.name)
        self._kind.setCurrentIndex(self._kind.findData(evidence.kind))
        self._kept = evidence.points, evidence.kind
        self._connect()
        self._show()

    @property
    def points(self) -> tuple[ControlPoint, ...]:
        """The control points set."""
        return tuple(self._points)

    @property
    def alignment(self) -> Alignment | None:
        """What they give; None while they are too few or fix nothing."""
        return self._alignment

    @property
    def views(self) -> tuple[AlignView, AlignView]:
        """The evidence and the painting."""
        return self._moving, self._fixed

    def set_monitor(self, space: QColorSpace) -> None:
        """Convert colours for another monitor."""
        self._color = self._color.with_monitor(space)
        for view in self.views:
            view.set_color(self._color)

    @property
    def matrix(self) -> Matrix:
        """The best that is known so far."""
        return self._start if self._alignment is None else self._alignment.matrix

    def done(self, result: int) -> None:
        """Stop all work."""
        self._jobs.close()
        super().done(result)

    def showEvent(self, event: QShowEvent) -> None:
        """Show both pictures whole at first."""
        super().showEvent(event)
        painting = self._sources[1]
        self._locked.fit(painting.width, painting.height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes the current point."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove_current()
        else:
            super().keyPressEvent(event)

    # Control points.

    def _click_moving(self, point: Point) -> None:
        self._add(ControlPoint(point, point_mapped(self.matrix, point)))

    def _click_fixed(self, point: Point) -> None:
        self._add(ControlPoint(point_mapped(inverse(self.matrix), point), point))

    def _add(self, point: ControlPoint) -> None:
        if all(math.isfinite(value) for end in point for value in end):
            self._points.append(point)
            self._current = len(self._points) - 1
            self._show()

    def _drag_moving(self, index: int, point: Point) -> None:
        self._points[index] = self._points[index]._replace(moving=point)
        self._show()

    def _drag_fixed(self, index: int, point: Point) -> None:
        self._points[index] = self._points[index]._replace(fixed=point)
        self._show()

    def _choose(self, index: int) -> None:
        if index != self._current and 0 <= index < len(self._points):
            self._current = index
            self._show()

    def _remove_current(self) -> None:
        if 0 <= self._current < len(self._points):
            del self._points[self._current]
            self._current = min(self._current, len(self._points) - 1)
            self._show()

    def _find_points(self) -> None:
        """Have points proposed, to be reviewed; they take the place of those set."""
        moving, fixed = self._sources

        def find(work: Work) -> tuple[ControlPoint, ...]:
            return proposed_points(moving, fixed, work.is_cancelled)

        self._find.setEnabled(False)
        self._verdict.setText(self.tr("Looking for what the two pictures share…"))
        job = self._jobs.create("match", find)
        job.succeeded.connect(self._take_points)
        job.failed.connect(self._verdict.setText)
        job.finished.connect(lambda: self._find.setEnabled(True))
        job.start()

    def _take_points(self, points: tuple[ControlPoint, ...]) -> None:
        self._points, self._current = list(points), -1
        self._show()

    # What is shown.

    def _show(self) -> None:
        """Fit anew, and show points, residuals and verdict."""
        kind = self._kind.currentData()
        verdict = self.tr("Click on a spot in either picture, then drag its other end into place.")
        self._alignment = None
        if self._points:
            try:
                self._alignment = fit(self._points, kind)
                verdict = self._fit_text(self._alignment)
            except AlignmentError as error:
                verdict = str(error)
        self._verdict.setText(verdict)
        self._apply.setEnabled(self._alignment is not None)
        self._remove.setEnabled(self._current >= 0)
        has_points = bool(self._points or self._kept[0])
        self._keep.setEnabled(has_points and (tuple(self._points), kind) != self._kept)
        residuals = () if self._alignment is None else self._alignment.residuals_px
        self._table.show_points(len(self._points), residuals, self._current)
        self._moving.show_points([point.moving for point in self._points], self._current)
        self._fixed.show_points([point.fixed for point in self._points], self._current)
        self._locked.lock(self.matrix)

    def _fit_text(self, alignment: Alignment) -> str:
        text = self.tr("Residual {0:.2f} px").format(alignment.rms_px)
        if self._px_per_mm is not None:
            text += self.tr(" ({0:.3f} mm)").format(alignment.rms_px / self._px_per_mm)
        if len(self._points) == alignment.kind.needed:
            return self.tr("{0}: no more points than needed, so it proves nothing.").format(text)
        return self.tr("{0} over {1} points.").format(text, len(self._points))

    def _connect(self) -> None:
        self._moving.clicked.connect(self._click_moving)
        self._fixed.clicked.connect(self._click_fixed)
        self._moving.dragged.connect(self._drag_moving)
        self._fixed.dragged.connect(self._drag_fixed)
        for view in self.views:
            view.chosen.connect(self._choose)
            view.failed.connect(self._verdict.setText)
        self._kind.currentIndexChanged.connect(lambda _row: self._show())
        self._table.currentCellChanged.connect(lambda row, *_rest: self._choose(row))
        self._find.clicked.connect(self._find_points)
        self._remove.clicked.connect(self._remove_current)
        self._keep.clicked.connect(self._keep_points)
        self._apply.clicked.connect(self._choose_alignment)

    def _choose_alignment(self) -> None:
        if self._alignment is not None:
            self._choose_matrix(self._alignment.matrix)
            self.accept()

    def _keep_points(self) -> None:
        """Keep the points for later; the evidence stays where it lies."""
        self._choose_matrix(self._start)
        self._show()

    def _choose_matrix(self, matrix: Matrix) -> None:
        self._kept = tuple(self._points), self._kind.currentData()
        self.chosen.emit(matrix, *self._kept)

    def _build(self, name: str) -> None:
        kinds = (
            (AlignmentKind.SIMILARITY, self.tr("Move, turn and scale")),
            (AlignmentKind.AFFINE, self.tr("Affine (also shear)")),
            (AlignmentKind.HOMOGRAPHY, self.tr("Perspective")),
        )
        for kind, text in kinds:
            self._kind.addItem(text, kind)
        self._kind.setAccessibleName(self.tr("Kind of alignment"))
        self._verdict.setWordWrap(True)
        pictures = QHBoxLayout()
        for view, title in ((self._moving, name), (self._fixed, self.tr("The painting"))):
            column = QVBoxLayout()
            column.addWidget(muted(QLabel(title, self)))
            column.addWidget(view, 1)
            pictures.addLayout(column, 1)
        side = QVBoxLayout()
        side.addWidget(self._kind)
        side.addWidget(self._find)
        side.addWidget(self._table, 1)
        points = QHBoxLayout()
        points.addWidget(self._remove)
        points.addWidget(self._keep)
        side.addLayout(points)
        side.addWidget(self._verdict)
        buttons = QHBoxLayout()
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.clicked.connect(self.reject)
        buttons.addWidget(cancel)
        buttons.addWidget(self._apply)
        side.addLayout(buttons)
        self._apply.setDefault(True)
        for button in (self._find, self._remove, self._keep, cancel):
            button.setAutoDefault(False)
        self._keep.setToolTip(
            self.tr("Keeps the points with the painting, to go on later; nothing is moved.")
        )
        panel = QWidget(self)
        panel.setFixedWidth(250)
        panel.setLayout(side)
        row = QHBoxLayout(self)
        row.addLayout(pictures, 1)
        row.addWidget(panel)
        resize_on_screen(self, QSize(1180, 640))
