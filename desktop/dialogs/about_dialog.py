"""What Lacuna is, its version, and where it keeps its files."""

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.version import software_version
from desktop.icons import app_icon
from desktop.places import Places
from desktop.theme import muted, scaled_font


class AboutDialog(QDialog):
    """Name, version, promises and places."""

    def __init__(self, places: Places, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Lacuna"))
        picture = QLabel(self)
        picture.setPixmap(app_icon().pixmap(64, 64))
        title = QLabel("Lacuna", self)
        title.setFont(scaled_font(title, 1.8))
        version = muted(
            QLabel(self.tr("Version {0} · Qt {1}").format(software_version(), qVersion()), self)
        )
        promise = QLabel(
            self.tr(
                "Virtual restoration of losses in paintings. The painting's file is only ever "
                "read; every fill lies on a layer of its own; nothing leaves this computer."
            ),
            self,
        )
        promise.setWordWrap(True)
        promise.setMinimumWidth(420)
        heading = QVBoxLayout()
        heading.setSpacing(0)
        heading.addWidget(title)
        heading.addWidget(version)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(picture)
        head.addLayout(heading, 1)
        close = QPushButton(self.tr("Close"), self)
        close.clicked.connect(self.accept)
        close.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 16)
        column.setSpacing(14)
        column.addLayout(head)
        column.addWidget(promise)
        column.addLayout(self._places(places))
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def _places(self, places: Places) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        rows = (
            (self.tr("Projects"), places.projects),
            (self.tr("Generators"), places.generators),
            (self.tr("Settings"), places.settings),
            (self.tr("Log"), places.log),
        )
        for row, (name, path) in enumerate(rows):
            value = QLabel(str(path), self)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(muted(QLabel(name, self)), row, 0)
            grid.addWidget(value, row, 1)
        return grid
