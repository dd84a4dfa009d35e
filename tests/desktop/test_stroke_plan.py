"""Wide strokes of colour seen from afar, by mouse and pen: the sketch, and what comes of it."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind
from core.errors import ImageReadError
from core.image.blend_modes import BlendMode
from core.image.geometry import Point, Rect
from core.image.retouch_stroke import RetouchStroke
from core.image.surface import U8, U16
from core.image.wide_stroke import WideStroke
from desktop import stroke_plan
from desktop.canvas import Canvas
from desktop.retouch_settings import RetouchSettings
from desktop.tools import BrushSettings, ToolName

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
RED = (60000, 5000, 9000)
PATH = [(90, 60), (150, 100), (220, 90), (260, 180), (200, 230)]
PEN = QPointingDevice(
    "pen",
    1500,
    QInputDevice.DeviceType.Stylus,
    QPointingDevice.PointerType.Pen,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
    1,
    3,
)
MakeCanvas = Callable[..., Canvas]


@pytest.fixture
def document(make_document: Callable[..., Document]) -> Document:
    """A painting of 1800 × 1300 with a retouch layer, half of it painted, and a mask in it."""
    document = make_document(1800, 1300)
    stack = document.stack.adding(LayerKind.RETOUCH, "retouch")
    pixels = np.zeros((500, 900, 4), np.uint16)
    pixels[...] = (9000, 20000, 40000, 50000)
    surface = stack.layer(3).pixels.writing(Rect(0, 300, 900, 500), pixels)
    marked = stack.layer(2).pixels.writing(Rect(500, 0, 700, 1300), np.full((1300, 700), 255, "u1"))
    stack = stack.with_surface(3, surface).with_surface(2, marked)
    document.do("Begin", stack.replacing(replace(stack.layer(2), opacity=0.0)))
    return document


@pytest.fixture
def canvas(document: Document, make_canvas: MakeCanvas) -> Canvas:
    """The whole painting at 22 %, and a brush of 300 px of red that is bound by no mask."""
    return in_hand(make_canvas(document))


def in_hand(canvas: Canvas) -> Canvas:
    canvas.set_retouch(True, 3)
    canvas.set_retouch_options(RetouchSettings(stays_inside=False))
    canvas.set_brush(BrushSettings(300.0, hardness=0.6))
    canvas.retouching.colors.use(RED)
    canvas.retouching.source.choose(Point(1500, 900))
    return canvas


def press(canvas: Canvas) -> None:
    QTest.mousePress(canvas, LEFT, NONE, QPoint(*PATH[0]))
    for place in PATH[1:]:
        QTest.mouseMove(canvas, QPoint(*place))


def release(canvas: Canvas) -> None:
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(*PATH[-1]))


def drag(canvas: Canvas) -> None:
    press(canvas)
    release(canvas)


def by_pen(canvas: Canvas) -> None:
    kinds = [QEvent.Type.TabletPress, *[QEvent.Type.TabletMove] * 3, QEvent.Type.TabletRelease]
    for number, (kind, place) in enumerate(zip(kinds, PATH, strict=True)):
        is_up = kind is QEvent.Type.TabletRelease
        at, button = QPointF(*place), Qt.MouseButton.NoButton if is_up else LEFT
        event = QTabletEvent(
            kind, PEN, at, canvas.mapToGlobal(at), 0.3 + 0.15 * number, 0, 0, 0, 0, 0,
            NONE, LEFT, button,
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)


def is_sketching(canvas: Canvas) -> bool:
    return isinstance(canvas.retouching._stroke, WideStroke)


def retouch(document: Document) -> U16:
    return document.stack.layer(3).pixels.read(document.stack.rect)


def grabbed(canvas: Canvas) -> U8:
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    image = canvas.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), :3].copy()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch):
    """No stroke ends before this is set."""
    gate, finish = threading.Event(), WideStroke.finish

    def finish_late(stroke):
        assert gate.wait(10)
        return finish(stroke)

    monkeypatch.setattr(WideStroke, "finish", finish_late)
    yield gate
    gate.set()


def brushed(**settings: object) -> Callable[[Canvas], None]:
    return lambda canvas: canvas.set_brush(BrushSettings(300.0, **settings))


def optioned(**options: object) -> Callable[[Canvas], None]:
    return lambda canvas: canvas.set_retouch_options(
        RetouchSettings(**{"stays_inside": False, **options})
    )


WAYS = {
    "plain": lambda canvas: None,
    "hard": brushed(hardness=1.0),
    "flow": brushed(hardness=0.2, opacity=0.7, flow=0.2),
    "pressure": brushed(pressure_size=True, pressure_opacity=True),
    "in mask": optioned(stays_inside=True),
    "multiply": optioned(mode=BlendMode.MULTIPLY),
    "color": optioned(mode=BlendMode.COLOR),
    "eraser": lambda canvas: (canvas.set_tool(ToolName.ERASER), brushed()(canvas)),
    "clone": lambda canvas: canvas.set_tool(ToolName.CLONE),
    "heal": lambda canvas: canvas.set_tool(ToolName.HEAL),
}


class TestResult:
    @pytest.mark.parametrize("way", WAYS)
    def test_committed_samples_are_those_of_a_stroke_without_a_sketch(
        self, canvas, document, make_canvas, monkeypatch, way
    ):
        lead = by_pen if way == "pressure" else drag
        WAYS[way](canvas)
        lead(canvas)
        canvas.end_stroke()
        step = document.history.commands[-1]
        painted = retouch(document)
        document.undo()
        untouched = retouch(document)
        assert not np.array_equal(painted, untouched)
        monkeypatch.setattr(stroke_plan, "is_wide", lambda radius_px, level: False)
        # Offsets of a clone are fixed by its first stroke: a canvas of its own has none yet.
        plain = in_hand(make_canvas(document))
        WAYS[way](plain)
        lead(plain)
        assert way == "heal" or document.history.position == 2, "committed at once"
        plain.end_stroke()
        assert document.history.commands[-1].label == step.label
        assert np.array_equal(retouch(document), painted)

    @pytest.mark.parametrize("way", WAYS)
    def test_what_is_seen_in_the_end_is_the_document(
        self, canvas, document, make_canvas, settle, qtbot, way
    ):
        WAYS[way](canvas)
        drag(canvas)
        qtbot.waitUntil(lambda: document.history.position == 2)
        assert not document.is_previewing
        settle(canvas)
        assert np.array_equal(grabbed(canvas), grabbed(make_canvas(document)))

    @pytest.mark.parametrize("way", [way for way in WAYS if way != "heal"])
    def test_what_is_seen_meanwhile_is_nearly_that(self, canvas, settle, way):
        WAYS[way](canvas)
        settle(canvas)
        before = grabbed(canvas).astype(int)
        press(canvas)
        assert is_sketching(canvas)
        sketched = grabbed(canvas).astype(int)
        release(canvas)
        canvas.end_stroke()
        settle(canvas)
        differs = np.abs(grabbed(canvas) - sketched)
        assert np.abs(sketched - before).max() > 8
        assert differs.mean() < 0.3
        assert np.mean(differs.max(2) > 12) < 0.01


class TestLife:
    def test_it_is_one_step_as_soon_as_it_is_laid(self, canvas, document, gate, qtbot):
        drag(canvas)
        assert document.history.position == 1
        assert document.is_previewing
        sketched = grabbed(canvas)
        gate.set()
        qtbot.waitUntil(lambda: document.history.position == 2)
        assert document.history.commands[-1].label == "Paint retouch"
        assert np.abs(grabbed(canvas).astype(int) - sketched).mean() < 0.3

    def test_the_next_stroke_comes_after_it(self, canvas, document, gate):
        drag(canvas)
        threading.Timer(0.05, gate.set).start()
        canvas.retouching.colors.use((100, 200, 300))
        press(canvas)
        assert document.history.position == 2
        release(canvas)
        canvas.end_stroke()
        assert document.history.position == 3
        assert tuple(retouch(document)[450, 800]) == (100, 200, 300, 65535)
        document.undo()
        assert tuple(retouch(document)[450, 800]) == (*RED, 65535)

    @pytest.mark.parametrize("end", ["end_stroke", "detach", "hide"])
    def test_it_is_not_lost_when_the_canvas_goes(self, canvas, document, gate, end):
        drag(canvas)
        threading.Timer(0.05, gate.set).start()
        getattr(canvas, end)()
        assert document.history.position == 2

    def test_a_stroke_whose_release_never_comes_is_ended(self, canvas, document):
        press(canvas)
        canvas.hide()
        assert document.history.position == 2
        assert tuple(retouch(document)[450, 800]) == (*RED, 65535)

    def test_undo_right_after_it_takes_it_back(self, canvas, document):
        before = document.stack
        drag(canvas)
        canvas.end_stroke()
        document.undo()
        assert document.stack is before

    def test_given_up_it_leaves_nothing(self, canvas, document, settle):
        before, threads = grabbed(canvas), set(threading.enumerate())
        press(canvas)
        (own,) = (one for one in threading.enumerate() if one.name == "stroke in full")
        assert own not in threads
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        settle(canvas)
        assert document.history.position == 1
        assert not document.is_previewing
        assert np.array_equal(grabbed(canvas), before)
        own.join(10)
        assert not own.is_alive()

    def test_it_is_laid_on_what_came_in_between(self, canvas, document, gate, qtbot):
        drag(canvas)
        surface = document.stack.layer(3).pixels
        patch = np.full((90, 90, 4), 65535, np.uint16)
        changed = surface.writing(Rect(1600, 1000, 90, 90), patch)
        document.do("Fill", document.stack.with_surface(3, changed))
        gate.set()
        qtbot.waitUntil(lambda: document.history.position == 3)
        assert (retouch(document)[1000:1090, 1600:1690] == 65535).all()
        assert tuple(retouch(document)[450, 800]) == (*RED, 65535)

    def test_what_cannot_be_read_leaves_the_document_as_it_was(
        self, canvas, document, monkeypatch, settle, qtbot
    ):
        before = grabbed(canvas)

        def fail(stroke, touches):
            if threading.current_thread().name == "stroke in full":
                raise ImageReadError("The file is gone.")
            return along(stroke, touches)

        along = RetouchStroke.along
        monkeypatch.setattr(RetouchStroke, "along", fail)
        with qtbot.waitSignal(canvas.retouching.hinted) as hint:
            QTest.mousePress(canvas, LEFT, NONE, QPoint(*PATH[0]))
            release(canvas)
        assert hint.args == ["The file is gone."]
        settle(canvas)
        assert document.history.position == 1
        assert not document.is_previewing
        assert np.array_equal(grabbed(canvas), before)


class TestView:
    def test_nearer_by_the_stroke_is_seen_and_led_in_full(self, canvas, document, settle):
        press(canvas)
        canvas.zoom_to(1.0)
        settle(canvas)
        QTest.mouseMove(canvas, QPoint(*PATH[-2]))
        assert not is_sketching(canvas)
        live = grabbed(canvas)
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(*PATH[-2]))
        assert document.history.position == 2, "committed at once"
        settle(canvas)
        assert np.abs(grabbed(canvas).astype(int) - live).max() <= 1

    @pytest.mark.parametrize("scale", [0.12, 1.0])
    def test_between_two_moves_the_sketch_is_seen_at_any_zoom(self, canvas, settle, scale):
        canvas.zoom_to(scale)
        settle(canvas)
        canvas.fit()
        settle(canvas)
        press(canvas)
        canvas.zoom_to(scale)
        settle(canvas)
        sketched = grabbed(canvas).astype(int)
        release(canvas)
        canvas.end_stroke()
        settle(canvas)
        differs = np.abs(grabbed(canvas) - sketched)
        assert differs.mean() < 1.0

    def test_the_colour_under_the_pointer_is_that_of_the_sketch(self, canvas):
        press(canvas)
        assert canvas.sample_at(Point(800, 450)) == RED
        release(canvas)

    def test_the_colour_it_began_with_stays_whatever_is_picked_meanwhile(
        self, canvas, document, gate
    ):
        drag(canvas)
        document.do("Fill", document.stack.with_surface(3, document.stack.layer(3).pixels.writing(
            Rect(0, 0, 9, 9), np.full((9, 9, 4), 65535, np.uint16)
        )))  # fmt: skip
        canvas.retouching.colors.use((1, 2, 3))
        gate.set()
        canvas.end_stroke()
        assert tuple(retouch(document)[450, 800]) == (*RED, 65535)

    @pytest.mark.parametrize("is_ended", [False, True])
    def test_tiles_asked_for_before_the_stroke_do_not_take_it_off_the_screen(
        self, canvas, settle, qtbot, is_ended
    ):
        renderer, gates, begun = canvas._renderer, [threading.Event(), threading.Event()], []
        make = renderer._queue._make

        def make_late(request):
            tile = make(request)
            begun.append(request)
            assert gates[not is_first(request)].wait(10)
            return tile

        def is_first(request):
            return request.layers is layers

        settle(canvas)
        layers, renderer._queue._make = renderer.layers, make_late
        renderer.prepare(None)
        renderer.prepare(3)
        qtbot.waitUntil(lambda: len(begun) == 2)
        press(canvas)
        sketched = grabbed(canvas).astype(int)
        if is_ended:
            release(canvas)
            canvas.end_stroke()
        gates[0].set()
        qtbot.waitUntil(lambda: not all(map(is_first, begun)) if is_ended else renderer.is_settled)
        assert np.abs(grabbed(canvas) - sketched).mean() < 0.3
        gates[1].set()
        release(canvas)
        canvas.end_stroke()
        settle(canvas)
        assert np.abs(grabbed(canvas) - sketched).mean() < 0.3

    def test_a_narrow_brush_is_led_in_full(self, canvas, document):
        canvas.set_brush(BrushSettings(40.0))
        press(canvas)
        assert not is_sketching(canvas)
        release(canvas)
        assert document.history.position == 2

    def test_grey_paintings_are_sketched_too(self, make_document, make_canvas, qtbot):
        document = make_document(pixels=np.full((1300, 1800, 1), 20000, np.uint16))
        canvas = make_canvas(document)
        canvas.set_retouch(True, None)
        canvas.set_brush(BrushSettings(300.0))
        canvas.retouching.colors.use((50000,))
        press(canvas)
        assert is_sketching(canvas)
        release(canvas)
        qtbot.waitUntil(lambda: document.history.position == 1)
        assert composite(document.stack, document.stack.rect).max() == 50000
