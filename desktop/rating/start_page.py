"""Before the first fill: who judges, what the two scores mean, and what is already judged."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.theme import muted, scaled_font

_WIDTH = 560
_NAMED = 5


class StartPage(QWidget):
    """Emits begun(rater). `done_by` tells how many fills a rater has judged before."""

    begun = Signal(str)

    def __init__(
        self,
        total: int,
        uneven: Sequence[str],
        done_by: Callable[[str], int],
        rater: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._total, self._done_by = total, done_by
        self.name = QLineEdit(rater, self)
        self.begin = QPushButton(self)
        self._so_far = muted(QLabel(self))
        self.name.setMaxLength(80)
        self.name.textChanged.connect(self._update)
        self.name.returnPressed.connect(self.begin.click)
        self.begin.clicked.connect(self._begin)
        self._build(uneven)
        self._update()

    @property
    def rater(self) -> str:
        """The name, without superfluous spaces."""
        return " ".join(self.name.text().split())

    def _begin(self) -> None:
        if self.rater:
            self.begun.emit(self.rater)

    def _update(self) -> None:
        done = self._done_by(self.rater)
        self.begin.setEnabled(bool(self.rater))
        self.begin.setText(self.tr("Go On") if done else self.tr("Begin"))
        self._so_far.setText(self.tr("{0} of {1} judged so far").format(done, self._total))

    def _build(self, uneven: Sequence[str]) -> None:
        title = QLabel(self.tr("Judge {0} fills").format(self._total), self)
        title.setFont(scaled_font(title, 1.8))
        explanation = self._text(
            self.tr(
                "You see one fill at a time, in random order, and not which method made it: the "
                "picture whole at the left, the loss enlarged at the right. Each score is kept at "
                "once; you can stop at any time and go on later."
            )
        )
        scales = QGridLayout()
        scales.setHorizontalSpacing(16)
        scales.setVerticalSpacing(6)
        lines = (
            (self.tr("Local"), self.tr("how good the filled place itself is")),
            (self.tr("Global"), self.tr("how good the picture as a whole is")),
            (self.tr("10"), self.tr("perfect, not to be told from an undamaged painting")),
            (self.tr("1"), self.tr("awful")),
        )
        for row, (term, meaning) in enumerate(lines):
            label = QLabel(term, self)
            label.setFont(scaled_font(label, 1.0, is_bold=True))
            scales.addWidget(label, row, 0)
            scales.addWidget(QLabel(meaning, self), row, 1)
        scales.setColumnStretch(1, 1)
        who = QLabel(self.tr("&Your name"), self)
        who.setBuddy(self.name)
        self.name.setAccessibleName(self.tr("Your name"))
        self.begin.setProperty("role", "primary")
        self.begin.setMinimumHeight(34)
        inner = QWidget(self)
        inner.setFixedWidth(_WIDTH)
        column = QVBoxLayout(inner)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(explanation)
        column.addSpacing(6)
        column.addLayout(scales)
        column.addSpacing(10)
        column.addWidget(who)
        column.addWidget(self.name)
        column.addWidget(self._so_far)
        column.addWidget(self.begin, 0, Qt.AlignmentFlag.AlignLeft)
        if uneven:
            column.addWidget(muted(self._text(self._uneven_text(uneven))))
        # Not by alignment, which would give wrapped text the height of unwrapped one.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(inner)
        middle.addStretch(1)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(middle)
        outer.addStretch(3)

    def _text(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _uneven_text(self, uneven: Sequence[str]) -> str:
        names = ", ".join(uneven[:_NAMED]) + (" …" if len(uneven) > _NAMED else "")
        return self.tr(
            "{0} pictures are not in every method's folder, so the means will be over different "
            "pictures: {1}"
        ).format(len(uneven), names)
