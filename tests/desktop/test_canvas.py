import logging
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind
from core.image.geometry import Point, Rect
from core.image.surface import U8
from desktop.canvas import Canvas
from desktop.surround import ASSESSMENT_SURROUND, SURROUND
from desktop.tools import BrushSettings, ToolName

MakeDocument = Callable[..., Document]
MakeCanvas = Callable[..., Canvas]
Settle = Callable[[Canvas], None]
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def grabbed(canvas: Canvas) -> U8:
    """Return the canvas's pixels, (height, width, 3), without the brush's outline."""
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    image = canvas.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


def drag(canvas: Canvas, *points: tuple[int, int], button: Qt.MouseButton = LEFT) -> None:
    """Press at the first point, move over the others, release at the last."""
    places = [QPoint(*point) for point in points]
    QTest.mousePress(canvas, button, NONE, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, button, NONE, places[-1])


def coverage(document: Document) -> U8:
    """Return the whole mask as committed."""
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    return mask.pixels.read(document.stack.rect)


@pytest.fixture
def document(make_document: MakeDocument) -> Document:
    return make_document(700, 500)


@pytest.fixture
def canvas(document: Document, make_canvas: MakeCanvas) -> Canvas:
    """A canvas of 400 × 300 at 100 % from document (100, 50) on, with a hard 20-px brush."""
    canvas = make_canvas(document)
    canvas.zoom_to(1.0)
    canvas.pan_by(-100 - canvas.view.left, -50 - canvas.view.top)
    canvas.set_brush(BrushSettings(20.0, hardness=1.0))
    return canvas


class TestView:
    def test_a_new_canvas_shows_the_whole_picture_in_the_middle(self, make_canvas, document):
        canvas = make_canvas(document)
        pixels = grabbed(canvas)
        assert canvas.is_fitting
        assert (pixels[2, 2] == SURROUND.red()).all()
        assert (pixels[-3, -3] == SURROUND.red()).all()
        assert not (pixels[150, 200] == SURROUND.red()).all()
        assert canvas.scale == pytest.approx(376 / 700)

    def test_at_100_percent_the_screen_shows_the_documents_samples(self, canvas, document, settle):
        settle(canvas)
        source = document.stack.layers[0].source
        expected = np.rint(source.read(Rect(100, 50, 400, 300)) / 257)
        assert np.abs(grabbed(canvas) - expected).max() <= 1

    def test_fit_follows_the_window_until_the_user_zooms(self, make_canvas, document):
        canvas = make_canvas(document)
        canvas.resize(800, 600)
        assert canvas.scale == pytest.approx(776 / 700)
        canvas.zoom_to(0.5)
        canvas.resize(400, 300)
        assert canvas.scale == 0.5
        canvas.fit()
        assert canvas.scale == pytest.approx(376 / 700)

    def test_the_wheel_zooms_at_the_cursor_and_does_not_jump_over_100_percent(
        self, make_canvas, document
    ):
        canvas = make_canvas(document)
        at = QPointF(310.0, 90.0)
        before = canvas.view.to_document(Point(310, 90))
        scales = [canvas.scale]
        for _ in range(6):
            turn(canvas, at, 120)
            scales.append(canvas.scale)
            after = canvas.view.to_document(Point(310, 90))
            assert np.hypot(*np.subtract(after, before)) * canvas.scale < 4
        assert 1.0 in scales
        assert scales == sorted(scales)
        turn(canvas, at, 15)
        assert canvas.scale == pytest.approx(scales[-1] * 2 ** (15 / 480))

    def test_zoom_stays_between_a_quarter_of_fit_and_6400_percent(self, make_canvas, document):
        canvas = make_canvas(document)
        fitted = canvas.scale
        canvas.zoom_to(1000.0)
        assert canvas.scale == 64.0
        canvas.zoom_to(0.0001)
        assert canvas.scale == pytest.approx(fitted / 4)

    def test_zoom_steps_pass_100_percent_and_are_told(self, make_canvas, document):
        canvas = make_canvas(document)
        told: list[float] = []
        canvas.zoomed.connect(told.append)
        canvas.zoom_in()
        canvas.zoom_in()
        canvas.zoom_in()
        canvas.zoom_out()
        assert told == pytest.approx([0.7071, 1.0, 1.4142, 1.0], abs=1e-3)

    def test_middle_drag_and_space_drag_pan(self, canvas, document):
        assert document.history.position == 0
        left, top = canvas.view.left, canvas.view.top
        drag(canvas, (200, 150), (190, 155), (170, 170), button=MIDDLE)
        assert (canvas.view.left, canvas.view.top) == (left - 30, top + 20)
        QTest.keyPress(canvas, Qt.Key.Key_Space)
        drag(canvas, (200, 150), (230, 130))
        QTest.keyRelease(canvas, Qt.Key.Key_Space)
        assert (canvas.view.left, canvas.view.top) == (left, top)
        assert document.history.position == 0
        canvas.set_tool(ToolName.PAN)
        drag(canvas, (200, 150), (201, 150))
        assert canvas.view.left == left + 1

    def test_the_surround_is_no_lighter_than_a_fifth_of_white_and_has_no_hue(self):
        for color in (SURROUND, ASSESSMENT_SURROUND):
            assert color.red() == color.green() == color.blue()
            assert ((color.redF() + 0.055) / 1.055) ** 2.4 <= 0.20

    def test_assessment_shows_mid_grey_and_a_thin_white_frame(self, make_canvas, document, settle):
        canvas = make_canvas(document)
        canvas.set_assessment(True)
        settle(canvas)
        pixels = grabbed(canvas)
        row = pixels[150]
        assert (pixels[2, 2] == 119).all()
        frame = np.flatnonzero((row == 255).all(1))
        assert len(frame) == 8, "4 px on either side"
        canvas.set_assessment(False)
        assert (grabbed(canvas)[2, 2] == SURROUND.red()).all()

    def test_a_hidden_canvas_keeps_only_what_was_in_sight(self, document, make_canvas, settle):
        canvas = make_canvas(document)
        canvas.zoom_to(1.0)
        settle(canvas)
        canvas.zoom_to(8.0)
        settle(canvas)
        before = canvas._renderer.nbytes
        canvas.hide()
        assert canvas._renderer.nbytes < before
        canvas.show()
        settle(canvas)
        assert canvas.is_settled


