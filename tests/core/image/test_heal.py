import numpy as np
import pytest

from core.image.blend import FULL, over
from core.image.brush import Brush
from core.image.geometry import Point, Rect
from core.image.heal import HealStroke
from core.image.paint import ClonePaint
from core.image.surface import U16, Surface

PICTURE = Rect(0, 0, 600, 400)


def slope() -> U16:
    """A ground that brightens to the right, with a fine weave."""
    x = np.linspace(10000, 50000, PICTURE.width)[None, :, None]
    y = np.arange(PICTURE.height)[:, None, None]
    weave = 800 * ((np.arange(PICTURE.width)[None, :, None] + y) % 4 - 1.5)
    return np.broadcast_to(x + weave, (PICTURE.height, PICTURE.width, 3)).astype(np.uint16)


def healed(pixels: U16, losses: np.ndarray | None = None, dx: int = 200) -> U16:
    paint = ClonePaint(lambda rect: pixels[rect.slices(PICTURE)], dx, 0, PICTURE)
    is_loss = None if losses is None else (lambda rect: losses[rect.slices(PICTURE)])
    stroke = HealStroke(
        Brush(24, hardness=1),
        Surface.retouch(3),
        paint,
        PICTURE,
        None,
        lambda rect: pixels[rect.slices(PICTURE)],
        is_loss,
    )
    for x in (150, 250):
        stroke.to(Point(x, 200))
    return over(stroke.finish().read(PICTURE), pixels)


def test_a_healed_place_has_the_tone_of_its_surroundings_and_the_grain_of_the_source() -> None:
    pixels = slope()
    result = healed(pixels).astype(float)
    inside = np.s_[185:215, 140:260]
    assert np.abs(pixels[:, 200:] - 1.0 * pixels[:, :-200]).mean() > 10_000, "else nothing to heal"
    assert np.abs(result[inside] - pixels[inside]).mean() < 500
    assert np.ptp(result[inside][:, 0]) > 1000, "the weave is there"


def test_paint_that_is_marked_as_loss_is_no_surrounding() -> None:
    sound = slope()
    pixels, losses = sound.copy(), np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    losses[195:205, 100:300] = 255
    pixels[losses > 0] = FULL
    inside = np.s_[185:215, 140:260]
    told = np.abs(healed(pixels, losses)[inside] - 1.0 * sound[inside]).mean()
    untold = np.abs(healed(pixels)[inside] - 1.0 * sound[inside]).mean()
    assert told < 600 < untold


def test_without_sound_surroundings_it_is_a_clone() -> None:
    pixels = slope()
    everything = np.full((PICTURE.height, PICTURE.width), 255, np.uint8)
    assert np.array_equal(healed(pixels, everything)[200, 200], pixels[200, 400])


def test_nothing_is_healed_from_beyond_the_picture() -> None:
    pixels = slope()
    assert np.array_equal(healed(pixels, dx=5000), pixels)


@pytest.mark.parametrize("channels", [1, 3])
def test_an_even_ground_stays_as_it_is(channels: int) -> None:
    pixels = np.full((PICTURE.height, PICTURE.width, channels), 33000, np.uint16)

    def read(rect: Rect) -> U16:
        return pixels[rect.slices(PICTURE)]

    paint = ClonePaint(read, 60, 10, PICTURE)
    brush = Brush(60, 0.5)
    stroke = HealStroke(brush, Surface.retouch(channels), paint, PICTURE, None, read, None)
    stroke.to(Point(5, 5))
    assert np.array_equal(over(stroke.finish().read(PICTURE), pixels), pixels)
