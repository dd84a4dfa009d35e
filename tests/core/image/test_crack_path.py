import math
from itertools import pairwise

import numpy as np
import pytest

from core.image.color import ColorProfile, ColorTransform
from core.image.crack_path import crack_path
from core.image.geometry import Point, Rect
from core.image.reduction import area_mean
from core.image.surface import U16

COLOR = ColorTransform(ColorProfile.of(None, 3))
PICTURE = Rect(0, 0, 900, 400)


def course(x: float) -> float:
    return 200 + 60 * math.sin(x / 60)


def painting(has_crack: bool = True) -> U16:
    rows, columns = np.mgrid[:400, :900]
    pixels = np.full((400, 900, 3), 30000, np.uint16)
    if has_crack:
        pixels[np.abs(rows - (200 + 60 * np.sin(columns / 60))) < 1.6] = 9000
    return pixels + np.random.default_rng(0).integers(0, 3000, pixels.shape, np.uint16)


def path(pixels: U16, start: Point, end: Point) -> list[Point]:
    def read(rect: Rect, level: int) -> U16:
        assert PICTURE.contains(rect)
        return area_mean(pixels[rect.slices(PICTURE)], level)

    return crack_path(read, PICTURE, start, end, 4.0, COLOR)


def test_the_way_follows_the_crack_and_keeps_its_ends() -> None:
    start, end = Point(50.5, course(50.5)), Point(800.5, course(800.5))
    found = path(painting(), start, end)
    assert (found[0], found[-1]) == (start, end)
    assert max(abs(point.y - course(point.x)) for point in found) < 5
    steps = [math.dist(one, other) for one, other in pairwise(found)]
    assert max(steps) < 3


def test_without_a_crack_it_is_nearly_straight() -> None:
    found = path(painting(has_crack=False), Point(50, 100), Point(800, 100))
    length = sum(math.dist(one, other) for one, other in pairwise(found))
    assert length < 750 * 1.15


def test_on_a_huge_picture_it_reads_a_reduced_one() -> None:
    picture = Rect(0, 0, 23200, 17400)
    levels: list[int] = []

    def read(rect: Rect, level: int) -> U16:
        levels.append(level)
        area = rect.at_level(level)
        return np.full((area.height, area.width, 3), 30000, np.uint16)

    found = crack_path(read, picture, Point(10, 10), Point(23000, 17000), 9.0, COLOR)
    assert levels
    assert levels[0] >= 4
    assert found[-1] == Point(23000, 17000)


@pytest.mark.parametrize("end", [Point(-20, 5), Point(60.2, 60.2)])
def test_beyond_the_picture_and_within_a_pixel_the_way_is_the_line(end: Point) -> None:
    assert path(painting(), Point(60.4, 60.4), end) == [Point(60.4, 60.4), end]