class TestStrokes:
    def test_a_stroke_is_one_undo_step(self, canvas, document):
        finished: list[bool] = []
        canvas.stroke_finished.connect(lambda: finished.append(True))
        drag(canvas, (100, 100), (150, 120), (200, 100))
        assert [step.label for step in document.history.commands] == ["Paint mask"]
        assert finished == [True]
        marked = coverage(document)
        assert marked[150, 200] == 255, "document (200, 150) was under the press"
        assert marked[170, 250] == 255
        assert marked[350, 200] == 0
        document.undo()
        assert not coverage(document).any()

    def test_what_is_painted_is_seen_at_once_and_goes_with_undo(self, canvas, document, settle):
        settle(canvas)
        before = grabbed(canvas)
        QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
        QTest.mouseMove(canvas, QPoint(150, 100))
        during = grabbed(canvas)
        assert document.history.position == 0
        assert np.abs(during[100, 120] - (before[100, 120] / 2 + [127.5, 0, 0])).max() <= 1.5
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(150, 100))
        assert np.array_equal(grabbed(canvas), during)
        document.undo()
        assert np.array_equal(grabbed(canvas), before)
        document.redo()
        assert np.array_equal(grabbed(canvas), during)

    @pytest.mark.parametrize("scale", [0.25, 0.37, 0.5, 1.6, 3.0])
    def test_a_stroke_looks_the_same_while_painted_and_drawn_anew(
        self, document, make_canvas, settle, scale
    ):
        canvas = make_canvas(document)
        canvas.set_brush(BrushSettings(40.0, hardness=0.3))
        canvas.zoom_to(scale)
        settle(canvas)
        drag(canvas, (150, 100), (220, 180), (260, 120), (240, 200))
        painted = grabbed(canvas)
        anew = make_canvas(document)
        anew.zoom_to(scale)
        settle(anew)
        assert np.array_equal(painted, grabbed(anew))

    def test_the_overlays_colour_and_the_layers_opacity_are_used(self, canvas, document, settle):
        drag(canvas, (100, 100), (150, 100))
        canvas.set_overlay_color(QColor(0, 255, 0))
        mask = document.stack.of_kind(LayerKind.MASK)[0]
        document.do("Opacity", document.stack.replacing(replace(mask, opacity=1.0)))
        settle(canvas)
        assert grabbed(canvas)[100, 120].tolist() == [0, 255, 0]

    def test_the_eraser_takes_away_with_a_size_of_its_own(self, canvas, document):
        drag(canvas, (100, 100), (200, 100))
        canvas.set_tool(ToolName.ERASER)
        canvas.set_brush(BrushSettings(6.0, hardness=1.0))
        drag(canvas, (150, 90), (150, 110))
        marked = coverage(document)
        assert marked[150, 250] == 0
        assert marked[150, 240] == 255
        assert document.history.commands[-1].label == "Erase mask"
        canvas.set_tool(ToolName.BRUSH)
        assert canvas.brush.size_px == 20.0

    def test_escape_gives_the_stroke_up(self, canvas, document, settle):
        settle(canvas)
        before = grabbed(canvas)
        QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
        QTest.mouseMove(canvas, QPoint(150, 120))
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        QTest.mouseMove(canvas, QPoint(200, 120))
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(200, 120))
        assert document.history.position == 0
        assert not coverage(document).any()
        assert np.array_equal(grabbed(canvas), before)

    def test_shift_click_draws_a_line_and_shift_drag_sizes_the_brush(self, canvas, document):
        drag(canvas, (50, 50), (51, 50))
        QTest.mouseClick(canvas, LEFT, SHIFT, QPoint(250, 200))
        assert document.history.position == 2
        assert coverage(document)[50 + 125, 100 + 150] == 255, "the line's middle"
        told: list[BrushSettings] = []
        canvas.brush_changed.connect(told.append)
        QTest.mousePress(canvas, LEFT, SHIFT, QPoint(100, 100))
        send_mouse(canvas, QEvent.Type.MouseMove, QPointF(115, 100), LEFT, SHIFT)
        QTest.mouseRelease(canvas, LEFT, SHIFT, QPoint(115, 100))
        assert document.history.position == 2
        assert told[-1].size_px == canvas.brush.size_px == 50.0

    def test_without_a_mask_painting_says_so(self, canvas, document):
        hints: list[str] = []
        canvas.tool_hint.connect(hints.append)
        canvas.set_mask_layer(None)
        drag(canvas, (100, 100), (150, 120))
        assert hints == ["Choose a mask layer to paint on."]
        mask = document.stack.of_kind(LayerKind.MASK)[0]
        document.do("Hide", document.stack.replacing(replace(mask, is_visible=False)))
        canvas.set_mask_layer(mask.id)
        drag(canvas, (100, 100), (150, 120))
        assert hints[1] == "The mask layer “Losses” is hidden; show it to paint on it."
        assert document.history.position == 1

    def test_an_edit_during_a_stroke_survives_it(self, canvas, document):
        drag(canvas, (50, 50), (60, 50))
        QTest.mousePress(canvas, LEFT, NONE, QPoint(300, 250))
        document.undo()
        QTest.mouseMove(canvas, QPoint(310, 250))
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(310, 250))
        marked = coverage(document)
        assert marked[300, 405] == 255
        assert marked[100, 155] == 0, "what was undone stays undone"

    def test_a_tool_that_fails_leaves_the_document_as_it_was(
        self, canvas, document, monkeypatch, caplog
    ):
        def fail(*_: object) -> Rect:
            raise RuntimeError("broken brush")

        with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
            patch.setattr("core.image.brush.Stroke.to", fail)
            drag(canvas, (100, 100), (150, 120))
        assert not document.is_previewing
        assert document.history.position == 0
        drag(canvas, (100, 100), (150, 120))
        assert document.history.position == 1

    def test_a_paint_event_that_fails_leaves_the_canvas_usable(
        self, canvas, document, monkeypatch, settle
    ):
        settle(canvas)
        with monkeypatch.context() as patch:
            patch.setattr(canvas._renderer, "draw", lambda *_: 1 / 0)
            canvas.grab()
        assert not (grabbed(canvas)[100, 100] == 0).all()


