from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pytest
from PySide6.QtGui import QColor, QColorSpace
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.thumbnail import thumbnail_level
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import U16
from desktop.display_color import DisplayColor
from desktop.jobs import Jobs
from desktop.thumbnails import SIDE_PX, Thumbnails


class Desk(NamedTuple):
    document: Document
    thumbnails: Thumbnails


@pytest.fixture
def desk(qtbot: QtBot, make_document: Callable[..., Document]) -> Iterator[Desk]:
    document, jobs = make_document(700, 500), Jobs()
    document.do("Add", document.stack.adding(LayerKind.RETOUCH, "retouch"))
    color = DisplayColor(ColorProfile.of(None, 3), None)
    thumbnails = Thumbnails(document, color, jobs)
    qtbot.waitUntil(lambda: thumbnails.is_settled)
    yield Desk(document, thumbnails)
    thumbnails.close()
    jobs.close()


def test_each_layer_with_pixels_has_a_small_picture(desk: Desk) -> None:
    document, thumbnails = desk
    document.do("Group", document.stack.adding(LayerKind.GROUP, "group"))
    for layer in document.stack.layers[:3]:
        image = thumbnails(layer.id)
        assert image is not None
        assert SIDE_PX / 2 < image.width() <= SIDE_PX
        assert image.height() < image.width()
    assert thumbnails(document.stack.layers[3].id) is None


def test_a_thumbnail_follows_what_is_painted(qtbot: QtBot, desk: Desk) -> None:
    document, thumbnails = desk
    half = Rect(0, 0, 350, 500)
    red = np.zeros((500, 350, 4), np.uint16)
    red[..., [0, 3]] = 65535
    stack = document.stack
    stack = stack.with_surface(3, stack.layer(3).pixels.writing(half, red))
    mask = stack.layer(2).pixels.writing(half, np.full((500, 350), 255, np.uint8))
    document.do("Paint", stack.with_surface(2, mask))
    assert not thumbnails.is_settled
    qtbot.waitUntil(lambda: thumbnails.is_settled)
    retouch, marks = thumbnails(3), thumbnails(2)
    assert retouch is not None
    assert marks is not None
    width, middle = retouch.width(), retouch.height() // 2
    assert retouch.pixelColor(2, middle) == QColor(255, 0, 0)
    right = retouch.pixelColor(width - 2, middle)
    assert right.red() == right.green() == right.blue()
    assert marks.pixelColor(2, middle) == QColor(255, 255, 255)
    assert marks.pixelColor(width - 2, middle) == QColor(0, 0, 0)


def test_only_layers_that_changed_are_made_anew(qtbot: QtBot, desk: Desk) -> None:
    document, thumbnails = desk
    before = {layer_id: thumbnails(layer_id) for layer_id in (1, 2, 3)}
    stack = document.stack
    mask = stack.layer(2).pixels.writing(Rect(0, 0, 9, 9), np.full((9, 9), 255, np.uint8))
    document.do("Paint", stack.with_surface(2, mask))
    qtbot.waitUntil(lambda: thumbnails.is_settled)
    assert thumbnails(1) is before[1]
    assert thumbnails(3) is before[3]
    assert thumbnails(2) is not before[2]


def test_a_painting_that_is_slow_to_read_is_shown_better_later(qtbot: QtBot) -> None:
    class Slow:
        width, height, channels, is_growing = 300, 200, 3, True
        is_ready = False

        def read(self, rect: Rect, level: int = 0) -> U16:
            assert self.is_ready
            return self.coarse(rect, level) * 2

        def coarse(self, rect: Rect, level: int) -> U16:
            area = rect.at_level(level)
            return np.full((area.height, area.width, 3), 20000, np.uint16)

        def has(self, rect: Rect, level: int) -> bool:
            return self.is_ready

        def is_near(self, level: int) -> bool:
            return False

    source, jobs = Slow(), Jobs()
    document = Document(LayerStack.of(source, "painting"))
    thumbnails = Thumbnails(document, DisplayColor(ColorProfile.of(None, 3), None), jobs)
    qtbot.waitUntil(lambda: thumbnails(1) is not None)
    first = thumbnails(1)
    assert not thumbnails.is_settled
    source.is_ready = True
    qtbot.waitUntil(lambda: thumbnails.is_settled)
    last = thumbnails(1)
    assert first is not None
    assert last is not None
    assert last.pixelColor(5, 5).lightness() > first.pixelColor(5, 5).lightness()
    thumbnails.close()
    jobs.close()


def test_they_are_made_anew_for_another_monitor(qtbot: QtBot, desk: Desk) -> None:
    thumbnails = desk.thumbnails
    before = thumbnails(1)
    assert before is not None
    wide = QColorSpace(QColorSpace.NamedColorSpace.ProPhotoRgb)
    thumbnails.set_monitor(wide)
    assert thumbnails(1) is before, "until it is there, the former one is shown"
    qtbot.waitUntil(lambda: thumbnails.is_settled)
    source = desk.document.stack.layers[0].source
    assert source is not None
    color = DisplayColor(ColorProfile.of(None, 3), None, wide)
    level = thumbnail_level(desk.document.stack, SIDE_PX)
    assert thumbnails(1) == color.to_display(source.read(desk.document.stack.rect, level))
    assert thumbnails(1) != before
