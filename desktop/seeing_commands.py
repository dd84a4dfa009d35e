"""How the painting is seen: rulers, grid and units, tones and colours, monitor, navigator."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColorSpace
from PySide6.QtWidgets import QFileDialog, QMessageBox, QScrollArea

from desktop.actions import UNITS
from desktop.canvas import Canvas
from desktop.dialogs.dimensions_dialog import DimensionsDialog
from desktop.look import PLAIN, Look
from desktop.monitor import monitor_space
from desktop.painting_page import PaintingPage
from desktop.panels.look_panel import LookPanel
from desktop.panels.navigator_panel import NavigatorPanel
from desktop.reach import Reach
from desktop.status_bar import StatusBar
from desktop.units import Unit, Units

_MM_PER_INCH = 25.4
_MAX_SIZES = 200


class SeeingCommands(QObject):
    """Acts on the page that is shown; what holds for all is a setting. GUI thread only."""

    def __init__(self, reach: Reach, status: StatusBar) -> None:
        super().__init__(reach.window)
        self._reach = reach
        actions, settings, window = reach.actions, reach.preferences.settings, reach.window
        self.navigator = NavigatorPanel(window)
        self.look_panel = LookPanel(window)
        # Docks behind each other are as high as the highest: this one scrolls instead.
        self.look_area = QScrollArea(window)
        self.look_area.setWidget(self.look_panel)
        self.look_area.setWidgetResizable(True)
        self.look_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.look_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._status = status
        self._monitor_file = settings.monitor
        self._monitor = self._read_monitor()
        for name in ("rulers", "grid"):
            actions[name].setChecked(getattr(settings, f"has_{name}"))
            actions.on(name, self._keep_overlays)
        actions.on("origins", lambda: self._apply(self._reach.shown()))
        for name, unit in zip(UNITS, Unit, strict=True):
            actions.on(name, partial(self.set_unit, unit))
        actions.on("dimensions", self._ask_dimensions)
        actions.on("stretch", self._stretch)
        actions.on("natural", lambda: self._set_look(PLAIN))
        actions.on("monitor", self._ask_monitor)
        self.look_panel.changed.connect(self._set_look)
        self.look_panel.fit_asked.connect(self._stretch)
        self._show_unit()

    def adopt(self, page: PaintingPage) -> None:
        """Give a new page what holds for all; tell it what was entered of its painting."""
        page.canvas.set_monitor(self._monitor)
        page.frame.unit_asked.connect(self.set_unit)
        entered = _dpi_of(self._reach.preferences.settings.sizes.get(str(page.session.path)), page)
        if entered is not None:
            page.session.dpi = entered
        self._apply(page)

    def follow(self, page: PaintingPage | None) -> None:
        """Let everything here speak of the page that is shown now."""
        canvas = None if page is None else page.canvas
        self.navigator.show_canvas(canvas)
        self.look_panel.setEnabled(canvas is not None)
        self.look_panel.show_look(PLAIN if canvas is None else canvas.look)
        if page is not None:
            self._apply(page)

    def set_unit(self, unit: Unit) -> None:
        """Count in another unit; say so where the painting's size is not known."""
        self._reach.preferences.change(unit=unit.value)
        self._show_unit()
        page = self._reach.shown()
        self._apply(page)
        if page is not None and page.session.dpi is None and unit is not Unit.PX:
            text = self.tr("How large {0} is in {1} is not known, so pixels are counted.")
            self._reach.notices.show_hint(
                text.format(page.session.path.name, unit.value),
                (self.tr("Enter Its Dimensions…"), self._ask_dimensions),
            )

    @property
    def unit(self) -> Unit:
        """The chosen unit."""
        names = [unit.value for unit in Unit]
        name = self._reach.preferences.settings.unit
        return Unit(name) if name in names else Unit.PX

    def use_monitor(self, file: str) -> None:
        """Convert colours for the monitor that an ICC file describes, "" for sRGB."""
        space = monitor_space(Path(file)) if file else monitor_space(None)
        if space is None:
            text = self.tr("{0} is not the profile of a monitor that can be used.")
            self._reach.notices.show_notice(text.format(file))
            return
        self._monitor, self._monitor_file = space, file
        self._reach.preferences.change(monitor=file)
        page = self._reach.shown()
        if page is not None:
            page.canvas.set_monitor(space)

    def set_dimensions(self, page: PaintingPage, dpi: tuple[float, float] | None) -> None:
        """Tell a painting's lengths by another resolution; None is the file's own again."""
        own = page.session.opened.info.dpi
        page.session.dpi = own if dpi is None else dpi
        sizes = dict(self._reach.preferences.settings.sizes)
        sizes.pop(str(page.session.path), None)
        if dpi is not None and dpi != own:
            stack = page.session.document.stack
            across, down = (
                side / dots * _MM_PER_INCH
                for side, dots in zip((stack.width, stack.height), dpi, strict=True)
            )
            sizes[str(page.session.path)] = f"{across:.4f} × {down:.4f}"
        self._reach.preferences.change(sizes=dict(list(sizes.items())[-_MAX_SIZES:]))
        self._apply(page)
        page.session.changed.emit()

    def _apply(self, page: PaintingPage | None) -> None:
        if page is None:
            return
        settings = self._reach.preferences.settings
        units = Units(self.unit, page.session.dpi)
        page.frame.set_units(units)
        page.frame.set_rulers(settings.has_rulers)
        page.canvas.looking.set_grid(settings.has_grid)
        page.canvas.looking.origin.show(self._reach.actions["origins"].isChecked())
        page.canvas.set_monitor(self._monitor)
        if page is self._reach.shown():
            self._status.set_units(units)

    def _keep_overlays(self) -> None:
        self._reach.preferences.change(
            has_rulers=self._reach.actions["rulers"].isChecked(),
            has_grid=self._reach.actions["grid"].isChecked(),
        )
        self._apply(self._reach.shown())

    def _show_unit(self) -> None:
        self._reach.actions[UNITS[list(Unit).index(self.unit)]].setChecked(True)

    def _set_look(self, look: Look) -> None:
        page = self._reach.shown()
        if page is not None:
            page.canvas.set_look(look)
            self.look_panel.show_look(look)

    def _stretch(self) -> None:
        page = self._reach.shown()
        if page is not None:
            canvas: Canvas = page.canvas
            self._set_look(canvas.look.stretched_to(canvas.seen_samples()))

    def _ask_dimensions(self) -> None:
        page = self._reach.shown()
        if page is None:
            return
        session = page.session
        size = session.document.stack.width, session.document.stack.height
        dialog = DimensionsDialog(size, session.dpi, session.opened.info.dpi, self._reach.window)
        dialog.accepted.connect(lambda: self.set_dimensions(page, dialog.dpi))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_monitor(self) -> None:
        """Let the user choose an ICC file, or sRGB."""
        name = Path(self._monitor_file).name if self._monitor_file else self.tr("sRGB")
        text = self.tr("Colours are shown for a monitor of the profile “{0}”.").format(name)
        icon = QMessageBox.Icon.NoIcon
        box = QMessageBox(icon, self.tr("Monitor Profile"), text, parent=self._reach.window)
        role = QMessageBox.ButtonRole
        choose = box.addButton(self.tr("Choose an ICC File…"), role.AcceptRole)
        plain = box.addButton(self.tr("Use sRGB"), role.ResetRole)
        box.addButton(self.tr("Close"), role.RejectRole)
        box.exec()
        if box.clickedButton() == plain:
            self.use_monitor("")
        elif box.clickedButton() == choose:
            file, _ = QFileDialog.getOpenFileName(
                self._reach.window,
                self.tr("Monitor Profile"),
                self._monitor_file,
                self.tr("ICC profiles (*.icc *.icm);;All files (*)"),
            )
            if file:
                self.use_monitor(file)

    def _read_monitor(self) -> QColorSpace:
        space = monitor_space(Path(self._monitor_file)) if self._monitor_file else None
        if self._monitor_file and space is None:
            text = self.tr("The monitor profile {0} cannot be used any more; sRGB is.")
            self._reach.notices.show_notice(text.format(self._monitor_file))
            self._monitor_file = ""
        return space or monitor_space(None) or QColorSpace()


def _dpi_of(size: str | None, page: PaintingPage) -> tuple[float, float] | None:
    """Return the dots per inch of a painting whose "width × height" in mm was entered."""
    stack = page.session.document.stack
    try:
        across, down = (float(part) for part in (size or "").split("×"))
    except ValueError:
        return None
    if not (across > 0 and down > 0):
        return None
    return stack.width / across * _MM_PER_INCH, stack.height / down * _MM_PER_INCH
