"""Every control has a name for a screen reader, and Tab comes to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollBar,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from core.image.geometry import Rect
from core.inpainting.classical import classical_cards
from desktop.dialogs.gallery_dialog import GalleryDialog
from desktop.dialogs.paint_color_dialog import PaintColorDialog
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage
from desktop.rating.rating_window import RatingWindow
from desktop.rating.request import read_request
from desktop.rating.scores import ScoreSheet
from desktop.tools import ToolName
from desktop.trying import Attempt

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
)


@pytest.fixture
def page(
    window: MainWindow, write_painting: Callable[..., Path], open_in: Callable[..., PaintingPage]
) -> PaintingPage:
    page = open_in(window, write_painting())
    window.activateWindow()
    page.canvas.setFocus()
    return page


def is_part_of_another(widget: QWidget) -> bool:
    """Whether a widget is an inner part of Qt's own controls, which speak for it."""
    if isinstance(widget, QScrollBar | QHeaderView) or widget.objectName().startswith("qt_"):
        return True
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QComboBox | QAbstractSpinBox | QKeySequenceEdit | QLineEdit):
            return True
        parent = parent.parentWidget()
    return False


def text_of(widget: QWidget) -> str:
    """Return what a control itself says."""
    if isinstance(widget, QTabBar):
        return "".join(widget.tabText(index) for index in range(widget.count()))
    return widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""


def nameless(top: QWidget) -> Iterator[str]:
    """Yield the controls in a window that a screen reader could not name."""
    for widget in [top, *top.findChildren(QWidget)]:
        takes_keys = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        if not (isinstance(widget, CONTROLS) or takes_keys) or is_part_of_another(widget):
            continue
        has_text = text_of(widget).strip() not in ("", "×")
        if not (widget.accessibleName() or has_text or widget is top):
            yield f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent())}"


def test_every_control_of_the_window_has_a_name(window: MainWindow, page: PaintingPage) -> None:
    window.actions_["rulers"].trigger()
    window.actions_["beside"].trigger()
    window.notices.show_notice("A sentence.", ("Do It", lambda: None))
    for tool in ToolName:
        window.tool_commands.toolbox.choose(tool)
        assert sorted(set(nameless(window))) == []


@pytest.mark.parametrize(
    "name",
    ["hand", "shortcuts", "dimensions", "memory", "turn_by", "export", "about", "grow_mask",
     "shrink_mask", "feather_mask", "try_several", "align"],
)  # fmt: skip
def test_every_control_of_a_dialog_has_a_name(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, name: str
) -> None:
    mark(qtbot, page)
    if name == "align":
        window.evidence_commands.read(page.session, page.session.path)
        qtbot.waitUntil(lambda: page.session.layers.selected.kind is LayerKind.EVIDENCE)
    assert window.actions_[name].isEnabled()
    window.actions_[name].trigger()
    qtbot.waitUntil(lambda: bool(window.findChildren(QDialog)))
    (dialog,) = window.findChildren(QDialog)
    assert sorted(set(nameless(dialog))) == []
    assert_tab_goes_round(dialog)
    dialog.close()


def test_every_control_of_the_colours_dialog_has_a_name(qtbot: QtBot, page: PaintingPage) -> None:
    dialog = PaintColorDialog(page.canvas.retouching.colors, page)
    qtbot.addWidget(dialog)
    dialog.show()
    assert sorted(set(nameless(dialog))) == []
    assert_tab_goes_round(dialog)


def test_every_control_of_the_gallery_has_a_name(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    # Too narrow for brushwork, which would take its time.
    mark(qtbot, page, side=6)
    qtbot.waitUntil(lambda: window.restore_dock.can_restore)
    cards = {card.id: card for card in classical_cards()}
    window.try_commands.start(page, (Attempt(cards["diffusion"]), Attempt(cards["telea"])))
    qtbot.waitUntil(lambda: bool(window.findChildren(GalleryDialog)))
    (gallery,) = window.findChildren(GalleryDialog)
    assert sorted(set(nameless(gallery))) == []
    qtbot.waitUntil(lambda: not gallery.is_trying, timeout=60_000)
    assert sorted(set(nameless(gallery))) == []
    assert_tab_goes_round(gallery)
    gallery.reject()


def test_every_control_of_the_rating_has_a_name(
    qtbot: QtBot, themed: QApplication, write_painting: Callable[..., Path], tmp_path: Path
) -> None:
    for method in ("one", "other"):
        (tmp_path / "set" / method).mkdir(parents=True)
        write_painting(f"set/{method}/a.tif", 60, 40)
    request = read_request([str(tmp_path / "set")])
    rating = RatingWindow(request, ScoreSheet(request.scores), "Ada")
    qtbot.addWidget(rating)
    rating.show()
    assert sorted(set(nameless(rating))) == []
    rating.notices.show_notice("A sentence.", ("Do It", lambda: None))
    QTest.keyClick(rating.start.name, Qt.Key.Key_Return)
    for _ in range(2):
        qtbot.waitUntil(rating.page.skip.isEnabled)
        assert sorted(set(nameless(rating))) == []
        assert_tab_goes_round(rating)
        for field in (rating.page.local, rating.page.whole):
            QTest.keyClick(field, Qt.Key.Key_7)
        QTest.mouseClick(rating.page.next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(rating.end.isVisible)
    assert sorted(set(nameless(rating))) == []
    rating.close()


def mark(qtbot: QtBot, page: PaintingPage, side: int = 30) -> None:
    document = page.session.document
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    marks = mask.pixels.writing(Rect(20, 20, side, side), np.full((side, side), 255, np.uint8))
    document.do("Mark", document.stack.with_surface(mask.id, marks))
    qtbot.waitUntil(lambda: not page.session.watch.is_counting)


def assert_tab_goes_round(dialog: QWidget) -> None:
    """Tab comes to every control that can be used by keyboard, and round to the first again."""
    dialog.activateWindow()
    reached: list[QWidget] = []
    for _ in range(60):
        focus = dialog.focusWidget()
        if focus is not None and focus in reached:
            break
        if focus is not None:
            reached.append(focus)
        dialog.focusNextPrevChild(True)
    wanted = [
        widget
        for widget in dialog.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and not is_part_of_another(widget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if widget.isVisible() and widget.isEnabled()
    ]
    radio = {type(one.parent()) for one in reached if isinstance(one, QRadioButton)}
    missed = [
        f"{type(one).__name__} {text_of(one)}"
        for one in wanted
        # Of radio buttons Tab comes to the checked one, arrows to the others.
        if one not in reached and not (isinstance(one, QRadioButton) and radio)
    ]
    assert missed == []
