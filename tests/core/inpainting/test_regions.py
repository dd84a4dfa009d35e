import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.geometry import Rect
from core.image.surface import Surface
from core.inpainting.loss_map import CELL, LossMap, map_losses
from core.inpainting.regions import Region, regions

LIMIT = 384


def _losses(mask: np.ndarray) -> LossMap:
    picture = Rect(0, 0, mask.shape[1], mask.shape[0])
    return map_losses([Surface.mask().writing(picture, mask)], picture)


def _weights(made: list[Region], shape: tuple[int, ...]) -> np.ndarray:
    total = np.zeros(shape, np.float64)
    for region in made:
        cells = region.cells.repeat(CELL, 0)[: region.hole.height].repeat(CELL, 1)
        weight = region.weight_y[:, None] * region.weight_x
        at = region.hole.slices(Rect(0, 0, shape[1], shape[0]))
        total[at] += weight * cells[:, : region.hole.width]
    return total


def _finals(made: list[Region], shape: tuple[int, ...]) -> np.ndarray:
    total = np.zeros(shape, np.int64)
    for region in made:
        cells = region.cells.repeat(CELL, 0)[: region.hole.height].repeat(CELL, 1)
        cells = cells[:, : region.hole.width].copy()
        final = np.zeros_like(cells)
        final[region.final.slices(region.hole)] = True
        total[region.hole.slices(Rect(0, 0, shape[1], shape[0]))] += cells & final
    return total