class TestLostReleases:
    def paint_and_lose(self, canvas: Canvas) -> None:
        QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
        QTest.mouseMove(canvas, QPoint(150, 100))

    @pytest.mark.parametrize("kind", [QEvent.Type.WindowDeactivate, QEvent.Type.Hide])
    def test_losing_the_window_commits_the_stroke(self, canvas, document, kind):
        self.paint_and_lose(canvas)
        if kind == QEvent.Type.Hide:
            canvas.hide()
        else:
            QApplication.sendEvent(canvas, QEvent(kind))
        assert document.history.position == 1
        assert coverage(document)[150, 245] == 255

    def test_the_windows_deactivation_reaches_the_canvas(self, document, make_canvas, qtbot):
        window = QMainWindow()
        qtbot.addWidget(window)
        canvas = make_canvas(document)
        window.setCentralWidget(canvas)
        window.show()
        self.paint_and_lose(canvas)
        QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
        assert document.history.position == 1
        window.takeCentralWidget()

    def test_another_press_commits_the_stroke_and_begins_the_next(self, canvas, document):
        self.paint_and_lose(canvas)
        drag(canvas, (200, 200), (220, 200))
        assert document.history.position == 2

    def test_a_move_without_the_button_commits_the_stroke(self, canvas, document):
        self.paint_and_lose(canvas)
        send_mouse(canvas, QEvent.Type.MouseMove, QPointF(300, 200), Qt.MouseButton.NoButton)
        assert document.history.position == 1
        assert coverage(document)[250, 400] == 0

    def test_focus_lost_commits_the_stroke(self, canvas, document):
        canvas.setFocus()
        self.paint_and_lose(canvas)
        canvas.clearFocus()
        QApplication.processEvents()
        assert document.history.position == 1

    def test_closing_commits_the_stroke(self, canvas, document):
        self.paint_and_lose(canvas)
        canvas.detach()
        assert document.history.position == 1
        assert document.on_changed == []


