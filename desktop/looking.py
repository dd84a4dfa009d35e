"""What lies over the picture for the eye alone: split, grid, measure, origins, what is unusual."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRect, Qt
from PySide6.QtGui import QPainter

from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from desktop.badge import Badge
from desktop.device_painting import viewport_of
from desktop.draft import Draft
from desktop.grid import draw_grid
from desktop.look import Tint
from desktop.measuring import Measuring
from desktop.origin_mark import OriginMark
from desktop.picture_view import PictureView
from desktop.split import SplitLine
from desktop.units import Units

_BADGE_PX = 10


class Looking:
    """Belongs to one view of a picture, and paints it with all that. GUI thread only.

    update: told the device pixels that look different.
    """

    def __init__(self, view: PictureView, update: Callable[[Rect], None]) -> None:
        self._view = view
        self._update = update
        self._has_grid = False
        self.split = SplitLine(
            lambda: viewport_of(view), view.devicePixelRatioF, self._split_changed
        )
        self.measuring = Measuring(Draft(lambda: view.view, update), view)
        self.origin = OriginMark(Draft(lambda: view.view, update), view)
        self._badge = Badge(view)
        self._sides = Badge(view), Badge(view)
        self._sides[0].setText(_tr("Original"))
        self._sides[1].setText(_tr("With retouch"))

    @property
    def units(self) -> Units:
        """What grid and measure count in."""
        return self.measuring.units

    def set_units(self, units: Units) -> None:
        """Count in other units."""
        if units != self.measuring.units:
            self.measuring.units = units
            self.follow()
            self._view.update()

    @property
    def has_grid(self) -> bool:
        """Whether a grid lies over the picture."""
        return self._has_grid

    def set_grid(self, has_grid: bool) -> None:
        """Lay a grid over the picture, or take it away."""
        if has_grid != self._has_grid:
            self._has_grid = has_grid
            self._view.update()

    def tell_of(self, layers: LayerStack) -> None:
        """Say what of these layers the split shows right of its line."""
        has_retouch = any(layer.pixels.tiles for layer in layers.seen(LayerKind.RETOUCH))
        text = _tr("With retouch")
        if layers.seen(LayerKind.EVIDENCE):
            text = _tr("With retouch and evidence") if has_retouch else _tr("With evidence")
        if text != self._sides[1].text():
            self._sides[1].setText(text)
            self._place_sides()

    def follow(self) -> None:
        """Keep up with the view: where the measure's text stands, and what is said of the view."""
        end = self.measuring.end
        if end is not None:
            self.measuring.refresh(self._view.view.to_device(end))
        self.origin.refresh()
        self.tell()

    def tell(self) -> None:
        """Say what about the picture is not as it really is."""
        self._badge.say(self.words)
        self._badge.move(_BADGE_PX, _BADGE_PX)
        self._place_sides()

    @property
    def words(self) -> str:
        """What is said of the view; nothing if it shows the picture as it is."""
        look, orientation = self._view.look, self._view.orientation
        tints = {
            Tint.TONES: _tr("tones as colours"),
            Tint.RED: _tr("red channel"),
            Tint.GREEN: _tr("green channel"),
            Tint.BLUE: _tr("blue channel"),
            Tint.CLIPPED: _tr("clipped samples"),
        }
        words = [tints[look.tint]] if look.tint in tints else []
        if look.is_stretched:
            words.append(_tr("contrast stretched"))
        if orientation.degrees:
            words.append(_tr("turned by {0}°").format(f"{orientation.degrees:.4g}"))
        if orientation.is_mirrored:
            words.append(_tr("mirrored"))
        if not words:
            return ""
        return _tr("For viewing only: {0}").format(", ".join(words))

    def paint(self, painter: QPainter, device: Rect) -> None:
        """Draw the picture and all that lies over it; the painter's unit is the device pixel."""
        view = self._view
        if self.split.is_shown and not view.is_original_shown:
            for part, is_original in self.split.parts(device):
                painter.save()
                painter.setClipRect(QRect(*part), Qt.ClipOperation.IntersectClip)
                view.paint_picture(painter, part, is_original)
                painter.restore()
        else:
            view.paint_picture(painter, device, view.is_original_shown)
        if self._has_grid:
            ratio = view.devicePixelRatioF()
            draw_grid(painter, view.view, view.picture, device, self.units, ratio)
        self.origin.draw(painter, device)
        self.measuring.draw(painter, device)
        if self.split.is_shown:
            self.split.draw(painter, device)

    def _split_changed(self, device: Rect) -> None:
        self._update(device)
        self._place_sides()

    def _place_sides(self) -> None:
        """Put the names of both sides beside the line, at the foot of the picture."""
        line = self.split.x / self._view.devicePixelRatioF()
        for badge, is_left in zip(self._sides, (True, False), strict=True):
            badge.adjustSize()
            x = line - badge.width() - _BADGE_PX if is_left else line + _BADGE_PX
            badge.move(round(x), self._view.height() - badge.height() - _BADGE_PX)
            badge.setVisible(self.split.is_shown)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Looking", text)
