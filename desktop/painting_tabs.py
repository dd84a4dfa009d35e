"""The open paintings as tabs."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from desktop.icons import icon
from desktop.painting_page import PaintingPage


class PaintingTabs(QTabWidget):
    """Signals: shown(PaintingPage | None), close_asked(PaintingPage)."""

    shown = Signal(object)
    close_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setAccessibleName(self.tr("Open paintings"))
        self.setMovable(True)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.tabBar().setExpanding(False)
        self.tabBar().setDrawBase(False)
        self.currentChanged.connect(lambda _index: self.shown.emit(self.page))

    @property
    def page(self) -> PaintingPage | None:
        """The one in front."""
        page = self.currentWidget()
        return page if isinstance(page, PaintingPage) else None

    @property
    def pages(self) -> tuple[PaintingPage, ...]:
        """All of them."""
        pages = (self.widget(index) for index in range(self.count()))
        return tuple(page for page in pages if isinstance(page, PaintingPage))

    def add(self, page: PaintingPage, path: Path) -> None:
        """Put a painting in front."""
        index = self.addTab(page, path.name.replace("&", "&&"))
        self.setTabToolTip(index, str(path))
        close = QToolButton(self)
        close.setIcon(icon("close"))
        close.setAutoRaise(True)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.setFixedSize(20, 20)
        close.setToolTip(self.tr("Close {0}").format(path.name))
        close.setAccessibleName(close.toolTip())
        close.clicked.connect(lambda: self.close_asked.emit(page))
        self.tabBar().setTabButton(index, QTabBar.ButtonPosition.RightSide, close)
        self.setCurrentIndex(index)

    def remove(self, page: PaintingPage) -> None:
        """Take a painting away."""
        self.removeTab(self.indexOf(page))

    def show_path(self, path: Path) -> bool:
        """Put an open painting in front; return whether it is open."""
        for page in self.pages:
            if page.session.path == path:
                self.setCurrentWidget(page)
                return True
        return False
