import numpy as np
import pytest

from core.errors import GeneratorOutputError
from core.inpainting.card import GeneratorCard
from core.inpainting.output_check import check_output

CARD = GeneratorCard("net", "Net", "", "onnx")


def _case() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (a good fill, image, mask)."""
    image = np.random.default_rng(0).random((40, 50, 3), np.float32)
    mask = np.zeros((40, 50), np.float32)
    mask[10:20, 12:30] = 1
    return image * np.float32(0.9) + np.float32(0.05), image, mask


def test_a_plausible_fill_passes() -> None:
    check_output(*_case(), CARD)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(12, 15, 1), (0, 0, 0)])
def test_values_that_are_no_colours_are_refused(value: float, place: tuple[int, ...]) -> None:
    filled, image, mask = _case()
    filled[place] = value
    with pytest.raises(GeneratorOutputError, match="NaN"):
        check_output(filled, image, mask, CARD)


@pytest.mark.parametrize("value", [-0.6, 1.6])
def test_colours_far_outside_are_refused_in_the_loss_and_ignored_elsewhere(value: float) -> None:
    filled, image, mask = _case()
    filled[0, 0] = value
    check_output(filled, image, mask, CARD)
    filled[12, 15] = value
    with pytest.raises(GeneratorOutputError, match="outside"):
        check_output(filled, image, mask, CARD)
    # Beside paint that is itself that far out, it is no surprise.
    image[0, 0] = value
    check_output(filled, image, mask, CARD)


def test_another_shape_or_type_is_refused() -> None:
    filled, image, mask = _case()
    for wrong in (filled[:-1], filled[..., :1], filled.astype(np.float64), filled[..., 0]):
        with pytest.raises(GeneratorOutputError, match="size"):
            check_output(wrong, image, mask, CARD)


def test_one_flat_colour_is_refused_where_the_paint_around_varies() -> None:
    filled, image, mask = _case()
    filled[mask > 0] = (0.5, 0.4, 0.3)
    with pytest.raises(GeneratorOutputError, match="flat"):
        check_output(filled, image, mask, CARD)
    flat = np.full_like(image, 0.5)
    check_output(filled, flat, mask, CARD)
    mask[:] = 0
    mask[5, 5:9] = 1
    filled[mask > 0] = 0.5
    check_output(filled, image, mask, CARD)


def test_no_loss_and_no_paint_are_no_reason_to_refuse() -> None:
    filled, image, mask = _case()
    check_output(filled, image, np.zeros_like(mask), CARD)
    check_output(filled, image, np.ones_like(mask), CARD)
