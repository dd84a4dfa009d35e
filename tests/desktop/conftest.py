"""Paintings in memory, canvases on them, and the patience to let them settle."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.reduction import area_mean
from core.image.surface import U16
from desktop.canvas import Canvas
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage
from desktop.places import Places
from desktop.preferences import Preferences
from desktop.theme import apply_theme


class ArraySource:
    """A painting in memory, as a PixelSource."""

    def __init__(self, pixels: U16) -> None:
        self.pixels = pixels
        self.height, self.width, self.channels = pixels.shape

    def read(self, rect: Rect, level: int = 0) -> U16:
        picture = Rect(0, 0, self.width, self.height)
        whole = rect.at_level(level).from_level(level).intersection(picture)
        return area_mean(self.pixels[whole.slices(picture)], level)


def gradient(width: int, height: int, channels: int = 3) -> U16:
    """Return a smooth picture whose every sample tells where it is."""
    x = np.linspace(4000, 60000, width)[None, :]
    y = np.linspace(3000, 50000, height)[:, None]
    planes = [x + 0 * y, y + 0 * x, (x + y) / 2]
    return np.stack(planes[:channels], -1).astype(np.uint16)


MakeDocument = Callable[..., Document]
MakeCanvas = Callable[..., Canvas]
Settle = Callable[[Canvas], None]


@pytest.fixture
def make_document() -> MakeDocument:
    """Give a function that makes a document of a gradient, or of the pixels given."""

    def make(width: int = 700, height: int = 500, pixels: U16 | None = None) -> Document:
        pixels = gradient(width, height) if pixels is None else pixels
        return Document(LayerStack.of(ArraySource(pixels), "painting"))

    return make


@pytest.fixture
def make_marked(make_document: MakeDocument) -> MakeDocument:
    """Give a function that makes a document of 2000 × 200 on whose mask rectangles are marked."""

    def make(*losses: Rect) -> Document:
        document = make_document(2000, 200)
        mask = document.stack.of_kind(LayerKind.MASK)[0]
        surface = mask.pixels
        for rect in losses:
            surface = surface.writing(rect, np.full((rect.height, rect.width), 255, np.uint8))
        document.do("Paint mask", document.stack.with_surface(mask.id, surface))
        return document

    return make


@pytest.fixture
def settle(qtbot: QtBot) -> Settle:
    """Give a function that waits until a canvas has drawn all in its final form."""

    def wait(canvas: Canvas) -> None:
        canvas.update()
        qtbot.wait(1)
        qtbot.waitUntil(lambda: canvas.is_settled, timeout=10_000)

    return wait


@pytest.fixture
def make_canvas(qtbot: QtBot, settle: Settle) -> Iterator[MakeCanvas]:
    """Give a function that shows a document in an untagged (sRGB) canvas, settled."""
    made: list[Canvas] = []

    def make(document: Document, width: int = 400, height: int = 300) -> Canvas:
        channels = document.stack.channels
        canvas = Canvas(document, ColorProfile.of(None, channels), None)
        qtbot.addWidget(canvas)
        canvas.resize(width, height)
        canvas.show()
        qtbot.waitExposed(canvas)
        settle(canvas)
        made.append(canvas)
        return canvas

    yield make
    for canvas in made:
        canvas.detach()


# The window: paintings on disk, and a window with a home of its own.

WritePainting = Callable[..., Path]
OpenIn = Callable[..., PaintingPage]


@pytest.fixture
def finished(qtbot: QtBot, canvas: Canvas) -> Callable[[], None]:
    """Wait until what the test's own `canvas` masks is done."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not canvas.masking.is_busy, timeout=10_000)

    return wait


@pytest.fixture
def write_painting(tmp_path: Path) -> WritePainting:
    """Give a function that writes a gradient as a 16-bit TIFF of 300 dpi."""

    def write(name: str = "painting.tif", width: int = 300, height: int = 200) -> Path:
        path = tmp_path / name
        tifffile.imwrite(
            path,
            gradient(width, height),
            photometric="rgb",
            resolution=(300, 300),
            resolutionunit=2,
            metadata=None,
        )
        return path

    return write


@pytest.fixture(scope="session")
def themed(qapp: QApplication) -> QApplication:
    """Give the application its look, once: each time all widgets there are would be styled anew."""
    apply_theme(qapp)
    return qapp


@pytest.fixture
def window(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    """Show a window whose settings and projects lie in a fresh folder."""
    shown = MainWindow(Preferences(Places.under(tmp_path / "home")))
    qtbot.addWidget(shown)
    shown.resize(1300, 850)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    shown.close()


@pytest.fixture
def open_in(qtbot: QtBot, settle: Settle) -> OpenIn:
    """Give a function that opens a painting in a window, and waits until it is drawn."""

    def opened(window: MainWindow, path: Path) -> PaintingPage:
        window.files.open(path)

        def is_shown() -> bool:
            page = window.page
            return page is not None and page.session.path == path

        qtbot.waitUntil(is_shown, timeout=10_000)
        page = window.page
        assert page is not None
        settle(page.canvas)
        return page

    return opened