class TestHolding:
    def test_backslash_shows_the_original_while_held(self, canvas, document, settle):
        settle(canvas)
        before = grabbed(canvas)
        drag(canvas, (100, 100), (200, 100))
        assert not np.array_equal(grabbed(canvas), before)
        QTest.keyPress(canvas, Qt.Key.Key_Backslash)
        assert canvas.is_original_shown
        assert np.array_equal(grabbed(canvas), before)
        QTest.keyRelease(canvas, Qt.Key.Key_Backslash)
        assert not np.array_equal(grabbed(canvas), before)

    def test_what_is_held_is_let_go_with_the_focus(self, canvas):
        canvas.setFocus()
        QTest.keyPress(canvas, Qt.Key.Key_Backslash)
        QTest.keyPress(canvas, Qt.Key.Key_Space)
        canvas.clearFocus()
        QApplication.processEvents()
        assert not canvas.is_original_shown
        assert canvas.cursor().shape() == Qt.CursorShape.BitmapCursor

    def test_other_keys_may_be_held_instead(self, canvas, document, settle):
        drag(canvas, (100, 100), (200, 100))
        canvas.set_held_keys(Qt.Key.Key_F3, Qt.Key.Key_F4, Qt.Key.Key_F5)
        QTest.keyPress(canvas, Qt.Key.Key_Backslash)
        assert not canvas.is_original_shown
        QTest.keyPress(canvas, Qt.Key.Key_F4)
        assert canvas.is_original_shown
        QTest.keyRelease(canvas, Qt.Key.Key_F4)
        assert not canvas.is_original_shown
        QTest.keyPress(canvas, Qt.Key.Key_F3)
        left = canvas.view.left
        drag(canvas, (200, 150), (230, 150))
        QTest.keyRelease(canvas, Qt.Key.Key_F3)
        assert canvas.view.left == left + 30
        assert document.history.position == 1

    def test_arrows_pan(self, canvas):
        left, top = canvas.view.left, canvas.view.top
        QTest.keyClick(canvas, Qt.Key.Key_Right)
        QTest.keyClick(canvas, Qt.Key.Key_Up)
        assert (canvas.view.left, canvas.view.top) == (left - 48, top + 48)
        QTest.keyClick(canvas, Qt.Key.Key_Left, SHIFT)
        assert canvas.view.left == min(left - 48 + 320, 200)


