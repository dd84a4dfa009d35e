"""The window: paintings in tabs, tools at the left, docks at the right, the status below."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.actions import Actions
from desktop.dialogs.about_dialog import AboutDialog
from desktop.edit_commands import EditCommands
from desktop.evidence_commands import EvidenceCommands
from desktop.file_commands import FileCommands
from desktop.hand_commands import HandCommands
from desktop.mask_commands import MaskCommands
from desktop.memory_commands import MemoryCommands
from desktop.notices import Notices
from desktop.opening import Opened
from desktop.options_bar import OptionsBar
from desktop.painting_page import PaintingPage
from desktop.painting_tabs import PaintingTabs
from desktop.panels.history_panel import HistoryPanel
from desktop.panels.layers_panel import LayersPanel
from desktop.panels.restore_panel import RestorePanel
from desktop.preferences import Preferences
from desktop.reach import Reach
from desktop.restore_dock import RestoreDock
from desktop.seeing_commands import SeeingCommands
from desktop.session import Session
from desktop.status_bar import StatusBar
from desktop.surroundings import Panel, Surroundings
from desktop.tool_commands import ToolCommands
from desktop.try_commands import TryCommands
from desktop.view_commands import ViewCommands
from desktop.welcome import Welcome
from desktop.window_place import as_text, restore_place, size_first
from desktop.workers import Workers


class MainWindow(QMainWindow):
    """Puts the parts together; what they do stands in them."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self.actions_ = Actions(self, preferences.settings.keys)
        self.notices = Notices(self)
        self.welcome = Welcome(self)
        self.tabs = PaintingTabs(self)
        self.options = OptionsBar(self)
        self.status = StatusBar(self)
        self.files = FileCommands(preferences, self.notices, self.tabs.show_path, self)
        self.restore_panel = RestorePanel(self)
        self.layers_panel = LayersPanel(self.actions_, self)
        self.history_panel = HistoryPanel(self)
        self.workers = Workers()
        self._shown: PaintingPage | None = None
        reach = Reach(self.actions_, lambda: self._shown, preferences, self.notices, self)
        self.seeing_commands = SeeingCommands(reach, self.status)
        self._build()
        self._around = self._surround()
        self.tools, self.docks = self._around.tools, self._around.docks
        self.restore_dock = RestoreDock(self.restore_panel, preferences, self.notices, self)

        self.tool_commands = ToolCommands(
            self.actions_, self.options, reach.shown, preferences, self
        )
        self.edit_commands = EditCommands(reach, self.restore_dock)
        self.restore_dock.changed.connect(self.edit_commands.update)
        self.mask_commands = MaskCommands(self.actions_, reach.shown, self)
        self.try_commands = TryCommands(reach, self.restore_dock, self.workers)
        toolbox, areas = self.tool_commands.toolbox, self._around.areas
        self.hand_commands = HandCommands(reach, toolbox, areas)
        self.evidence_commands = EvidenceCommands(reach)
        self.memory_commands = MemoryCommands(self.actions_, self.files.caches, preferences, self)
        self.view_commands = ViewCommands(self.actions_, reach.shown, self, areas)
        self._connect()
        size_first(self)
        self._around.give_sizes()
        restore_place(self, preferences.settings)
        self._show_page(None)
        if preferences.notice:
            self.notices.show_notice(preferences.notice)

    @property
    def page(self) -> PaintingPage | None:
        """The painting that is shown."""
        return self._shown

    @property
    def session(self) -> Session | None:
        """Its session."""
        return None if self._shown is None else self._shown.session

    def show_mistake(self, text: str) -> None:
        """Tell of a mistake of the program's own."""
        self.notices.show_notice(text)

    def close_painting(self, page: PaintingPage) -> bool:
        """Close a tab once its strokes are safe; return whether it was closed."""
        if not page.flush() and not self._may_lose(page.session):
            return False
        page.stop()
        self.try_commands.forget(page)
        self.tabs.remove(page)
        page.close_painting()
        page.deleteLater()
        return True

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close all paintings; nothing is asked, for every stroke is safe already."""
        self.files.close()
        self.memory_commands.close()
        for page in self.tabs.pages:
            page.session.restoring.cancel()
        for page in self.tabs.pages:
            if not self.close_painting(page):
                event.ignore()
                return
        self.preferences.change(
            geometry=as_text(self.saveGeometry()), docks=as_text(self.view_commands.dock_state())
        )
        self.preferences.save()
        self.restore_dock.close()
        self.workers.close()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the files dropped."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.files.open(Path(url.toLocalFile()))
        event.acceptProposedAction()

    def _may_lose(self, session: Session) -> bool:
        """Ask whether a painting may be closed although strokes are not safe."""
        text = self.tr("{0} strokes on {1} could not be written to the disk yet. {2}").format(
            session.pending, session.path.name, session.safety_error
        )
        box = QMessageBox(QMessageBox.Icon.NoIcon, self.tr("Strokes not safe"), text, parent=self)
        keep = box.addButton(self.tr("Keep It Open"), QMessageBox.ButtonRole.RejectRole)
        lose = box.addButton(self.tr("Close and Lose Them"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(keep)
        box.exec()
        return bool(box.clickedButton() == lose)

    def _opened(self, opened: Opened) -> None:
        page = PaintingPage(Session(opened, self.workers), memory=self.files.caches.display)
        session, canvas = page.session, page.canvas
        self.tool_commands.adopt(page)
        self.mask_commands.adopt(page)
        self.restore_dock.adopt(page)
        self.seeing_commands.adopt(page)
        self.hand_commands.adopt(page)
        session.noticed.connect(self.notices.show_notice)
        session.restored.connect(self._restored)
        session.changed.connect(lambda: self._refresh(page))
        session.restoring_changed.connect(lambda: self._refresh(page))
        session.safety_changed.connect(lambda: self._refresh_status(page))
        session.preparing_changed.connect(lambda: self._refresh_status(page))
        canvas.retouching.landing_changed.connect(lambda: self._refresh(page))
        canvas.failed.connect(self.notices.show_notice)
        canvas.tool_hint.connect(self.edit_commands.hint)
        canvas.retouching.hinted.connect(self.edit_commands.hint_retouch)
        session.layers.refused.connect(self.notices.show_hint)
        session.layers.changed.connect(self.notices.drop_hints)
        canvas.zoomed.connect(lambda _scale: self._refresh_status(page))
        page.readout.connect(self.status.show_readout)
        page.origin_found.connect(self.status.show_origin)
        for notice in opened.notices:
            self.notices.show_notice(f"{opened.path.name}: {notice}")
        self.tabs.add(page, opened.path)
        canvas.setFocus()

    def _show_page(self, page: PaintingPage | None) -> None:
        """Let everything around the canvas speak of this painting."""
        self._shown = page
        self.notices.drop_hints()
        self._stack.setCurrentWidget(self.welcome if page is None else self.tabs)
        self._show_recent()
        self.setWindowTitle("Lacuna" if page is None else f"{page.session.path.name} — Lacuna")
        self.status.clear_facts()
        self.tool_commands.update()
        self.mask_commands.follow()
        self.evidence_commands.follow()
        self.view_commands.follow(page)
        self.seeing_commands.follow(page)
        self.hand_commands.follow(page)
        self._refresh(page)

    def _refresh(self, page: PaintingPage | None) -> None:
        """Bring docks, actions and status up to date, if it is this painting that is shown."""
        if page is not self._shown:
            return
        session = self.session
        self.layers_panel.show_layers(
            None if session is None else session.layers,
            None if session is None else session.thumbnails,
        )
        self.history_panel.show_history(None if session is None else session.document.history)
        self.restore_dock.show_page(page)
        self.edit_commands.update()
        self._refresh_status(page)

    def _refresh_status(self, page: PaintingPage | None) -> None:
        if page is not None and page is self._shown:
            session = page.session
            self.status.show_zoom(page.canvas.scale)
            self.status.show_preparing(session.preparing)
            is_kept = session.project is not None
            pending = session.pending + page.canvas.retouching.is_landing
            self.status.show_safety(pending, session.safety_error, is_kept)

    def _show_recent(self) -> None:
        if self._shown is None:
            self.welcome.set_recent(self.preferences.settings.recent)

    def _restored(self, device: str) -> None:
        self.status.show_device(device.upper())

    def _connect(self) -> None:
        self.tabs.shown.connect(self._show_page)
        self.tabs.close_asked.connect(self.close_painting)
        self.files.opened.connect(self._opened)
        self.history_panel.chosen.connect(self.edit_commands.go_to)
        self.actions_.on("open", self.files.ask_and_open)
        self.actions_.on("sample", self.files.open_sample)
        for name, function in (
            ("import_mask", self.files.import_mask),
            ("export_mask", self.files.export_mask),
            ("export", self.files.export),
        ):
            self.actions_.on(name, partial(self._with_session, function))
        self.actions_.on("close", lambda: self._shown and self.close_painting(self._shown))
        self.actions_.on("quit", self.close)
        self.actions_.on("about", lambda: AboutDialog(self.preferences.places, self).open())
        recent = self.actions_.submenus["recent"]
        recent.setTitle(self.tr("Open &Recent"))
        recent.aboutToShow.connect(lambda: self.files.fill_recent(recent))
        self.actions_.submenus["docks"].setTitle(self.tr("Pa&nels"))
        self.files.busy.connect(self.status.showMessage)
        self.status.stop_asked.connect(lambda: self._with_session(Session.stop_preparing))
        self.mask_commands.busy.connect(self.status.showMessage)
        self.welcome.open_asked.connect(self.files.ask_and_open)
        self.welcome.sample_asked.connect(self.files.open_sample)
        self.welcome.chosen.connect(lambda name: self.files.open(Path(name)))
        self.welcome.forgotten.connect(self.files.forget)
        self.preferences.changed.connect(self._show_recent)

    def _with_session(self, function: Callable[[Session], None]) -> None:
        if self.session is not None:
            function(self.session)

    def _build(self) -> None:
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.tabs)
        self._stack.addAction(self.actions_["panels"])
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self._stack, 1)
        self.setCentralWidget(middle)
        self.setAcceptDrops(True)
        self.setStatusBar(self.status)
        self.actions_.fill(self.menuBar())

    def _surround(self) -> Surroundings:
        panels = (
            Panel("restore", self.tr("Restore"), self.restore_panel),
            Panel("layers", self.tr("Layers"), self.layers_panel),
            Panel("history", self.tr("History"), self.history_panel),
            Panel("navigator", self.tr("Navigator"), self.seeing_commands.navigator),
            Panel("look", self.tr("Viewing"), self.seeing_commands.look_area),
        )
        return Surroundings(self, self.actions_, self.options, panels)
