"""One fill to be judged: its pictures, the two scales, and the way back and on."""

import time
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop.rating.picture_pair import PicturePair
from desktop.rating.pictures import Pictures
from desktop.rating.scale_field import ScaleField
from desktop.rating.scores import Score
from desktop.theme import muted


class RatingPage(QWidget):
    """Knows nothing of methods. GUI thread only.

    judged(local, global, seconds): both scores were given and accepted. skipped, went_back.
    """

    judged = Signal(int, int, float)
    skipped = Signal()
    went_back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pair = PicturePair(self)
        self.local = ScaleField(self.tr("Local"), self.tr("the fill itself"), self)
        self.whole = ScaleField(self.tr("Global"), self.tr("the picture as a whole"), self)
        self.next = QPushButton(self.tr("Next"), self)
        self.back = QPushButton(self.tr("Back"), self)
        self.skip = QPushButton(self.tr("Skip"), self)
        self.damage = QPushButton(self.tr("Show Damage"), self)
        self._progress = QLabel(self)
        self._bar = QProgressBar(self)
        self._hint = muted(QLabel(self))
        self._shown_at_s = 0.0
        self._is_shown = False
        self._build()
        self._connect()

    @property
    def progress_text(self) -> str:
        """How far the rater is, in words."""
        return self._progress.text()

    def show_progress(self, done: int, total: int, can_go_back: bool) -> None:
        """Tell how many are judged, and whether one can go back."""
        text = self.tr("{0} of {1} judged").format(done, total)
        self._progress.setText(text)
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(done)
        self._bar.setAccessibleName(text)
        self.back.setEnabled(can_go_back)

    def await_pictures(self) -> None:
        """Show nothing until the next fill is read; keys are not taken meanwhile."""
        self._is_shown = False
        self.pair.show_pictures(None)
        self._update()

    def show_fill(self, pictures: Pictures, score: Score | None) -> None:
        """Show a fill, and what it was given before, if anything."""
        self.pair.show_pictures(pictures)
        self.damage.setChecked(False)
        self.local.set_value(None if score is None else score.local_score)
        self.whole.set_value(None if score is None else score.global_score)
        self._is_shown = True
        self._shown_at_s = time.monotonic()
        self._update()
        self.local.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give digits to the first scale without a score, wherever the focus is."""
        field = self.local if self.local.value is None else self.whole
        if not self._is_shown or not field.take_key(event):
            super().keyPressEvent(event)

    def _accept(self) -> None:
        if not self._is_shown:
            return
        local, whole = self.local.value, self.whole.value
        if local is None or whole is None:
            missing = self.local if local is None else self.whole
            missing.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.judged.emit(local, whole, time.monotonic() - self._shown_at_s)

    def _update(self) -> None:
        is_complete = self.local.value is not None and self.whole.value is not None
        self.next.setEnabled(self._is_shown and is_complete)
        for widget in (self.local, self.whole, self.skip):
            widget.setEnabled(self._is_shown)
        self.damage.setEnabled(self._is_shown and self.pair.has_damage)

    def _show_damage(self, is_damaged: bool) -> None:
        self.pair.set_damaged(is_damaged)
        self.damage.setText(self.tr("Show Fill") if is_damaged else self.tr("Show Damage"))

    def _connect(self) -> None:
        self.local.changed.connect(self._update)
        self.whole.changed.connect(self._update)
        self.next.clicked.connect(self._accept)
        self.skip.clicked.connect(self.skipped)
        self.back.clicked.connect(self.went_back)
        self.damage.setCheckable(True)
        self.damage.toggled.connect(self._show_damage)
        for key, function in (
            ("Return", self._accept),
            ("Enter", self._accept),
            ("S", self.skip.click),
            ("Backspace", self.back.click),
            ("D", self.damage.click),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            # A key held down would judge what has not been seen.
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(function)

    def _build(self) -> None:
        self._hint.setText(
            self.tr(
                "1 to 9 and 0 (ten) score · Tab other scale · Enter next · Backspace back · "
                "S skip · D damage"
            )
        )
        self._bar.setTextVisible(False)
        self.next.setProperty("role", "primary")
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._progress)
        head.addWidget(self._bar, 1)
        scales = QHBoxLayout()
        scales.setSpacing(28)
        scales.addStretch(1)
        scales.addWidget(self.local)
        scales.addWidget(self.whole)
        scales.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.back)
        buttons.addWidget(self.skip)
        buttons.addWidget(self.damage)
        buttons.addWidget(self._hint, 1, Qt.AlignmentFlag.AlignCenter)
        buttons.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.pair, 1)
        column.addLayout(scales)
        column.addLayout(buttons)
        order = (self.local, self.whole, self.next, self.back, self.skip, self.damage)
        for one, other in pairwise(order):
            QWidget.setTabOrder(one, other)
