"""The File menu: opening paintings and masks, exporting, the recent ones."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.document.mask_file import write_mask
from core.errors import (
    LacunaError,
    ProjectDamagedError,
    ProjectError,
    ProjectLockedError,
    ProjectVersionError,
)
from core.image.files import read_mask
from core.resources import sample_painting
from desktop.caches import Caches
from desktop.dialogs.export_dialog import ExportDialog
from desktop.jobs import Jobs, Work
from desktop.notices import Notices
from desktop.opening import open_painting
from desktop.preferences import Preferences
from desktop.session import Session

_PICTURES = "*.tif *.tiff *.png *.jpg *.jpeg"
_MASKS = "*.png *.tif *.tiff"


class FileCommands(QObject):
    """GUI thread only. opened(Opened): a painting was read; busy(str): what is being opened.

    `is_open(path)` shows a painting that is already open and says whether it was.
    """

    opened = Signal(object)
    busy = Signal(str)

    def __init__(
        self,
        preferences: Preferences,
        notices: Notices,
        is_open: Callable[[Path], bool],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._preferences = preferences
        self._notices = notices
        self._is_open = is_open
        self._window = window
        self._jobs = Jobs(self)
        self._opening: set[Path] = set()
        self.caches = Caches(preferences.places.tiles, preferences.settings)

    def close(self) -> None:
        """Stop what is being opened."""
        self._jobs.close()

    def ask_and_open(self) -> None:
        """Let the user choose paintings and open them."""
        names, _ = QFileDialog.getOpenFileNames(
            self._window,
            self.tr("Open Painting"),
            self._preferences.settings.folder,
            self.tr("Paintings ({0});;All files (*)").format(_PICTURES),
        )
        for name in names:
            self.open(Path(name))

    def open_sample(self) -> None:
        """Open the painting that comes with Lacuna."""
        try:
            self.open(sample_painting(), is_remembered=False)
        except LacunaError as error:
            self._notices.show_notice(str(error))

    def open(self, path: Path, *, is_remembered: bool = True, allow_changed: bool = False) -> None:
        """Open a painting in the background, or show it if it is open."""
        path = path.absolute()
        if path in self._opening or self._is_open(path):
            return
        self._opening.add(path)
        projects, caches = self._preferences.places.projects, self.caches

        def read(work: Work) -> object:
            return open_painting(
                path,
                projects,
                caches.pixels,
                work,
                stores=caches.stores,
                allow_changed=allow_changed,
            )

        def remember(opened: object) -> None:
            if is_remembered:
                self._preferences.adopt(self._preferences.settings.with_recent(path))
            self.opened.emit(opened)

        job = self._jobs.create("open", read)
        job.succeeded.connect(remember)
        job.failed.connect(lambda text: self._not_opened(path, text, job.error))
        job.finished.connect(lambda: self._ended(path))
        job.start()
        self.busy.emit(self.tr("Opening {0}…").format(path.name))

    def forget(self, name: str) -> None:
        """Take a painting off the recent ones."""
        self._preferences.adopt(self._preferences.settings.without_recent(name))

    def fill_recent(self, menu: QMenu) -> None:
        """Fill a menu with the recent paintings."""
        menu.clear()
        for name in self._preferences.settings.recent:
            action = menu.addAction(name.replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, name=name: self.open(Path(name)))
        if menu.isEmpty():
            menu.addAction(self.tr("None yet")).setEnabled(False)

    def import_mask(self, session: Session) -> None:
        """Let the user choose a mask file; it becomes a mask layer."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Import Mask"),
            str(session.path.parent),
            self.tr("Masks ({0});;All files (*)").format(_MASKS),
        )
        if name:
            self.read_mask(session, Path(name))

    def read_mask(self, session: Session, path: Path) -> None:
        """Read a mask in the background and add it as a layer."""
        stack = session.document.stack
        job = session.jobs.create(
            "import mask", lambda _work: read_mask(path, stack.width, stack.height)
        )
        job.succeeded.connect(lambda surface: session.layers.add_mask(path.stem, surface))
        job.failed.connect(self._notices.show_notice)
        job.start()

    def export_mask(self, session: Session) -> None:
        """Let the user choose where to; write what the visible masks mark."""
        proposal = session.path.with_name(f"{session.path.stem}_mask.png")
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Export Mask"),
            str(proposal),
            self.tr("PNG (*.png);;TIFF (*.tif *.tiff)"),
        )
        if name:
            self.write_mask(session, Path(name))

    def write_mask(self, session: Session, path: Path) -> None:
        """Write the visible masks as a grey PNG or TIFF in the background."""
        stack, info = session.document.stack, session.opened.info

        def write(work: Work) -> None:
            write_mask(path, stack, info, is_cancelled=work.is_cancelled)

        job = session.jobs.create("export mask", write)
        done = self.tr("The mask was written to {0}.").format(path)
        job.succeeded.connect(lambda _result: self.busy.emit(done))
        job.failed.connect(self._notices.show_notice)
        job.start()

    def export(self, session: Session) -> None:
        """Show the export dialog of a painting."""
        proposal = session.path.with_name(f"{session.path.stem}_restored.tif")
        dialog = ExportDialog(
            session, proposal, self._preferences.settings.compression, self._window
        )
        dialog.finished.connect(lambda: self._preferences.change(compression=dialog.compression))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _not_opened(self, path: Path, text: str, error: Exception | None) -> None:
        is_other = isinstance(error, ProjectError) and not isinstance(
            error, ProjectDamagedError | ProjectLockedError | ProjectVersionError
        )
        if is_other:
            # The file is not the one the earlier work was done on: only the user can judge that.
            again = (
                self.tr("Use the Earlier Work Anyway"),
                lambda: self.open(path, allow_changed=True),
            )
            self._notices.show_notice(text, again)
        else:
            self._notices.show_notice(text)

    def _ended(self, path: Path) -> None:
        self._opening.discard(path)
        if not self._opening:
            self.busy.emit("")
