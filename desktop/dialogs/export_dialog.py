"""Exporting: where to, how compressed, and afterwards the proof that all else is untouched."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.document.export import ExportReport, export_tiff
from core.image.tiff import Compression
from desktop.jobs import Job, Work
from desktop.session import Session
from desktop.theme import muted

_STEPS = 1000
COMPRESSIONS: tuple[Compression, ...] = ("none", "zstd", "deflate")


class ExportDialog(QDialog):
    """Writes one painting's committed state as a TIFF, in a job of its session."""

    def __init__(
        self, session: Session, path: Path, compression: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._job: Job | None = None
        self.report: ExportReport | None = None
        self.setWindowTitle(self.tr("Export {0}").format(session.path.name))
        self._path = QLineEdit(str(path), self)
        self._browse = QPushButton(self.tr("Browse…"), self)
        self._compression = QComboBox(self)
        self._compression.setAccessibleName(self.tr("Compression"))
        self._record = QCheckBox(self.tr("Record the virtual restoration in the file (XMP)"), self)
        self._notice = muted(QLabel(self))
        self._bar = QProgressBar(self)
        self._export = QPushButton(self.tr("Export"), self)
        self._close = QPushButton(self.tr("Cancel"), self)
        self._build(compression)
        self._path.textChanged.connect(self._check_path)
        self._browse.clicked.connect(self._choose)
        self._export.clicked.connect(self.start)
        self._close.clicked.connect(self.reject)
        self._warning = ""
        if session.painting_watch is not None:
            session.painting_watch.found.connect(self._warn)
            session.painting_watch.look()
        self._check_path()

    @property
    def compression(self) -> Compression:
        """How the file is compressed."""
        return COMPRESSIONS[max(0, self._compression.currentIndex())]

    @property
    def path(self) -> Path:
        """Where to."""
        return Path(self._path.text().strip()).expanduser()

    @property
    def message(self) -> str:
        """The sentence shown."""
        return self._notice.text()

    def start(self) -> None:
        """Export in the background."""
        session, path, compression = self._session, self.path, self.compression
        stack, info = session.document.stack, session.opened.info
        record_in_xmp = self._record.isChecked()
        history = session.document.history
        provenance = [
            one for step in history.commands[: history.position] for one in step.provenance
        ]

        def export(work: Work) -> ExportReport:
            return export_tiff(
                stack,
                info,
                path,
                provenance=provenance,
                record_in_xmp=record_in_xmp,
                compression=compression,
                progress=lambda part: work.report(part),
                is_cancelled=work.is_cancelled,
            )

        self._set_running(True)
        self._notice.setText(self.tr("Writing and verifying…"))
        job = session.jobs.create("export", export)
        job.progressed.connect(lambda part, _text: self._bar.setValue(round(part * _STEPS)))
        job.succeeded.connect(self._done)
        job.failed.connect(self._notice.setText)
        job.cancelled.connect(lambda: self._notice.setText(self.tr("Nothing was written.")))
        job.finished.connect(self._ended)
        self._job = job
        job.start()

    def reject(self) -> None:
        """While exporting: stop it. Else close."""
        if self._job is not None:
            self._job.cancel()
        else:
            super().reject()

    def _done(self, report: ExportReport) -> None:
        self.report = report
        proof = self.tr("Verified: {0} samples changed, all others bit-identical.")
        if report.samples_changed == 0:
            proof = self.tr("Verified: no sample differs from the painting.")
        sentences = (proof.format(f"{report.samples_changed:,}"), *report.notices)
        self._notice.setText(" ".join(sentences))
        self._notice.setProperty("role", "")
        self._notice.style().polish(self._notice)

    def _ended(self) -> None:
        self._job = None
        self._set_running(False)
        if self.report is not None:
            self._close.setText(self.tr("Close"))
            self._close.setProperty("role", "primary")
            self._close.style().polish(self._close)
            self._export.hide()
            self._close.setFocus()

    def _set_running(self, is_running: bool) -> None:
        self._bar.setVisible(is_running)
        for widget in (self._path, self._browse, self._compression, self._record, self._export):
            widget.setEnabled(not is_running and self.report is None)

    def _check_path(self) -> None:
        text = self._path.text().strip()
        self._export.setEnabled(bool(text))
        sentence = self.tr("The painting's own file is never written to.")
        if text and self.path.exists():
            sentence = self.tr("A file of this name exists; it will be replaced.")
        self._notice.setText(f"{self._warning} {sentence}".strip())

    def _warn(self, sentence: str) -> None:
        """Tell what became of the painting's file; the user may export all the same."""
        if self._job is None and self.report is None:
            self._warning = sentence
            self._check_path()
            # A longer sentence would else take its room from the fields above.
            lines_px = self._notice.heightForWidth(self._notice.width())
            self._notice.setMinimumHeight(max(lines_px, self._notice.minimumHeight()))
            self.adjustSize()

    def _choose(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Export as"),
            str(self.path),
            self.tr("TIFF (*.tif *.tiff)"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self._path.setText(name)

    def _build(self, compression: str) -> None:
        texts: dict[Compression, str] = {
            "none": self.tr("None — opens everywhere"),
            "zstd": self.tr("ZSTD — smallest and fast"),
            "deflate": self.tr("Deflate — small, opens nearly everywhere"),
        }
        for name in COMPRESSIONS:
            self._compression.addItem(texts[name], name)
        self._compression.setCurrentIndex(max(0, self._compression.findData(compression)))
        self._record.setChecked(True)
        self._path.setMinimumWidth(420)
        self._path.setAccessibleName(self.tr("File to export to"))
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._notice.setWordWrap(True)
        self._notice.setMinimumHeight(self._notice.fontMetrics().height() * 2)
        self._notice.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._export.setProperty("role", "primary")
        self._export.setDefault(True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        grid.addWidget(muted(QLabel(self.tr("File"), self)), 0, 0)
        grid.addWidget(self._path, 0, 1)
        grid.addWidget(self._browse, 0, 2)
        grid.addWidget(muted(QLabel(self.tr("Format"), self)), 1, 0)
        grid.addWidget(QLabel(self._format_text(), self), 1, 1)
        grid.addWidget(muted(QLabel(self.tr("Compression"), self)), 2, 0)
        grid.addWidget(self._compression, 2, 1)
        grid.addWidget(self._record, 3, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        buttons.addWidget(self._export)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addLayout(grid)
        column.addWidget(self._bar)
        column.addWidget(self._notice)
        column.addLayout(buttons)
        self._bar.hide()

    def _format_text(self) -> str:
        info, profile = self._session.opened.info, self._session.opened.profile
        return self.tr("TIFF, {0} bit, {1} × {2} px, {3}").format(
            info.bit_depth, info.width, info.height, profile.name
        )
