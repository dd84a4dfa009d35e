"""One or two lines on which generator is recommended and why, and a button to take it."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from desktop.theme import MUTED, grey, scaled_font

_SMALL = 0.92


class AdviceLine(QWidget):
    """taken(): the user wants the recommended generator, now and from now on."""

    taken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ElidedText(2, self)
        self._take = QPushButton(self.tr("Choose"), self)
        self._take.setFont(scaled_font(self._take, _SMALL))
        self._take.setStyleSheet("padding: 2px 8px;")
        self._take.setToolTip(
            self.tr("Choose the recommended generator, and follow the recommendation from now on")
        )
        self._take.clicked.connect(self.taken)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._text, 1)
        row.addWidget(self._take, 0, Qt.AlignmentFlag.AlignVCenter)
        self.show_advice("", is_taken=True)

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text

    def show_advice(self, text: str, *, is_taken: bool) -> None:
        """Say it; is_taken: the recommended one is the chosen one."""
        self._text.set_text(text)
        self._take.setVisible(not is_taken)

    @property
    def spare_height(self) -> int:
        """How much lower it would be with one line."""
        return self._text.spare_height

    def set_lines(self, count: int) -> None:
        """Give the text so many lines."""
        self._text.set_lines(count)


class ElidedText(QWidget):
    """A sentence on a fixed number of lines: the end is elided, the tool tip has it whole."""

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._lines = lines
        self.setFont(scaled_font(self, _SMALL))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Show a text."""
        self.text = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.update()

    def set_lines(self, count: int) -> None:
        """Take so many lines, used or not, so that nothing jumps."""
        self._lines = count
        self.updateGeometry()

    @property
    def spare_height(self) -> int:
        """How much lower it would be with one line."""
        return (self._lines - 1) * self.fontMetrics().lineSpacing()

    def sizeHint(self) -> QSize:
        return QSize(120, self._lines * self.fontMetrics().lineSpacing() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Break the text over the lines; the last one is elided."""
        del event
        painter = QPainter(self)
        painter.setPen(grey(MUTED))
        metrics, rest = self.fontMetrics(), self.text
        layout = QTextLayout(rest, self.font())
        layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
        layout.beginLayout()
        for number in range(self._lines):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(self.width())
            start, is_last = line.textStart(), number == self._lines - 1
            part = self.text[start:] if is_last else self.text[start : start + line.textLength()]
            part = metrics.elidedText(part.strip(), Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(0, metrics.ascent() + number * metrics.lineSpacing() + 1, part)
        layout.endLayout()
        painter.end()
