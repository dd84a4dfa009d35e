import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QColorSpace
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.layer import LayerKind
from core.image.alignment import AlignmentKind, mapped
from core.image.geometry import Point
from desktop.canvas import Canvas
from desktop.dialogs.align_dialog import AlignDialog
from desktop.dialogs.align_view import AlignView
from desktop.display_color import DisplayColor
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage

LEFT = Qt.MouseButton.LeftButton
WIDTH, HEIGHT = 600, 400
Settle = Callable[[Canvas], None]


def strokes() -> np.ndarray:
    rng = np.random.default_rng(3)
    canvas = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    for _ in range(500):
        x, y = int(rng.integers(0, WIDTH)), int(rng.integers(0, HEIGHT))
        color = [int(value) for value in rng.integers(20, 235, 3)]
        axes = int(rng.integers(3, 22)), int(rng.integers(2, 9))
        cv2.ellipse(canvas, (x, y), axes, float(rng.integers(0, 180)), 0, 360, color, -1)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 1.0)).astype(np.uint16) * 257


@pytest.fixture
def page(window: MainWindow, open_in: Callable[..., PaintingPage], tmp_path: Path) -> PaintingPage:
    path = tmp_path / "painting.tif"
    inch = {"resolution": (254, 254), "resolutionunit": 2}
    tifffile.imwrite(path, strokes(), photometric="rgb", metadata=None, **inch)
    return open_in(window, path)


@pytest.fixture
def infrared(tmp_path: Path) -> Path:
    """Return a file of another size: the painting in negative grey, turned and at half size."""
    path = tmp_path / "infrared.tif"
    c, s = 0.5 * math.cos(0.1), 0.5 * math.sin(0.1)
    matrix = np.array([[c, -s, 30.0], [s, c, 5.0]])
    seen = cv2.warpAffine(65535 - strokes(), matrix, (320, 250)).mean(axis=2).astype(np.uint16)
    tifffile.imwrite(path, seen, photometric="minisblack", metadata=None)
    return path


@pytest.fixture
def imported(qtbot: QtBot, window: MainWindow, page: PaintingPage, infrared: Path) -> PaintingPage:
    window.evidence_commands.read(page.session, infrared)
    layers = page.session.layers
    qtbot.waitUntil(lambda: layers.selected.kind is LayerKind.EVIDENCE)
    return page


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow, imported: PaintingPage) -> AlignDialog:
    window.actions_["align"].trigger()
    dialog = window.evidence_commands.dialog
    assert dialog is not None
    qtbot.waitExposed(dialog)
    qtbot.waitUntil(lambda: all(view.is_settled for view in dialog.views))
    return dialog


def at(view: AlignView, point: Point) -> QPoint:
    return view.to_widget(point).toPoint()


def button(dialog: AlignDialog, text: str) -> QPushButton:
    return next(one for one in dialog.findChildren(QPushButton) if one.text() == text)


def grabbed(canvas: Canvas) -> np.ndarray:
    image = canvas.grab().toImage()
    pixels = np.array(image.constBits(), np.uint8)
    return pixels.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), :3]


