"""What became of a painting's file since it was opened before, and meanwhile, in sentences."""

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from core.document.project import Project
from core.document.project_painting import PaintingChange
from desktop.jobs import Job, Jobs


class PaintingWatch(QObject):
    """Looks after the file whenever the user comes back from another program. GUI thread only.

    noticed(str): it was changed or removed; told once. found(str): that again, each time somebody
    has looked; empty if nothing became of it.
    """

    noticed = Signal(str)
    found = Signal(str)

    def __init__(self, project: Project, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._project = project
        self._jobs = jobs
        self._job: Job | None = None
        self._told: PaintingChange | None = None
        application = QCoreApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._follow_application)

    def look(self) -> None:
        """Look now, in a thread: a disk that sleeps, or a network's, may take its time."""
        if self._job is None:
            self._job = self._jobs.create("look", lambda _work: self._project.painting_change())
            self._job.succeeded.connect(self._tell)
            self._job.finished.connect(self._forget_job)
            self._job.start()

    def _follow_application(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()

    def _forget_job(self) -> None:
        self._job = None

    def _tell(self, change: PaintingChange | None) -> None:
        path, sentence = self._project.painting_path, ""
        if change is not None:
            sentence = _since_opening(change).format(path.name, path.parent)
        if sentence and change is not self._told:
            self.noticed.emit(sentence)
        self._told = change
        self.found.emit(sentence)


def earlier_sentence(change: PaintingChange | None) -> str:
    """Return what to tell on opening of a change since the earlier work; empty if there is none."""
    if change is None:
        return ""
    if change is PaintingChange.UNCERTAIN:
        return QCoreApplication.translate(
            "PaintingWatch",
            "Another program has written to this file since your earlier work, and whether the "
            "painting still looks the same is not known: check that masks and fills lie where they "
            "belong.",
        )
    return QCoreApplication.translate(
        "PaintingWatch",
        "This file is not what it was when your earlier work was done: check that masks and fills "
        "still lie where they belong, and take back what does not fit.",
    )


def _since_opening(change: PaintingChange) -> str:
    """Return what to tell while it is open; {0} is the file's name, {1} its folder."""
    if change is PaintingChange.REMOVED:
        return QCoreApplication.translate(
            "PaintingWatch",
            "{0} was moved or removed by another program while it is open here: put it back into "
            "{1} before you export; your masks and fills are kept.",
        )
    return QCoreApplication.translate(
        "PaintingWatch",
        "{0} was changed by another program while it is open here: close it and open it again "
        "before you go on, so that you see what the file holds now; your masks and fills are kept.",
    )