class TestPointer:
    def test_the_document_point_under_the_pointer_is_told(self, canvas):
        told: list[Point | None] = []
        canvas.hovered.connect(told.append)
        QTest.mouseMove(canvas, QPoint(30, 40))
        QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
        assert told == [Point(130, 90), None]

    def test_samples_are_those_of_the_document(self, canvas, document):
        source = document.stack.layers[0].source
        expected = source.read(Rect(130, 90, 1, 1))[0, 0]
        assert canvas.sample_at(Point(130.7, 90.2)) == tuple(expected)
        assert canvas.sample_at(Point(-1, 5)) is None
        assert canvas.sample_at(Point(700, 5)) is None

    def test_the_pick_tool_tells_the_samples(self, canvas):
        canvas.set_tool(ToolName.PICK)
        picked: list[tuple[int, ...]] = []
        canvas.picked.connect(picked.append)
        QTest.mouseClick(canvas, LEFT, NONE, QPoint(30, 40))
        assert picked[-1] == canvas.sample_at(Point(130, 90))

    def test_the_outline_has_the_brushs_true_size_and_no_hue(self, canvas, settle, document):
        canvas.set_brush(BrushSettings(80.0, hardness=1.0))
        settle(canvas)
        bare = grabbed(canvas)
        QTest.mouseMove(canvas, QPoint(200, 150))
        image = canvas.grab().toImage()
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(300, 400, 4)[..., 2::-1]
        drawn = np.argwhere((rows != bare).any(-1))
        distances = np.hypot(drawn[:, 1] + 0.5 - 200, drawn[:, 0] + 0.5 - 150)
        assert distances.min() > 37
        assert distances.max() < 43
        assert len(drawn) > 200

    def test_a_second_circle_shows_how_far_the_brush_is_hard(self, canvas, settle):
        canvas.set_brush(BrushSettings(80.0, hardness=0.5))
        settle(canvas)
        bare = grabbed(canvas)
        QTest.mouseMove(canvas, QPoint(100, 150))
        QTest.mouseMove(canvas, QPoint(200, 150))
        image = canvas.grab().toImage()
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(300, 400, 4)[..., 2::-1]
        drawn = np.argwhere((rows != bare).any(-1))
        distances = np.hypot(drawn[:, 1] + 0.5 - 200, drawn[:, 0] + 0.5 - 150)
        inner = distances[distances < 30]
        assert len(inner) > 60
        assert 18 < inner.min() < inner.max() < 22

    def test_each_tool_has_its_cursor(self, canvas):
        shapes = {}
        for tool in ToolName:
            canvas.set_tool(tool)
            shapes[tool] = canvas.cursor().shape()
        assert shapes[ToolName.PAN] == Qt.CursorShape.OpenHandCursor
        assert shapes[ToolName.PICK] == Qt.CursorShape.CrossCursor
        assert shapes[ToolName.BRUSH] == shapes[ToolName.ERASER] == Qt.CursorShape.BitmapCursor
        canvas.set_tool(ToolName.BRUSH)
        QTest.mousePress(canvas, MIDDLE, NONE, QPoint(30, 40))
        assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
        QTest.mouseRelease(canvas, MIDDLE, NONE, QPoint(30, 40))
        assert canvas.cursor().shape() == Qt.CursorShape.BitmapCursor


