from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.surface import U8
from desktop.overlay import (
    KeptOverlay,
    Tints,
    lay_overlay,
    overlay_alpha,
    overlay_pixels,
    overlay_table,
)

WHERE = Rect(10, 20, 30, 30)


@pytest.fixture
def masked(make_document: Callable[..., Document]) -> LayerStack:
    """Two masks: the first marks WHERE, the second, at half strength, from its middle on."""
    stack = make_document(300, 200).stack.adding(LayerKind.MASK, "more")
    first, second = stack.of_kind(LayerKind.MASK)
    stack = stack.with_surface(
        first.id, first.pixels.writing(WHERE, np.full((30, 30), 255, np.uint8))
    )
    right = Rect(25, 20, 30, 30)
    return stack.with_surface(
        second.id, second.pixels.writing(right, np.full((30, 30), 128, np.uint8))
    )


def alpha(layers: LayerStack) -> U8:
    found = overlay_alpha(layers, layers.rect, 0)
    assert found is not None
    return found


def test_coverage_times_the_layers_opacity_is_shown(masked: LayerStack) -> None:
    found = alpha(masked)
    assert found[25, 15] == 128, "255 at the opacity of 0.5"
    assert found[25, 50] == 64
    assert found[25, 30] == 128, "where masks overlap the greater counts"
    assert found[5, 5] == 0


def test_hidden_and_transparent_masks_are_not_shown(masked: LayerStack) -> None:
    first, second = masked.of_kind(LayerKind.MASK)
    hidden = masked.replacing(replace(first, is_visible=False))
    assert alpha(hidden)[25, 15] == 0
    assert alpha(hidden)[25, 50] == 64
    clear = hidden.replacing(replace(second, opacity=0.0))
    assert overlay_alpha(clear, clear.rect, 0) is None


def test_nothing_is_laid_where_nothing_is_marked(masked: LayerStack) -> None:
    assert overlay_alpha(masked, Rect(100, 100, 50, 50), 0) is None


def test_the_overlay_mixes_its_colour_into_the_picture() -> None:
    base = QImage(4, 1, QImage.Format.Format_RGB32)
    base.fill(QColor(100, 150, 200))
    shown = base.copy()
    shown.fill(QColor(1, 2, 3))
    coverage = np.array([[0, 128, 255]], np.uint8)
    colors = np.take(overlay_table(QColor(255, 0, 0)), coverage)
    lay_overlay(shown, base, Rect(0, 0, 3, 1), colors)
    seen = [shown.pixelColor(x, 0).getRgb()[:3] for x in range(4)]
    assert seen[0] == (100, 150, 200)
    assert seen[1] == pytest.approx((178, 75, 100), abs=1)
    assert seen[2] == (255, 0, 0)
    assert seen[3] == (1, 2, 3), "only the part given is laid anew"


def test_each_mask_has_its_own_colour_and_the_denser_one_shows(masked: LayerStack) -> None:
    first, second = masked.of_kind(LayerKind.MASK)
    tints = Tints(QColor(255, 0, 0))

    def at(stack: LayerStack, row: int, column: int) -> str:
        pixels = overlay_pixels(stack, stack.rect, 0, tints)
        assert pixels is not None
        return f"{int(pixels[row, column]):08x}"

    blue = masked.replacing(replace(second, color="#0000ff"))
    assert at(blue, 25, 15) == "80800000"
    assert at(blue, 25, 50) == "40000040"
    assert at(blue, 25, 30) == "80800000"
    assert at(blue, 5, 5) == "00000000"
    stronger = blue.replacing(replace(second, color="#0000ff", opacity=1.0))
    assert at(stronger, 25, 30) == "80000080", "of equal ones the upper"
    both = blue.replacing(replace(first, color="#0000ff"))
    assert at(both, 25, 15) == "80000080"
    assert at(masked, 25, 50) == "40400000"
    assert overlay_pixels(blue, Rect(100, 100, 50, 50), 0, tints) is None


def test_a_kept_overlay_is_made_anew_when_a_mask_or_its_colour_changes(masked: LayerStack) -> None:
    rect = Rect(0, 0, 120, 90)
    kept, tints = KeptOverlay(rect, 0), Tints(QColor(255, 0, 0))
    first = masked.of_kind(LayerKind.MASK)[0]
    before = kept.pixels(masked, tints)
    assert kept.pixels(masked, tints) is before
    for stack, own in (
        (masked.replacing(replace(first, opacity=0.2)), tints),
        (masked.replacing(replace(first, is_visible=False)), tints),
        (masked, Tints(QColor(0, 90, 0))),
    ):
        expected = overlay_pixels(stack, rect, 0, own)
        found = kept.pixels(stack, own)
        assert found is not None
        assert expected is not None
        assert np.array_equal(found, expected)
