import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.errors import ImageReadError
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect, TileKey
from core.image.pyramid import Pyramid
from core.image.surface import U8, U16
from core.image.tile_cache import TileCache
from desktop.display_color import DisplayColor
from desktop.display_memory import DisplayMemory
from desktop.display_tile import DisplayKey
from desktop.orientation import UPRIGHT, Orientation
from desktop.tile_renderer import TileRenderer
from desktop.view import View

MakeDocument = Callable[..., Document]
VIEWPORT = Rect(0, 0, 400, 300)
SOMEBODY = Provenance("telea", "Telea", "1", "classical", "cpu", False)


@pytest.fixture
def make_renderer(qtbot: QtBot) -> Iterator[Callable[..., TileRenderer]]:
    made: list[TileRenderer] = []

    def make(layers: LayerStack, **options: DisplayMemory) -> TileRenderer:
        color = DisplayColor(ColorProfile.of(None, layers.channels), None)
        made.append(TileRenderer(layers, color, **options))
        return made[-1]

    yield make
    for renderer in made:
        renderer.close()


def draw(renderer: TileRenderer, view: View, is_original: bool = False) -> U8:
    """Return what is drawn now, (300, 400, 3); magenta where nothing is."""
    image = QImage(VIEWPORT.width, VIEWPORT.height, QImage.Format.Format_RGB32)
    image.fill(QColor(255, 0, 255))
    painter = QPainter(image)
    renderer.draw(painter, view, VIEWPORT, VIEWPORT, is_original)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(VIEWPORT.height, -1, 4)
    return rows[:, :, 2::-1].copy()


def drawn(renderer: TileRenderer, view: View, qtbot: QtBot, is_original: bool = False) -> U8:
    """Return what is drawn once all is there."""
    draw(renderer, view, is_original)
    qtbot.waitUntil(lambda: renderer.is_settled, timeout=5000)
    return draw(renderer, view, is_original)


def patched(layers: LayerStack, rect: Rect, value: int) -> LayerStack:
    layers = layers.adding(LayerKind.RETOUCH, "retouch")
    pixels = np.full((rect.height, rect.width, 3), value, np.uint16)
    coverage = np.full((rect.height, rect.width), 65535, np.uint16)
    return layers.placing(Patch(rect, pixels, coverage, SOMEBODY), layers.next_id - 1)


def marked(layers: LayerStack, rect: Rect, value: int = 255) -> LayerStack:
    mask = layers.of_kind(LayerKind.MASK)[0]
    pixels = np.full((rect.height, rect.width), value, np.uint8)
    return layers.with_surface(mask.id, mask.pixels.writing(rect, pixels))


