"""Importing evidence (infrared, UV, X-ray, before treatment) and aligning it to the painting."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from core.document.evidence import Evidence
from core.document.layer import Layer
from core.document.project_painting import PaintingReference, hash_file
from core.image.alignment import Matrix
from core.image.geometry import Rect
from desktop.dialogs.align_dialog import AlignDialog
from desktop.display_color import DisplayColor
from desktop.evidence_pictures import EvidencePictures
from desktop.painting_page import PaintingPage
from desktop.reach import Reach
from desktop.session import Session

_PICTURES = "*.tif *.tiff *.png *.jpg *.jpeg"
_MM_PER_INCH = 25.4


class EvidenceCommands(QObject):
    """Acts on the painting that is shown. GUI thread only."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(reach.window)
        self._reach = reach
        actions = reach.actions
        self._dialog: AlignDialog | None = None
        actions.on("import_evidence", self.ask_and_read)
        actions.on("align", self.align)

    @property
    def dialog(self) -> AlignDialog | None:
        """The dialog that is open."""
        return self._dialog

    def follow(self) -> None:
        """Another painting is shown: a dialog was about the former one."""
        if self._dialog is not None:
            self._dialog.reject()

    def ask_and_read(self) -> None:
        """Let the user choose pictures of the painting; each becomes an evidence layer."""
        page = self._reach.shown()
        if page is None:
            return
        names, _ = QFileDialog.getOpenFileNames(
            self._reach.window,
            self.tr("Import Evidence"),
            str(page.session.path.parent),
            self.tr("Pictures ({0});;All files (*)").format(_PICTURES),
        )
        for name in names:
            self.read(page.session, Path(name))

    def read(self, session: Session, path: Path) -> None:
        """Open a picture in the background and lay it over the painting, fitted to its size."""
        pictures, picture = session.opened.evidence, session.document.stack.rect
        if pictures is None:
            return
        place = session.path if session.project is None else session.project.path
        job = session.jobs.create(
            "import evidence", lambda _work: _evidence(pictures, path, place, picture)
        )
        job.succeeded.connect(lambda evidence: session.layers.add_evidence(evidence, path.stem))
        job.succeeded.connect(lambda _evidence: session.prepare_evidence())
        job.failed.connect(self._reach.notices.show_notice)
        job.start()

    def align(self) -> None:
        """Open the dialog that aligns the chosen evidence."""
        page = self._reach.shown()
        if page is None:
            return
        session = page.session
        layer = session.layers.selected
        if layer.evidence is None or not session.layers.may_edit(layer):
            return
        if layer.evidence.source is None:
            text = self.tr("The file of “{0}” is missing, so it cannot be aligned.")
            self._reach.notices.show_notice(text.format(layer.name))
            return
        self.follow()
        self._dialog = self._opened(page, layer)
        self._dialog.show()

    def _opened(self, page: PaintingPage, layer: Layer) -> AlignDialog:
        session, opened, dpi = page.session, page.session.opened, page.session.dpi
        color = DisplayColor(opened.profile, opened.info.icc_profile, page.canvas.monitor)
        dialog = AlignDialog(
            layer,
            opened.pyramid,
            color,
            None if dpi is None else (dpi[0] + dpi[1]) / 2 / _MM_PER_INCH,
            self._reach.window,
        )
        dialog.chosen.connect(partial(session.layers.align, layer.id))
        page.canvas.monitor_changed.connect(dialog.set_monitor)
        dialog.finished.connect(self._closed)
        return dialog

    def _closed(self) -> None:
        self._dialog = None


def _evidence(pictures: EvidencePictures, path: Path, project: Path, picture: Rect) -> Evidence:
    source = pictures.open(path)
    reference = replace(PaintingReference.of(path, project), sha256=hash_file(path) or "")
    return Evidence(
        reference,
        source.width,
        source.height,
        _fitted(source.width, source.height, picture),
        source=source,
    )


def _fitted(width: int, height: int, picture: Rect) -> Matrix:
    """Return the matrix that shows a picture as large as it fits, in the middle."""
    scale = min(picture.width / width, picture.height / height)
    left, top = (picture.width - scale * width) / 2, (picture.height - scale * height) / 2
    return scale, 0.0, left, 0.0, scale, top, 0.0, 0.0, 1.0