def _random_mask(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(40, 1500, 2))
    mask = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(0, 60)):
        start, end = rng.integers(0, (width, height)), rng.integers(0, (width, height))
        cv2.line(mask, start.tolist(), end.tolist(), 255, int(rng.integers(1, 6)))
    for _ in range(rng.integers(0, 40)):
        centre = rng.integers(0, (width, height)).tolist()
        cv2.circle(mask, centre, int(rng.integers(1, 12)), int(rng.integers(1, 256)), -1)
    for _ in range(rng.integers(0, 3)):
        centre = rng.integers(0, (width, height)).tolist()
        cv2.circle(mask, centre, int(rng.integers(20, 320)), 255, -1)
    mask[rng.integers(0, height), rng.integers(0, width)] = 255
    return mask


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 100_000),
    st.sampled_from([1, 8, 12, 32, 64]),
    st.sampled_from([None, 20, 100, 900]),
    st.sampled_from([None, 32]),
)
def test_every_loss_pixel_is_filled_once_from_a_bounded_window_that_shows_paint(
    seed: int, multiple_of: int, context_px: int | None, thin_context_px: int | None
) -> None:
    mask = _random_mask(seed)
    losses = _losses(mask)
    made = regions(
        losses,
        multiple_of=multiple_of,
        context_px=context_px,
        thin_context_px=thin_context_px,
        window_px_max=LIMIT,
    )
    marked = mask > 0
    np.testing.assert_allclose(_weights(made, mask.shape)[marked], 1, atol=1e-6)
    finals = _finals(made, mask.shape)
    assert (finals[marked] == 1).all()
    assert finals.max() <= 1
    for region in made:
        assert losses.picture.contains(region.window)
        assert region.window.contains(region.hole)
        assert region.hole.contains(region.final)
        sides = (region.window.width, region.window.height)
        assert max(sides) <= LIMIT * region.scale
        # On the generator's own grid, wherever a window lies; only the picture's edge ends others.
        step = multiple_of * region.scale
        assert region.window.x % step == region.window.y % step == 0
        assert region.window.right % step == 0 or region.window.right == mask.shape[1]
        assert region.window.bottom % step == 0 or region.window.bottom == mask.shape[0]
        if not marked.all():
            assert not marked[region.window.slices(losses.picture)].all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_a_window_reaches_as_far_beyond_a_loss_as_the_loss_is_thick(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros((1200, 1400), np.uint8)
    centre = rng.integers(0, (1400, 1200)).tolist()
    radius = int(rng.integers(1, 300))
    cv2.circle(mask, centre, radius, 255, -1)
    (region,) = regions(_losses(mask), window_px_max=LIMIT)
    margin = max(32, 2 * radius - 1)
    asked = Rect(centre[0] - radius, centre[1] - radius, 2 * radius + 1, 2 * radius + 1)
    asked = asked.expanded(margin).intersection(Rect(0, 0, 1400, 1200))
    assert region.window.contains(asked)


def test_a_crack_network_over_the_whole_picture_stays_native_in_bounded_windows() -> None:
    mask = np.zeros((2000, 3000), np.uint8)
    for offset in range(-3000, 3000, 150):
        cv2.line(mask, (offset, 0), (offset + 2000, 2000), 255, 3)
        cv2.line(mask, (offset + 2000, 0), (offset, 2000), 255, 2)
    made = regions(_losses(mask))
    assert {region.scale for region in made} == {1}
    assert len(made) <= 20
    assert sum(region.window.area for region in made) < 2 * mask.size


def test_craquelure_finer_than_a_cell_is_no_thick_loss() -> None:
    mask = np.zeros((1500, 1500), np.uint8)
    mask[::6] = 255
    mask[:, ::6] = 255
    assert {region.scale for region in regions(_losses(mask))} == {1}


def test_only_the_thick_part_of_a_loss_is_solved_coarsely() -> None:
    mask = np.zeros((3000, 3000), np.uint8)
    cv2.circle(mask, (1500, 1500), 400, 255, -1)
    cv2.line(mask, (0, 100), (2999, 2900), 255, 3)
    made = regions(_losses(mask))
    coarse = [region for region in made if region.scale > 1]
    (blob,) = coarse
    assert blob.hole.contains(Rect(1110, 1110, 780, 780))
    assert blob.hole.width < 1400
    assert len(made) > 1


def test_a_thick_square_keeps_its_corners() -> None:
    mask = np.zeros((3000, 3000), np.uint8)
    mask[800:2200, 700:2100] = 255
    (region,) = regions(_losses(mask))
    assert region.hole == Rect(696, 800, 1408, 1400)
    assert region.scale > 1


def test_a_long_crack_is_seen_in_a_chain_of_windows_where_that_spares_samples() -> None:
    mask = np.zeros((1000, 1000), np.uint8)
    cv2.line(mask, (100, 120), (640, 660), 255, 3)
    cv2.circle(mask, (800, 200), 30, 255, -1)
    losses = _losses(mask)
    whole = regions(losses, multiple_of=32)
    chain = regions(losses, multiple_of=32, thin_context_px=32)
    assert len(whole) == 2
    assert len(chain) > 3
    assert sum(region.window.area for region in chain) < 0.6 * sum(
        region.window.area for region in whole
    )
    np.testing.assert_allclose(_weights(chain, mask.shape)[mask > 0], 1, atol=1e-6)
    # What is no crack stays whole, and is seen with as much around it as before.
    assert [region.window for region in chain if region.is_whole] == [whole[1].window]
    for region in chain:
        seen = region.hole.expanded(32).intersection(losses.picture)
        assert region.window.contains(seen)


def test_pieces_of_one_loss_share_a_number_and_follow_each_other() -> None:
    mask = np.zeros((2000, 2000), np.uint8)
    for y in (100, 900, 1800):
        cv2.line(mask, (50, y), (1900, y + 60), 255, 3)
    numbers = [region.loss for region in regions(_losses(mask))]
    assert len(set(numbers)) == 3
    assert numbers == sorted(numbers)


def test_neighbouring_specks_share_a_window_and_far_ones_do_not() -> None:
    mask = np.zeros((900, 900), np.uint8)
    for x, y in ((100, 100), (140, 110), (120, 150), (800, 800)):
        cv2.circle(mask, (x, y), 3, 255, -1)
    made = regions(_losses(mask))
    assert [int(region.cells.sum()) > 0 for region in made] == [True, True]
    assert made[0].window.contains(Rect(97, 97, 47, 57))
    assert made[1].window.area < 200 * 200


def test_ten_thousand_specks_take_seconds_not_minutes() -> None:
    mask = np.zeros((4000, 4000), np.uint8)
    points = np.random.default_rng(0).integers(0, 4000, (10_000, 2))
    mask[points[:, 1], points[:, 0]] = 255
    made = regions(_losses(mask))
    assert len(made) < 300
    assert sum(region.window.area for region in made) < 2 * mask.size


def test_nothing_marked_makes_no_region() -> None:
    assert regions(_losses(np.zeros((300, 300), np.uint8))) == []


def test_a_window_too_small_for_context_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="384"):
        regions(_losses(np.ones((300, 300), np.uint8)), window_px_max=256)
