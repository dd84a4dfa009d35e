import threading
import time

import numpy as np
import pytest

from core.errors import ImageReadError
from core.image.brush import Brush
from core.image.geometry import Point, Rect
from core.image.paint import ClonePaint, FlatPaint
from core.image.retouch_stroke import RetouchStroke
from core.image.surface import U16, Surface
from core.image.trailing import Trailing

PICTURE = Rect(0, 0, 900, 700)
PATH = [(Point(40.0 + 3 * step, 80.0 + 2 * step), step / 200) for step in range(200)]


def begun() -> RetouchStroke:
    brush = Brush(35.0, hardness=0.4, pressure_size=True)
    return RetouchStroke(brush, Surface.retouch(3), FlatPaint((9000, 20000, 60000)), PICTURE)


def test_it_lays_what_the_stroke_itself_would() -> None:
    led, trailing = begun(), Trailing(begun())
    for touch in PATH:
        led.to(*touch)
        trailing.to(*touch)
    assert np.array_equal(trailing.finish().read(PICTURE), led.finish().read(PICTURE))


def test_caught_up_with_the_stroke_goes_on_as_it_was_left() -> None:
    led, trailing = begun(), Trailing(begun())
    for touch in PATH[:100]:
        led.to(*touch)
        trailing.to(*touch)
    stroke = trailing.caught_up()
    for touch in PATH[100:]:
        led.to(*touch)
        stroke.to(*touch)
    assert np.array_equal(stroke.finish().read(PICTURE), led.finish().read(PICTURE))


def test_what_cannot_be_read_is_said_at_a_later_move_and_at_the_end() -> None:
    def read(rect: Rect) -> U16:
        raise ImageReadError("The file is gone.")

    paint = ClonePaint(read, 0, 0, PICTURE)
    trailing = Trailing(RetouchStroke(Brush(35.0), Surface.retouch(3), paint, PICTURE))

    def lead() -> None:
        for point, pressure in PATH:
            trailing.to(point, pressure)
            time.sleep(0.01)

    with pytest.raises(ImageReadError):
        lead()
    with pytest.raises(ImageReadError):
        trailing.finish()


def test_dropped_it_ends_its_thread() -> None:
    before = set(threading.enumerate())
    trailing = Trailing(begun())
    for touch in PATH:
        trailing.to(*touch)
    (thread,) = set(threading.enumerate()) - before
    trailing.drop()
    thread.join(10)
    assert not thread.is_alive()