HIDPI = """
import sys
sys.path.insert(0, {root!r})
import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from core.document.document import Document
from core.document.layer import LayerStack
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from desktop.canvas import Canvas
from desktop.tools import BrushSettings

class Noise:
    width, height, channels = 900, 700, 3
    pixels = np.random.default_rng(0).integers(0, 65536, (700, 900, 3), np.uint16)
    def read(self, rect, level=0):
        return self.pixels[rect.slices(Rect(0, 0, 900, 700))][:: 1 << level, :: 1 << level]

app = QApplication([])
document = Document(LayerStack.of(Noise(), "noise"))
window = QWidget()
window.resize(500, 400)
canvas = Canvas(document, ColorProfile.of(None, 3), None, window)
canvas.setGeometry(33, 17, 301, 201)
window.show()
canvas.zoom_to(1.0)
canvas.pan_by(-100 - canvas.view.left, -50 - canvas.view.top)
canvas.set_brush(BrushSettings(20.0, hardness=1.0))
app.processEvents()
while not canvas.is_settled:
    app.processEvents()
ratio = canvas.devicePixelRatioF()
for grabbed, left, top in ((canvas.grab(), 0, 0), (window.grab(), 33 * ratio, 17 * ratio)):
    image = grabbed.toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., 2::-1]
    left, top = round(left), round(top)
    part = rows[top : top + 150, left : left + 250].astype(int)
    expected = np.rint(Noise.pixels[50:200, 100:350] / 257)
    assert np.abs(part - expected).max() <= 1, np.abs(part - expected).max()
QTest.mousePress(canvas, Qt.LeftButton, Qt.NoModifier, QPoint(40, 30))
QTest.mouseRelease(canvas, Qt.LeftButton, Qt.NoModifier, QPoint(40, 30))
mask = document.stack.layers[1].pixels.read(document.stack.rect)
rows, columns = np.nonzero(mask > 127)
assert abs(columns.mean() + 0.5 - (100 + 40 * ratio)) < 1, columns.mean()
assert abs(rows.mean() + 0.5 - (50 + 30 * ratio)) < 1, rows.mean()
assert columns.max() - columns.min() == 19
# Turned and mirrored it is no different.
canvas.turn(1)
canvas.mirror()
canvas.centre_on(Point(450, 350))
canvas.set_split(True)
document.undo()
app.processEvents()
while not canvas.is_settled:
    app.processEvents()
canvas.looking.split.move_to(9999)
seen = canvas.view.document_rect(Rect(30, 80, 120, 80), document.stack.rect)
image = canvas.grab().toImage()
rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., 2::-1]
expected = np.rint(Noise.pixels[seen.slices(document.stack.rect)] / 257).transpose(1, 0, 2)
assert (seen.width, seen.height) == (80, 120)
assert np.abs(rows[80:160, 30:150].astype(int) - expected).max() <= 1
canvas.detach()
print("ratio", ratio)
"""


@pytest.mark.parametrize("ratio", ["1", "1.5", "2"])
def test_at_100_percent_a_sample_is_one_device_pixel_on_every_screen(
    ratio: str, tmp_path: Path
) -> None:
    root = str(Path(__file__).resolve().parents[2])
    script = tmp_path / "hidpi.py"
    script.write_text(HIDPI.format(root=root))
    environment = {**os.environ, "QT_SCALE_FACTOR": ratio, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["ratio", str(float(ratio))]


def test_repainting_is_limited_to_what_changed(canvas, settle, qtbot: QtBot) -> None:
    settle(canvas)
    qtbot.wait(20)
    painted: list[Rect] = []
    draw = canvas._renderer.draw
    canvas._renderer.draw = lambda *args: painted.append(args[3]) or draw(*args)
    QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
    QTest.mouseMove(canvas, QPoint(110, 100))
    qtbot.wait(20)
    assert painted
    assert all(rect.width < 80 and rect.height < 60 for rect in painted), painted
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(110, 100))


def turn(canvas: Canvas, at: QPointF, units: int) -> None:
    """Turn the wheel."""
    event = QWheelEvent(
        at,
        canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, units),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def send_mouse(
    canvas: Canvas,
    kind: QEvent.Type,
    at: QPointF,
    buttons: Qt.MouseButton,
    modifiers: Qt.KeyboardModifier = NONE,
) -> None:
    """Send an event that QTest would give other buttons or modifiers."""
    event = QMouseEvent(
        kind, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, buttons, modifiers
    )
    QApplication.sendEvent(canvas, event)
