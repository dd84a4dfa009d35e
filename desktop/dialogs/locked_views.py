"""Two pictures side by side, panned and zoomed together, as far as is known how they lie."""

import math

import numpy as np
from PySide6.QtCore import QObject

from core.image.alignment import IDENTITY, Matrix, inverse, mapped
from core.image.geometry import Point
from desktop.dialogs.align_view import AlignView


class LockedViews(QObject):
    """Has the moving picture's view show the same spot as the fixed one's, at the same size.

    GUI thread only. middle: the spot of the fixed picture to begin with.
    """

    def __init__(self, moving: AlignView, fixed: AlignView, middle: Point, parent: QObject) -> None:
        super().__init__(parent)
        self._moving, self._fixed = moving, fixed
        self._matrix: Matrix = IDENTITY
        self._centre, self._scale = middle, 0.0
        for view in (moving, fixed):
            view.panned.connect(lambda dx, dy, view=view: self._pan(view, dx, dy))
            view.zoomed.connect(lambda factor, at, view=view: self._zoom(view, factor, at))

    def fit(self, width: int, height: int) -> None:
        """Show a fixed picture of a size whole, unless somebody has looked elsewhere already."""
        if self._scale == 0.0:
            self._scale = min(self._fixed.width() / width, self._fixed.height() / height)
            self._show()

    def lock(self, matrix: Matrix) -> None:
        """From now on the moving picture lies so on the fixed one."""
        self._matrix = matrix
        self._show()

    def _show(self) -> None:
        if self._scale == 0.0:
            return
        back = inverse(self._matrix)
        centre, beside = self._centre, self._centre._replace(x=self._centre.x + 1)
        one, other = point_mapped(back, centre), point_mapped(back, beside)
        step = math.dist(one, other)
        self._fixed.show_at(centre, self._scale)
        if math.isfinite(step) and step > 0:
            self._moving.show_at(one, self._scale / step)

    def _pan(self, view: AlignView, dx: float, dy: float) -> None:
        if view is self._moving:
            here = point_mapped(inverse(self._matrix), self._centre)
            self._centre = point_mapped(self._matrix, Point(here.x - dx, here.y - dy))
        else:
            self._centre = Point(self._centre.x - dx, self._centre.y - dy)
        self._show()

    def _zoom(self, view: AlignView, factor: float, at: Point) -> None:
        """Zoom both; the spot under the pointer stays there."""
        spot = point_mapped(self._matrix, at) if view is self._moving else at
        self._scale *= factor
        self._centre = Point(
            spot.x + (self._centre.x - spot.x) / factor, spot.y + (self._centre.y - spot.y) / factor
        )
        self._show()


def point_mapped(matrix: Matrix, point: Point) -> Point:
    """Return where a matrix takes a point; nan beyond the horizon."""
    x, y = mapped(matrix, np.array([point], np.float64))[0]
    return Point(float(x), float(y))
