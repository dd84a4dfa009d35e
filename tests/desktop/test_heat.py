import numpy as np
from PySide6.QtGui import QColor

from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.surface import U16
from core.inpainting.card import GeneratorCard
from core.inpainting.loss_labels import LossLabels
from core.inpainting.variants import Variant
from desktop.heat import heat_of

PICTURE = Rect(0, 0, 3000, 200)
LOSSES = (Rect(16, 16, 32, 32), Rect(80, 16, 32, 32), Rect(200, 100, 2400, 8))


class Black:
    width, height, channels = PICTURE.width, PICTURE.height, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        return np.zeros((rect.height, rect.width, 3), np.uint16)


def made(*values: int) -> tuple[list[Variant], LossLabels]:
    """One variant per value, which the first loss is filled with; the others are all alike."""
    stack = LayerStack.of(Black(), "black")
    mask = stack.layers[1].pixels
    for rect in LOSSES:
        mask = mask.writing(rect, np.full((rect.height, rect.width), 255, np.uint8))
    variants = []
    for value in values:
        layer = stack.adding(LayerKind.RETOUCH, "").layers[-1]
        surface = layer.pixels
        for number, rect in enumerate(LOSSES):
            pixels = np.full((rect.height, rect.width, 4), 65535, np.uint16)
            pixels[..., :3] = value if number == 0 else 30000
            if number == 2:
                pixels[:, -40:, :3] = value
            surface = surface.writing(rect, pixels)
        card = GeneratorCard("x", "X", "", "classical")
        variants.append(Variant(card, 0, (), surface, 1.0, 0.0, "cpu"))
    return variants, LossLabels.of(stack.with_surface(2, mask))


def test_only_losses_on_which_variants_differ_are_heated() -> None:
    variants, labels = made(20000, 50000)
    first, long = heat_of(variants, labels, PICTURE, lambda: False)
    assert first.rect == LOSSES[0]
    color = QColor(first.picture.pixelColor(10, 10))
    assert color.alpha() > 150
    assert color.red() > 200 > 60 > color.green()
    # Reduced to 512 px, the long one is still hot at its far end and nowhere else.
    assert long.picture.width() <= 512
    assert long.rect.contains(LOSSES[2])
    assert long.picture.pixelColor(long.picture.width() - 3, 0).alpha() > 150
    assert long.picture.pixelColor(5, 0).alpha() == 0


def test_a_small_difference_is_yellow_and_fainter() -> None:
    variants, labels = made(30000, 32000)
    heats = heat_of(variants, labels, PICTURE, lambda: False)
    color = heats[0].picture.pixelColor(10, 10)
    assert 0 < color.alpha() < 150
    assert color.green() > 150


def test_variants_that_agree_and_a_wish_to_stop_give_nothing() -> None:
    assert heat_of(*made(20000, 20000), PICTURE, lambda: False) == []
    assert heat_of(*made(20000, 50000), PICTURE, lambda: True) == []