def test_imported_evidence_is_seen_over_the_painting_and_fades(
    qtbot: QtBot, settle: Settle, imported: PaintingPage
) -> None:
    canvas, layers = imported.canvas, imported.session.layers
    settle(canvas)
    shown = grabbed(canvas)
    middle = shown[shown.shape[0] // 2, shown.shape[1] // 2]
    assert middle.max() - middle.min() <= 2, "infrared is grey"
    layers.set_visible(layers.selected_id, False)
    settle(canvas)
    hidden = grabbed(canvas)
    assert (hidden != shown).any()
    layers.set_visible(layers.selected_id, True)
    layers.set_opacity(0.5)
    settle(canvas)
    faded = grabbed(canvas).astype(int)
    assert np.abs(2 * faded - shown - hidden).max() <= 6
    canvas.set_show_original(True)
    settle(canvas)
    assert np.array_equal(grabbed(canvas), hidden), "for the original, evidence is left away"


def test_evidence_is_looked_at_as_a_difference(
    qtbot: QtBot, settle: Settle, window: MainWindow, imported: PaintingPage
) -> None:
    (box,) = window.layers_panel.findChildren(QComboBox)
    assert [box.itemText(row) for row in range(box.count())] == ["Itself", "Difference"]
    settle(imported.canvas)
    before = grabbed(imported.canvas)
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    settle(imported.canvas)
    assert (grabbed(imported.canvas) != before).any()
    stack = imported.session.document.stack
    source = stack.layers[0].source
    assert source is not None
    assert np.array_equal(composite(stack, stack.rect), source.read(stack.rect))


def test_points_set_by_clicks_and_drags_align_the_evidence(
    qtbot: QtBot, dialog: AlignDialog, imported: PaintingPage
) -> None:
    moving, fixed = dialog.views
    c, s = 0.5 * math.cos(0.1), 0.5 * math.sin(0.1)
    assert not button(dialog, "Align").isEnabled()
    for spot in (Point(100, 80), Point(500, 90), Point(300, 330)):
        QTest.mouseClick(fixed, LEFT, pos=at(fixed, spot))
        number = len(dialog.points) - 1
        start = at(moving, dialog.points[number].moving)
        true = Point(c * spot.x - s * spot.y + 30, s * spot.x + c * spot.y + 5)
        QTest.mousePress(moving, LEFT, pos=start)
        QTest.mouseMove(moving, start + QPoint(0, 30))
        QTest.mouseMove(moving, at(moving, true))
        QTest.mouseRelease(moving, LEFT, pos=at(moving, true))
    found = dialog.alignment
    assert found is not None
    assert found.rms_px < 3
    assert f"Residual {found.rms_px:.2f} px ({found.rms_px / 10:.3f} mm)" in dialog._verdict.text()
    assert dialog._table.item(2, 1).text() == f"{found.residuals_px[2]:.2f}"
    before = imported.session.document.history.position
    qtbot.mouseClick(button(dialog, "Align"), LEFT)
    document = imported.session.document
    assert document.history.position == before + 1
    assert document.history.commands[-1].label == "Align “infrared”"
    evidence = imported.session.layers.selected.evidence
    assert evidence is not None
    place = mapped(evidence.matrix, np.array([[c * 300 - s * 200 + 30, s * 300 + c * 200 + 5]]))[0]
    assert math.dist(place, (300, 200)) < 4


def test_points_are_kept_with_the_painting_so_that_aligning_goes_on_later(
    qtbot: QtBot,
    window: MainWindow,
    dialog: AlignDialog,
    imported: PaintingPage,
    open_in: Callable[..., PaintingPage],
) -> None:
    keep = button(dialog, "Keep Points")
    before = imported.session.layers.selected.evidence
    dialog._kind.setCurrentIndex(dialog._kind.findData(AlignmentKind.AFFINE))
    assert not keep.isEnabled(), "there are none"
    fixed = dialog.views[1]
    for spot in (Point(100, 80), Point(500, 90)):
        QTest.mouseClick(fixed, LEFT, pos=at(fixed, spot))
    points = dialog.points
    assert not button(dialog, "Align").isEnabled()
    qtbot.mouseClick(keep, LEFT)
    assert not keep.isEnabled()
    assert dialog.isVisible()
    document = imported.session.document
    assert document.history.commands[-1].label == "Keep points of “infrared”"
    assert document.stack.layers[-1].evidence.matrix == before.matrix
    qtbot.mouseClick(button(dialog, "Cancel"), LEFT)
    window.close_painting(imported)
    page = open_in(window, imported.session.path)
    window.actions_["align"].trigger()
    again = window.evidence_commands.dialog
    assert again is not None
    qtbot.waitUntil(lambda: all(view.is_settled for view in again.views))
    assert again.points == points
    assert again._kind.currentData() is AlignmentKind.AFFINE
    QTest.mouseClick(again.views[1], LEFT, pos=at(again.views[1], Point(300, 330)))
    qtbot.mouseClick(button(again, "Align"), LEFT)
    evidence = page.session.layers.selected.evidence
    assert evidence.points[:2] == points
    assert len(evidence.points) == 3


def test_the_split_swipes_between_the_painting_and_the_painting_with_evidence(
    qtbot: QtBot, settle: Settle, imported: PaintingPage
) -> None:
    canvas, layers = imported.canvas, imported.session.layers

    def looks(opacity: float, is_visible: bool) -> np.ndarray:
        layers.set_opacity(opacity)
        layers.set_visible(layers.selected_id, is_visible)
        settle(canvas)
        return grabbed(canvas)

    canvas.zoom_to(1.0)
    painting, with_evidence = looks(0.6, False), looks(0.6, True)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Y)
    settle(canvas)
    badges = [badge.text() for badge in canvas.looking._sides]
    assert badges == ["Original", "With evidence"]
    line = canvas.looking.split.x
    for place in (line, line // 2 + 40, line + 90):
        start = QPoint(canvas.looking.split.x, 60)
        QTest.mousePress(canvas, LEFT, pos=start)
        QTest.mouseMove(canvas, QPoint(place, 70))
        QTest.mouseRelease(canvas, LEFT, pos=QPoint(place, 70))
        # No outline of the brush.
        QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
        settle(canvas)
        shown = grabbed(canvas)
        # Neither the line with its grip nor the names at the foot.
        rows = slice(60, canvas.height() - 60)
        left, right = slice(30, place - 20), slice(place + 20, canvas.width() - 30)
        assert np.array_equal(shown[rows, left], painting[rows, left])
        assert np.array_equal(shown[rows, right], with_evidence[rows, right])
        assert (painting[rows, right] != with_evidence[rows, right]).any()
    looks(0.6, False)
    assert canvas.looking._sides[1].text() == "With retouch"
    QTest.keyClick(canvas, Qt.Key.Key_Y)
    settle(canvas)
    assert np.array_equal(grabbed(canvas), painting)


def test_points_are_found_reviewed_and_removed(qtbot: QtBot, dialog: AlignDialog) -> None:
    dialog._kind.setCurrentIndex(dialog._kind.findData(AlignmentKind.AFFINE))
    qtbot.mouseClick(button(dialog, "Find Points"), LEFT)
    qtbot.waitUntil(lambda: len(dialog.points) > 6, timeout=30_000)
    assert dialog.alignment is not None
    assert dialog.alignment.rms_px < 1.5
    count = len(dialog.points)
    dialog._table.setCurrentCell(2, 0)
    gone = dialog.points[2]
    qtbot.mouseClick(button(dialog, "Remove Point"), LEFT)
    assert len(dialog.points) == count - 1
    assert gone not in dialog.points
    QTest.keyClick(dialog._table, Qt.Key.Key_Delete)
    assert len(dialog.points) == count - 2


def test_both_pictures_are_panned_and_zoomed_together(qtbot: QtBot, dialog: AlignDialog) -> None:
    moving, fixed = dialog.views

    def middles() -> tuple[Point, Point]:
        one, other = (view.to_picture(view.rect().toRectF().center()) for view in (moving, fixed))
        place = mapped(dialog.matrix, np.array([one]))[0]
        return Point(float(place[0]), float(place[1])), other

    before = middles()[1]
    for view in (moving, fixed):
        start = QPoint(60, 60)
        QTest.mousePress(view, LEFT, pos=start)
        QTest.mouseMove(view, start + QPoint(20, 25))
        QTest.mouseMove(view, start + QPoint(40, 50))
        QTest.mouseRelease(view, LEFT, pos=start + QPoint(40, 50))
        one, other = middles()
        assert math.dist(one, other) < 0.01
    assert math.dist(before, other) > 50
    assert dialog.points == ()
    size = fixed.to_widget(Point(100, 0)).x() - fixed.to_widget(Point(0, 0)).x()
    moving.zoomed.emit(2.0, moving.to_picture(moving.rect().toRectF().center()))
    assert fixed.to_widget(Point(100, 0)).x() - fixed.to_widget(Point(0, 0)).x() == pytest.approx(
        2 * size
    )
    assert math.dist(*middles()) < 0.01


def test_evidence_is_there_again_when_the_painting_is_opened_again(
    qtbot: QtBot,
    window: MainWindow,
    imported: PaintingPage,
    infrared: Path,
    open_in: Callable[..., PaintingPage],
) -> None:
    path = imported.session.path
    window.close_painting(imported)
    page = open_in(window, path)
    evidence = page.session.layers.selected.evidence
    assert evidence is not None
    assert evidence.source is not None
    window.close_painting(page)
    infrared.unlink()
    page = open_in(window, path)
    assert any("infrared.tif was not found" in text for text in window.notices.texts)
    window.actions_["align"].trigger()
    assert window.evidence_commands.dialog is None
    assert "missing" in window.notices.texts[0]


def test_what_is_no_picture_is_refused_with_a_sentence(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing")
    window.evidence_commands.read(page.session, path)
    qtbot.waitUntil(lambda: bool(window.notices.texts))
    assert "notes.txt” is no TIFF, PNG or JPEG" in window.notices.texts[0]
    assert len(page.session.document.stack.layers) == 2


def test_millimetres_go_by_the_size_that_the_user_knows(
    window: MainWindow, imported: PaintingPage
) -> None:
    imported.session.dpi = (508.0, 508.0)
    window.actions_["align"].trigger()
    dialog = window.evidence_commands.dialog
    assert dialog is not None
    assert dialog._px_per_mm == pytest.approx(20.0)
    dialog.reject()


def test_both_pictures_are_shown_for_the_monitor_also_when_it_changes(
    qtbot: QtBot, dialog: AlignDialog, imported: PaintingPage
) -> None:
    fixed = dialog.views[1]
    middle = QPoint(fixed.width() // 2, fixed.height() // 2)
    before = fixed.grab().toImage().pixelColor(middle)
    imported.canvas.set_monitor(QColorSpace(QColorSpace.NamedColorSpace.ProPhotoRgb))
    assert not all(view.is_settled for view in dialog.views)
    qtbot.waitUntil(lambda: all(view.is_settled for view in dialog.views))
    after = fixed.grab().toImage().pixelColor(middle)
    assert after != before
    dialog.reject()
    imported.session.layers.select(imported.session.document.stack.layers[-1].id)


def test_the_dialog_opens_for_the_monitor_there_is(
    qtbot: QtBot, window: MainWindow, imported: PaintingPage
) -> None:
    monitor = QColorSpace(QColorSpace.NamedColorSpace.ProPhotoRgb)
    imported.canvas.set_monitor(monitor)
    window.actions_["align"].trigger()
    dialog = window.evidence_commands.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: all(view.is_settled for view in dialog.views))
    painting = dialog.views[1]
    at = painting.to_picture(QPointF(painting.width() / 2, painting.height() / 2))
    samples = imported.canvas.sample_at(at)
    assert samples is not None
    opened = imported.session.opened
    color = DisplayColor(opened.profile, opened.info.icc_profile, monitor)
    wanted = QColor(color.to_display(np.array([[samples]], np.uint16)).pixel(0, 0))
    shown = painting.grab().toImage().pixelColor(painting.width() // 2, painting.height() // 2)
    pairs = zip(shown.getRgb(), wanted.getRgb(), strict=True)  # type: ignore[arg-type]
    assert max(abs(one - other) for one, other in pairs) <= 3
    dialog.reject()
