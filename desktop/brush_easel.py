"""What every easel has of brushes: the settings of brush and eraser, and where they are."""

from PySide6.QtCore import QObject, Signal

from core.image.brush import Brush
from core.image.geometry import Point
from desktop.tools import BrushSettings


class BrushEasel(QObject):
    """Brush and eraser of an easel. GUI thread only.

    hinted(str): why nothing can be painted. resized(is_eraser): a size was changed by hand.
    finished: a stroke was committed. layer_id: the layer to paint on. last_point: where the latest
    stroke ended, in the document. pinned: where the outline stays while it is sized.
    """

    hinted = Signal(str)
    resized = Signal(bool)
    finished = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = {False: BrushSettings(), True: BrushSettings()}
        self.layer_id: int | None = None
        self.last_point: Point | None = None
        self.pinned: Point | None = None

    def settings(self, is_eraser: bool) -> BrushSettings:
        """Return the settings of brush or eraser."""
        return self._settings[is_eraser]

    def set_settings(self, is_eraser: bool, settings: BrushSettings) -> None:
        """Paint with these from the next stroke on."""
        self._settings[is_eraser] = settings

    def resize(self, is_eraser: bool, size_px: float, pinned: Point | None) -> None:
        """Set the size of brush or eraser; its outline stays at a point while one is given."""
        self._settings[is_eraser] = self._settings[is_eraser].sized(size_px)
        self.pinned = pinned
        self.resized.emit(is_eraser)

    def brush(self, is_eraser: bool) -> Brush:
        """Return what brush or eraser paint with now."""
        settings = self._settings[is_eraser]
        return Brush(
            settings.size_px / 2,
            settings.hardness,
            settings.opacity,
            pressure_size=settings.pressure_size,
            pressure_opacity=settings.pressure_opacity,
            flow=1.0 if is_eraser else settings.flow,
        )