def test_at_100_percent_each_sample_is_one_pixel(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    stack = make_document().stack
    pixels = drawn(make_renderer(stack), View(1.0, -123, -77), qtbot)
    source = stack.layers[0].source
    assert source is not None
    expected = np.rint(source.read(Rect(123, 77, 400, 300)) / 257)
    assert np.abs(pixels - expected).max() <= 1


@pytest.mark.parametrize("level", [1, 2])
def test_at_powers_of_two_each_pixel_is_the_mean_of_its_samples(
    make_document: MakeDocument,
    make_renderer: Callable[..., TileRenderer],
    qtbot: QtBot,
    level: int,
) -> None:
    rng = np.random.default_rng(0)
    document = make_document(pixels=rng.integers(0, 65536, (500, 700, 3), np.uint16))
    pixels = drawn(make_renderer(document.stack), View(0.5**level), qtbot)
    source = document.stack.layers[0].source
    assert source is not None
    expected = np.rint(source.read(document.stack.rect, level) / 257)
    height, width = min(300, expected.shape[0]), min(400, expected.shape[1])
    assert np.abs(pixels[:height, :width] - expected[:height, :width]).max() <= 1


@pytest.mark.parametrize("scale", [0.3, 0.437, 0.51, 0.8, 0.999, 1.3, 1.7, 2.9, 7.31])
def test_tiles_join_without_a_seam(
    make_document: MakeDocument,
    make_renderer: Callable[..., TileRenderer],
    qtbot: QtBot,
    scale: float,
) -> None:
    view = View(scale, -round(200 * scale), -round(180 * scale))
    pixels = drawn(make_renderer(make_document().stack), view, qtbot).astype(int)
    right, bottom = int((700 - 200) * scale) - 1, int((500 - 180) * scale) - 1
    inside = pixels[: min(300, bottom), : min(400, right)]
    # A smooth picture: neighbours differ by what a pixel's step through the gradient is.
    step = max(1.0, 0.35 / scale) * 1.6 + 1
    assert np.abs(np.diff(inside, axis=0)).max() <= step
    assert np.abs(np.diff(inside, axis=1)).max() <= step


EIGHT = [
    oriented
    for quarters in range(4)
    for oriented in (UPRIGHT.turned(quarters), UPRIGHT.turned(quarters).mirrored())
]


def seen(pixels: np.ndarray, orientation: Orientation) -> np.ndarray:
    """Return a picture turned and mirrored by NumPy."""
    turned = np.rot90(pixels, -orientation.degrees // 90)
    return turned[:, ::-1] if orientation.is_mirrored else turned


@pytest.mark.parametrize("orientation", EIGHT, ids=str)
@pytest.mark.parametrize("scale", [1.0, 2.0, 0.5])
def test_turned_and_mirrored_each_sample_is_where_it_should_be(
    make_document: MakeDocument,
    make_renderer: Callable[..., TileRenderer],
    qtbot: QtBot,
    orientation: Orientation,
    scale: float,
) -> None:
    samples = np.random.default_rng(0).integers(0, 65536, (360, 440, 3), np.uint16)
    document = make_document(pixels=samples)
    picture = document.stack.rect
    view = View(scale, orientation=orientation).centred(Point(220.0, 180.0), 400, 300)
    pixels = drawn(make_renderer(document.stack), view, qtbot)
    source = document.stack.layers[0].source
    assert source is not None
    expected = np.rint(source.read(picture, int(scale == 0.5)) / 257)
    if scale == 2.0:
        expected = expected.repeat(2, 0).repeat(2, 1)
    expected = seen(expected, orientation)
    where = view.device_rect(picture)
    part = where.intersection(VIEWPORT)
    assert np.abs(pixels[part.slices(VIEWPORT)] - expected[part.slices(where)]).max() <= 1


@pytest.mark.parametrize("orientation", EIGHT, ids=str)
@pytest.mark.parametrize("scale", [0.437, 0.8, 1.3, 2.9])
def test_turned_tiles_join_without_a_seam(
    make_document: MakeDocument,
    make_renderer: Callable[..., TileRenderer],
    qtbot: QtBot,
    orientation: Orientation,
    scale: float,
) -> None:
    document = make_document()
    view = View(scale, orientation=orientation).centred(Point(300.0, 260.0), 400, 300)
    pixels = drawn(make_renderer(document.stack), view, qtbot).astype(int)
    part = view.device_rect(document.stack.rect).expanded(-2).intersection(VIEWPORT)
    inside = pixels[part.slices(VIEWPORT)]
    step = max(1.0, 0.35 / scale) * 1.6 + 1
    assert np.abs(np.diff(inside, axis=0)).max() <= step
    assert np.abs(np.diff(inside, axis=1)).max() <= step


def test_from_200_percent_on_samples_are_shown_as_squares(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    rng = np.random.default_rng(0)
    document = make_document(pixels=rng.integers(0, 65536, (100, 100, 3), np.uint16))
    pixels = drawn(make_renderer(document.stack), View(4.0), qtbot)
    source = document.stack.layers[0].source
    assert source is not None
    expected = np.rint(source.read(Rect(0, 0, 100, 75)) / 257).repeat(4, 0).repeat(4, 1)
    assert np.abs(pixels - expected).max() <= 1


def test_grey_paintings_are_drawn(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    document = make_document(pixels=np.full((300, 400, 1), 128 * 257, np.uint16))
    assert (drawn(make_renderer(document.stack), View(1.0), qtbot) == 128).all()


def test_a_new_mask_shows_at_once_and_leaves_the_rest(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    stack = make_document().stack
    renderer = make_renderer(stack)
    renderer.set_overlay_color(QColor(0, 200, 0))
    before = drawn(renderer, View(1.0), qtbot)
    rect = Rect(240, 100, 40, 50)
    after_stack = marked(stack, rect)
    renderer.set_layers(after_stack, rect)
    after = draw(renderer, View(1.0))
    where = rect.slices(VIEWPORT)
    expected = before[where] * 0.498 + np.array([0, 200, 0]) * 0.502
    assert np.abs(after[where] - expected).max() <= 1.5
    after[where] = before[where]
    assert np.array_equal(after, before)
    renderer.set_layers(stack, rect)
    assert np.array_equal(draw(renderer, View(1.0)), before)


@pytest.mark.parametrize("scale", [0.5, 0.37, 1.6])
def test_a_mask_drawn_piece_by_piece_looks_like_one_drawn_at_once(
    make_document: MakeDocument,
    make_renderer: Callable[..., TileRenderer],
    qtbot: QtBot,
    scale: float,
) -> None:
    layers = make_document().stack
    renderer = make_renderer(layers)
    drawn(renderer, View(scale), qtbot)
    for x in range(0, 600, 37):
        rect = Rect(x, x // 2, 53, 31)
        layers = marked(layers, rect, 90 + x // 4)
        renderer.set_layers(layers, rect)
        draw(renderer, View(scale))
    at_once = drawn(make_renderer(layers), View(scale), qtbot)
    assert np.array_equal(draw(renderer, View(scale)), at_once)


def test_another_overlay_colour_recolours_what_is_marked(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    renderer = make_renderer(marked(make_document().stack, Rect(0, 0, 50, 50)))
    red = drawn(renderer, View(1.0), qtbot)[10, 10]
    renderer.set_overlay_color(QColor(0, 0, 255))
    blue = draw(renderer, View(1.0))[10, 10]
    assert red[0] > 120 > red[2]
    assert blue[2] > 120 > blue[0]


def test_retouch_appears_and_the_original_can_still_be_seen(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    stack = make_document().stack
    renderer = make_renderer(stack)
    before = drawn(renderer, View(1.0), qtbot)
    rect = Rect(200, 100, 120, 90)
    renderer.set_layers(marked(patched(stack, rect, 65535), rect), rect)
    after = drawn(renderer, View(1.0), qtbot)
    assert (after[120, 250] == [255, 127, 127]).all(), "white under half a red"
    assert np.array_equal(draw(renderer, View(1.0), is_original=True), before)


def test_while_a_tile_is_made_a_coarser_one_stands_for_it(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    renderer = make_renderer(make_document().stack)
    drawn(renderer, View(0.25), qtbot)
    meanwhile = draw(renderer, View(1.0, -100, -50)).astype(int)
    final = drawn(renderer, View(1.0, -100, -50), qtbot).astype(int)
    assert np.abs(meanwhile - final).max() <= 3


def test_while_zooming_out_finer_tiles_stand_in(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    rng = np.random.default_rng(0)
    noise = np.repeat(np.repeat(rng.integers(0, 65536, (50, 70, 3), np.uint16), 10, 0), 10, 1)
    renderer = make_renderer(make_document(pixels=noise).stack)
    drawn(renderer, View(0.5), qtbot)
    at_quarter = View(0.26)
    meanwhile = draw(renderer, at_quarter).astype(int)
    final = drawn(renderer, at_quarter, qtbot).astype(int)
    assert np.abs(meanwhile - final)[:120, :170].mean() < 12


class GrowingSource:
    """A source whose samples are slow at first: until `is_ready` it has but a flat grey."""

    width, height, channels = 3000, 2500, 3

    def __init__(self) -> None:
        self.is_ready = False
        self.is_broken = False
        self.slow_reads = 0

    def has(self, rect: Rect, level: int) -> bool:
        return self.is_ready

    is_growing = False

    def is_near(self, level: int) -> bool:
        return level <= 1

    def coarse(self, rect: Rect, level: int) -> U16:
        area = rect.at_level(level)
        return np.full((area.height, area.width, 3), 30000, np.uint16)

    def read(self, rect: Rect, level: int = 0) -> U16:
        if self.is_broken:
            raise ImageReadError("The painting is gone.")
        if not self.is_ready:
            self.slow_reads += 1
        area = rect.at_level(level)
        return np.full((area.height, area.width, 3), 60000, np.uint16)


def test_what_is_still_being_read_is_shown_coarsely_first(
    make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    source = GrowingSource()
    renderer = make_renderer(LayerStack.of(source, "slow"))
    view = View(0.125)
    draw(renderer, view)
    qtbot.waitUntil(lambda: renderer.has_picture, timeout=2000)
    assert (draw(renderer, view)[100, 100] == 30000 // 257 + 1).all()
    assert not renderer.is_settled
    assert source.slow_reads == 0
    source.is_ready = True
    qtbot.waitUntil(lambda: renderer.is_settled, timeout=2000)
    assert (draw(renderer, view)[100, 100] == 60000 // 257).all()


def test_at_full_size_tiles_are_read_from_the_file_without_waiting(
    make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    source = GrowingSource()
    renderer = make_renderer(LayerStack.of(source, "slow"))
    draw(renderer, View(1.0))
    qtbot.waitUntil(lambda: source.slow_reads >= 4, timeout=2000)


class ArrayFile:
    """A picture file in memory, whose way through all bands can be held up."""

    width, height, channels = 3000, 2600, 3

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.pixels = rng.integers(0, 65536, (self.height, self.width, 3), np.uint16)
        self.may_go = threading.Event()

    def read(self, rect: Rect) -> U16:
        return self.pixels[rect.y : rect.bottom, rect.x : rect.right].copy()

    def sample(self, level: int) -> U16 | None:
        return self.pixels[:: 1 << level, :: 1 << level].copy()

    def bands(self) -> Iterator[tuple[Rect, U16]]:
        for top in range(0, self.height, 512):
            self.may_go.wait(5)
            rect = Rect(0, top, self.width, min(512, self.height - top))
            yield rect, self.read(rect)


def test_a_painting_sharpens_while_its_pyramid_is_built(
    make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    file = ArrayFile()
    pyramid = Pyramid(file, TileCache(64 << 20))
    pyramid.sketch()
    view = View(0.125)
    renderer = make_renderer(LayerStack.of(pyramid, "painting"))
    builder = threading.Thread(target=pyramid.build)
    builder.start()
    draw(renderer, view)
    qtbot.waitUntil(lambda: renderer.has_picture, timeout=2000)
    assert not renderer.is_settled
    file.may_go.set()
    qtbot.waitUntil(lambda: renderer.is_settled, timeout=5000)
    builder.join()
    expected = np.rint(pyramid.read(Rect(0, 0, 3000, 2400), 3) / 257)
    assert np.abs(draw(renderer, view)[:300, :375].astype(int) - expected).max() <= 1


def test_a_source_that_fails_is_told_once_and_the_rest_is_drawn(
    make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    source = GrowingSource()
    source.is_ready = source.is_broken = True
    renderer = make_renderer(LayerStack.of(source, "gone"))
    told: list[str] = []
    renderer.failed.connect(told.append)
    drawn(renderer, View(1.0), qtbot)
    assert told == ["The painting is gone."]
    drawn(renderer, View(1.0, -600, -600), qtbot)
    assert told == ["The painting is gone."]


def test_workers_never_see_the_surface_under_the_brush(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    stack = make_document().stack
    mask = stack.of_kind(LayerKind.MASK)[0]
    renderer = make_renderer(stack)
    drawn(renderer, View(0.25), qtbot)
    renderer.begin_stroke(mask.id, mask.pixels)
    tile = np.zeros((256, 256), np.uint8)
    painted = replace(mask, surface=mask.pixels.with_tiles({}))
    tile[10:20, 10:20] = 255
    live = stack.with_surface(mask.id, replace(mask.pixels, tiles={TileKey(0, 0): tile}))
    renderer.set_layers(live, Rect(10, 10, 10, 10))
    pixels = drawn(renderer, View(1.0), qtbot)
    assert pixels[15, 15, 0] > 100, "tiles made meanwhile show what is being painted"
    renderer.end_stroke()
    renderer.set_layers(stack.replacing(painted), Rect(10, 10, 10, 10))
    assert pixels[15, 15, 0] > draw(renderer, View(1.0))[15, 15, 0]


def test_a_brush_finds_ready_what_lies_below_its_layer(
    make_document: MakeDocument,
    make_renderer: Callable[..., TileRenderer],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spot, view = Rect(60, 40, 120, 90), View(0.5)
    stack = patched(patched(make_document().stack, spot, 9000), Rect(100, 60, 30, 30), 60000)
    lower, upper = stack.of_kind(LayerKind.RETOUCH)
    renderer = make_renderer(stack)
    drawn(renderer, view, qtbot)
    renderer.prepare(upper.id)
    drawn(renderer, view, qtbot)
    for below in (stack, stack.replacing(replace(lower, opacity=0.5))):
        renderer.set_layers(below, spot)
        drawn(renderer, view, qtbot)
        monkeypatch.setattr("desktop.display_tile.ground_of", lambda *_: pytest.fail("too late"))
        renderer.begin_stroke(upper.id, upper.pixels)
        pixels = np.full((50, 50, 4), 65535, np.uint16)
        painted = below.with_surface(upper.id, upper.pixels.writing(Rect(80, 50, 50, 50), pixels))
        renderer.set_layers(painted, Rect(80, 50, 50, 50))
        live = draw(renderer, view)
        renderer.end_stroke()
        monkeypatch.undo()
        assert np.array_equal(live, drawn(make_renderer(painted), view, qtbot))
    renderer.prepare(None)
    assert np.array_equal(live, drawn(renderer, view, qtbot))


def test_tiles_out_of_sight_are_dropped_within_the_budget(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    document = make_document(3000, 2000)
    renderer = make_renderer(document.stack, memory=DisplayMemory(4 << 20))
    for x in range(0, 2600, 200):
        drawn(renderer, View(1.0, -x, -x // 2), qtbot)
    assert renderer.nbytes <= 4 << 20


def test_canvases_share_one_budget_and_hidden_ones_make_room(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    memory = DisplayMemory(4 << 20)
    document = make_document(3000, 2000)
    first, second = (make_renderer(document.stack, memory=memory) for _ in range(2))
    for x in range(0, 1600, 200):
        drawn(first, View(1.0, -x, -x // 2), qtbot)
    shown = draw(first, View(1.0, -1400, -700))
    first.drop_unseen()
    assert first.nbytes > 0
    for x in range(0, 1600, 200):
        drawn(second, View(1.0, -x, -x // 2), qtbot)
        assert memory.nbytes <= 4 << 20
    second.drop_unseen()
    assert np.array_equal(drawn(first, View(1.0, -1400, -700), qtbot), shown)
    assert memory.nbytes <= 4 << 20


def test_an_edit_while_a_tile_is_made_is_not_lost(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    document = make_document()
    stack = document.stack
    source = stack.layers[0].source
    assert source is not None
    gate, read = threading.Event(), source.read

    def slow_read(rect: Rect, level: int = 0) -> U16:
        gate.wait(5)
        return read(rect, level)

    source.read = slow_read  # type: ignore[method-assign]
    renderer = make_renderer(stack)
    draw(renderer, View(1.0))
    qtbot.wait(30)
    rect = Rect(20, 20, 60, 60)
    edited = marked(patched(stack, rect, 65535), Rect(20, 20, 30, 60))
    renderer.set_layers(edited, rect)
    draw(renderer, View(1.0))
    gate.set()
    qtbot.waitUntil(lambda: renderer.is_settled, timeout=5000)
    at_once = drawn(make_renderer(edited), View(1.0), qtbot)
    assert np.array_equal(drawn(renderer, View(1.0), qtbot), at_once)


def test_the_overview_follows_an_edit_out_of_sight(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    stack, edited = make_document().stack, Rect(600, 400, 60, 60)
    renderer = make_renderer(stack)
    drawn(renderer, View(2.0), qtbot)
    renderer.set_layers(patched(stack, edited, 65535), edited)
    qtbot.waitUntil(lambda: renderer.is_settled, timeout=5000)
    overview = renderer.overview()
    assert overview is not None
    assert overview.pixelColor(630 >> renderer.max_level, 430 >> renderer.max_level).red() == 255


def test_a_closed_renderer_leaves_no_threads(
    make_document: MakeDocument, make_renderer: Callable[..., TileRenderer], qtbot: QtBot
) -> None:
    renderer = make_renderer(make_document().stack)
    draw(renderer, View(1.0))
    renderer.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tiles")]


def test_tiles_of_all_levels_cover_the_picture() -> None:
    picture = Rect(0, 0, 1000, 700)
    for level in range(3):
        key = DisplayKey(level, 0, 0)
        assert key.within(picture) == Rect(0, 0, min(256, 1000 >> level), min(256, 700 >> level))
    assert DisplayKey(2, 0, 0).document_rect(picture) == picture
    assert DisplayKey(1, 1, 1).parent == DisplayKey(2, 0, 0)
    assert set(DisplayKey(2, 0, 0).children()) == {
        DisplayKey(1, x, y) for x in (0, 1) for y in (0, 1)
    }
