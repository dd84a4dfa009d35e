"""The window of `lacuna rate`: start, one fill after another, result."""

from datetime import datetime

from PySide6.QtCore import QSize
from PySide6.QtGui import QCloseEvent, QColorSpace
from PySide6.QtWidgets import QMessageBox, QStackedWidget, QVBoxLayout, QWidget

from desktop.display_color import SRGB
from desktop.jobs import Job, Jobs
from desktop.notices import Notices
from desktop.rating.composites import Fill, RatingError, in_blind_order
from desktop.rating.end_page import EndPage
from desktop.rating.pictures import Pictures, read_pictures
from desktop.rating.rating_page import RatingPage
from desktop.rating.request import RatingRequest
from desktop.rating.scores import Score, ScoreSheet, summarised
from desktop.rating.sitting import Sitting
from desktop.rating.start_page import StartPage

_SIZE = QSize(1240, 800)


class RatingWindow(QWidget):
    """Leads a rater through the fills and keeps each score at once. GUI thread only.

    monitor: what colours are converted for, as on the canvas.
    """

    def __init__(
        self,
        request: RatingRequest,
        sheet: ScoreSheet,
        rater: str = "",
        monitor: QColorSpace = SRGB,
    ) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("Rating — Lacuna"))
        self._request = request
        self._fills, self._sheet = request.fills.fills, sheet
        self._monitor = monitor
        self._sitting: Sitting | None = None
        self._jobs = Jobs(self)
        self._reading: Job | None = None
        self.notices = Notices(self)
        self.start = StartPage(
            len(self._fills), request.fills.uneven, self._done_by, request.rater or rater, self
        )
        self.page = RatingPage(self)
        self.end = EndPage(self)
        self._stack = QStackedWidget(self)
        for page in (self.start, self.page, self.end):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self._stack, 1)
        self.resize(_SIZE)
        self.start.begun.connect(self._begin)
        self.page.judged.connect(self._judged)
        self.page.skipped.connect(self._skipped)
        self.page.went_back.connect(self._went_back)
        self.end.resumed.connect(self._resume)
        self.end.revealed.connect(self._reveal)
        self.end.closed.connect(self.close)

    def show_mistake(self, text: str) -> None:
        """Tell of a mistake of the program's own."""
        self.notices.show_notice(text)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nothing is asked: every score is kept already, unless the disk refused it."""
        if not self._is_saved() and not self._may_lose():
            event.ignore()
            return
        self._jobs.close()
        event.accept()

    def _begin(self, rater: str) -> None:
        order = in_blind_order(self._fills, f"{self._request.seed} {rater}")
        self._sitting = Sitting(order, self._sheet, rater)
        self._show_fill()

    def _resume(self) -> None:
        if self._sitting is not None:
            self._sitting.return_to_skipped()
            self._show_fill()

    def _judged(self, local: int, whole: int, seconds: float) -> None:
        sitting = self._sitting
        if sitting is None or sitting.fill is None:
            return
        fill = sitting.fill
        old = sitting.score(fill)
        if old is None or (old.local_score, old.global_score) != (local, whole):
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            score = Score(sitting.rater, now, fill.name, fill.method, local, whole,
                          round(seconds, 1))  # fmt: skip
            try:
                self._sheet.record(score)
            except RatingError as error:
                self.notices.show_notice(str(error))
        sitting.go_on()
        self._show_fill()

    def _skipped(self) -> None:
        if self._sitting is not None:
            self._sitting.go_on()
            self._show_fill()

    def _went_back(self) -> None:
        if self._sitting is not None:
            self._sitting.go_back()
            self._show_fill()

    def _show_fill(self) -> None:
        sitting = self._sitting
        if sitting is None:
            return
        if sitting.fill is None:
            self._finish(sitting)
            return
        self._stack.setCurrentWidget(self.page)
        self.page.show_progress(sitting.done, sitting.total, sitting.can_go_back)
        self.page.await_pictures()
        if self._reading is not None:
            self._reading.cancel()
        fill, monitor = sitting.fill, self._monitor
        job = self._jobs.create("read a fill", lambda _work: read_pictures(fill, monitor))
        self._reading = job
        job.succeeded.connect(lambda pictures: self._read(fill, pictures))
        job.failed.connect(lambda _sentence: self._unreadable(fill))
        job.start()

    def _read(self, fill: Fill, pictures: Pictures) -> None:
        if self._sitting is None or self._sitting.fill is not fill:
            return
        if pictures.notice:
            self.notices.show_notice(f"{fill.name}: {pictures.notice}")
        self.page.show_fill(pictures, self._sitting.score(fill))

    def _unreadable(self, fill: Fill) -> None:
        if self._sitting is None or self._sitting.fill is not fill:
            return
        # Why would name the file's path, and with it the method; the result tells.
        text = self.tr("A fill of {0} cannot be read and is left out.")
        self.notices.show_notice(text.format(fill.name))
        self._sitting.set_aside()
        self._show_fill()

    def _finish(self, sitting: Sitting) -> None:
        self._stack.setCurrentWidget(self.end)
        if sitting.left:
            self.end.show_skipped(sitting.left)
        else:
            self._reveal()

    def _reveal(self) -> None:
        if self._sitting is None:
            return
        rater = self._sitting.rater
        here = {(fill.name, fill.method) for fill in self._fills}
        scores = [one for one in self._sheet.scores if (one.file, one.method) in here]
        is_shared = len({one.rater for one in scores}) > 1
        self.end.show_result(
            rater,
            summarised(one for one in scores if one.rater == rater),
            summarised(scores) if is_shared else [],
            [f"{fill.method}/{fill.name}" for fill in self._sitting.unreadable],
            str(self._sheet.path),
        )

    def _done_by(self, rater: str) -> int:
        return sum(
            self._sheet.of(rater, fill.name, fill.method) is not None for fill in self._fills
        )

    def _is_saved(self) -> bool:
        try:
            self._sheet.save()
        except RatingError as error:
            self.notices.show_notice(str(error))
        return not self._sheet.has_unsaved

    def _may_lose(self) -> bool:
        text = self.tr("Some scores could not be written to {0}.").format(self._sheet.path)
        box = QMessageBox(QMessageBox.Icon.NoIcon, self.tr("Scores not safe"), text, parent=self)
        keep = box.addButton(self.tr("Keep It Open"), QMessageBox.ButtonRole.RejectRole)
        lose = box.addButton(self.tr("Close and Lose Them"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(keep)
        box.exec()
        return bool(box.clickedButton() == lose)
