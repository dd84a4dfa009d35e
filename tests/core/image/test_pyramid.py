import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Cancelled, ImageReadError
from core.image.geometry import Rect
from core.image.pyramid import Pyramid, TileCache

ROOMY = 1 << 26


@dataclass
class ArraySource:
    """A picture file in memory; counts what is read and gives bands of full width or height."""

    pixels: np.ndarray
    is_turned: bool = False
    has_sample: bool = True
    read_px: int = 0
    fails: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def channels(self) -> int:
        return self.pixels.shape[2]

    @property
    def rect(self) -> Rect:
        return Rect(0, 0, self.width, self.height)

    def read(self, rect: Rect) -> np.ndarray:
        if self.fails:
            raise ImageReadError("The file is gone.")
        assert not rect.is_empty
        assert self.rect.contains(rect)
        with self.lock:
            self.read_px += rect.area
        return self.pixels[rect.slices(self.rect)].copy()

    def sample(self, level: int) -> np.ndarray | None:
        step = 1 << level
        return self.pixels[::step, ::step].copy() if self.has_sample else None

    def bands(self) -> Iterator[tuple[Rect, np.ndarray]]:
        for start in range(0, self.width if self.is_turned else self.height, 256):
            band = Rect(start, 0, 256, self.height) if self.is_turned else None
            rect = (band or Rect(0, start, self.width, 256)).intersection(self.rect)
            yield rect, self.read(rect)


def source_of(width: int, height: int, channels: int = 3, **changes) -> ArraySource:
    rng = np.random.default_rng(width * 1000 + height)
    return ArraySource(rng.integers(0, 65536, (height, width, channels), np.uint16), **changes)


def exact(source: ArraySource, level: int) -> np.ndarray:
    sums, counts = source.pixels.astype(np.float64), np.ones(source.pixels.shape[:2])
    for axis in (0, 1):
        starts = range(0, source.pixels.shape[axis], 1 << level)
        sums = np.add.reduceat(sums, starts, axis=axis)
        counts = np.add.reduceat(counts, starts, axis=axis)
    return sums / counts[..., None]


# Below 1, so that a part begins inside the picture.
PARTS = st.tuples(*[st.floats(0, 1, exclude_max=True)] * 4)


def part_of(rect: Rect, shares: tuple[float, ...]) -> Rect:
    left, right = sorted(int(share * rect.width) for share in shares[:2])
    top, bottom = sorted(int(share * rect.height) for share in shares[2:])
    return Rect.from_edges(left, top, max(right, left + 1), max(bottom, top + 1)).intersection(rect)


@given(
    size=st.tuples(st.integers(1, 700), st.integers(1, 700)),
    channels=st.sampled_from([1, 3]),
    is_turned=st.booleans(),
    is_built=st.booleans(),
    budget=st.sampled_from([0, 100, 20_000, 400_000, ROOMY]),
    reads=st.lists(st.tuples(PARTS, st.integers(0, 12)), min_size=1, max_size=5),
)
@settings(max_examples=60)
def test_every_level_is_the_mean_whatever_is_kept(
    size, channels, is_turned, is_built, budget, reads
) -> None:
    source = source_of(*size, channels, is_turned=is_turned)
    cache = TileCache(budget)
    pyramid = Pyramid(source, cache)
    if is_built:
        pyramid.build()
    for shares, level in reads:
        rect = part_of(source.rect, shares)
        out = pyramid.read(rect, level)
        assert out.dtype == np.uint16
        where = rect.at_level(level).slices(source.rect.at_level(level))
        difference = np.abs(out - exact(source, level)[where])
        assert difference.max() <= (level + 1) / 2 * (level > 0)
        assert cache.nbytes <= budget
        coarse = pyramid.coarse(rect, level)
        assert coarse.shape == out.shape


def test_levels_end_where_the_longer_side_fits_256() -> None:
    for side, levels in ((1, 1), (256, 1), (257, 2), (512, 2), (513, 3), (8176, 6)):
        source = ArraySource(np.zeros((1, side, 1), np.uint16))
        assert Pyramid(source, TileCache(ROOMY)).levels == levels


def test_after_building_reduced_levels_come_from_memory() -> None:
    source = source_of(1500, 1100)
    pyramid = Pyramid(source, TileCache(ROOMY))
    assert not pyramid.has(source.rect, 3)
    pyramid.build()
    assert source.read_px == 1500 * 1100
    for level in range(2, pyramid.levels + 3):
        assert pyramid.has(source.rect, level)
        pyramid.read(source.rect, level)
    assert source.read_px == 1500 * 1100
    pyramid.build()
    assert source.read_px == 1500 * 1100


def test_kept_levels_weigh_at_most_an_eighth_of_the_picture() -> None:
    source = source_of(1024, 1024)
    cache = TileCache(1 << 30)
    Pyramid(source, cache)
    assert 0 < cache.nbytes <= source.pixels.nbytes / 8


def test_a_small_budget_keeps_coarser_levels_only() -> None:
    source = source_of(1024, 1024)
    pyramid = Pyramid(source, TileCache(300_000))
    pyramid.build()
    assert not pyramid.has(source.rect, 2)
    assert pyramid.has(source.rect, 3)


def test_tiles_of_fine_levels_are_kept_once_read() -> None:
    source = source_of(1500, 1100)
    pyramid = Pyramid(source, TileCache(ROOMY))
    rect = Rect(300, 300, 400, 400)
    assert not pyramid.has(rect, 0)
    pyramid.read(rect, 0)
    assert pyramid.has(rect, 0)
    before = source.read_px
    pyramid.read(rect, 0)
    assert source.read_px == before


def test_large_reads_do_not_fill_the_cache() -> None:
    source = source_of(2000, 1500)
    cache = TileCache(ROOMY)
    pyramid = Pyramid(source, cache)
    before = cache.nbytes
    assert np.array_equal(pyramid.read(source.rect), source.pixels)
    assert cache.nbytes == before


def test_what_a_read_gives_cannot_damage_the_pyramid() -> None:
    source = source_of(600, 600)
    pyramid = Pyramid(source, TileCache(ROOMY))
    pyramid.build()
    for out in (pyramid.read(Rect(0, 0, 256, 256)), pyramid.read(source.rect, 3)):
        with pytest.raises(ValueError, match="read-only"):
            out[0] = 0


def test_parts_are_usable_while_the_rest_is_being_built() -> None:
    source = source_of(800, 1000)
    pyramid = Pyramid(source, TileCache(ROOMY))
    seen: list[tuple[float, bool, bool]] = []
    upper, lower = Rect(0, 0, 800, 256), Rect(0, 900, 800, 100)

    def progress(share: float) -> None:
        seen.append((share, pyramid.has(upper, 4), pyramid.has(lower, 4)))
        assert np.abs(pyramid.read(upper, 4) - exact(source, 4)[:16]).max() <= 2.5

    pyramid.build(progress)
    assert [share for share, _, _ in seen] == sorted(share for share, _, _ in seen)
    assert seen[0][1:] == (True, False)
    assert seen[-1] == (1.0, True, True)


def test_a_cancelled_build_keeps_what_it_has() -> None:
    source = source_of(800, 1000)
    pyramid = Pyramid(source, TileCache(ROOMY))
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        pyramid.build(is_cancelled=lambda: next(answers))
    assert pyramid.has(Rect(0, 0, 800, 256), 3)
    assert not pyramid.has(source.rect, 3)
    pyramid.build()
    assert pyramid.has(source.rect, 3)


def test_a_failing_file_is_reported() -> None:
    source = source_of(300, 300)
    pyramid = Pyramid(source, TileCache(ROOMY))
    source.fails = True
    with pytest.raises(ImageReadError):
        pyramid.build()
    with pytest.raises(ImageReadError):
        pyramid.read(Rect(0, 0, 10, 10))


def gradient(width: int, height: int) -> ArraySource:
    rows, columns = np.indices((height, width))
    return ArraySource((columns * 40 + rows * 30 + 1000).astype(np.uint16)[..., None])


@pytest.mark.parametrize("is_built", [False, True], ids=["sketch", "kept levels"])
def test_coarse_is_the_picture_in_its_place(is_built: bool) -> None:
    source = gradient(900, 700)
    pyramid = Pyramid(source, TileCache(ROOMY))
    pyramid.build() if is_built else pyramid.sketch()
    read_px = source.read_px
    for rect in (Rect(0, 0, 900, 700), Rect(256, 256, 256, 256), Rect(800, 600, 100, 100)):
        for level in range(4):
            where = rect.at_level(level).slices(source.rect.at_level(level))
            expected = exact(source, level)[where]
            difference = np.abs(pyramid.coarse(rect, level) - expected)
            # A level-2 sample spans 4 × 4 pixels of a slope of 40 and 30 each.
            assert difference[1:-1, 1:-1].max(initial=0) <= 200
            assert difference.mean() <= 120
    assert source.read_px == read_px


def test_before_anything_is_known_coarse_is_grey_and_reads_nothing() -> None:
    source = source_of(900, 700, has_sample=False)
    pyramid = Pyramid(source, TileCache(ROOMY))
    assert not pyramid.sketch()
    assert (pyramid.coarse(Rect(100, 100, 300, 300), 1) == 0x8000).all()
    assert source.read_px == 0


def test_rectangles_beyond_the_picture_are_refused() -> None:
    pyramid = Pyramid(source_of(100, 100), TileCache(ROOMY))
    for rect in (Rect(50, 50, 51, 10), Rect(-1, 0, 5, 5), Rect(0, 0, 0, 5)):
        with pytest.raises(ValueError, match="inside"):
            pyramid.read(rect)
    with pytest.raises(ValueError, match="inside"):
        pyramid.read(Rect(0, 0, 5, 5), -1)


def test_bands_off_the_grid_are_refused() -> None:
    source = source_of(300, 300)
    source.bands = lambda: iter([(Rect(0, 0, 300, 100), source.pixels[:100])])
    with pytest.raises(ValueError, match="grid"):
        Pyramid(source, TileCache(ROOMY)).build()


def test_closing_gives_the_memory_back() -> None:
    cache = TileCache(ROOMY)
    source = source_of(900, 700)
    pyramid = Pyramid(source, cache)
    pyramid.build()
    pyramid.close()
    assert cache.nbytes == 0
    assert np.array_equal(pyramid.read(Rect(5, 5, 9, 9)), source.pixels[5:14, 5:14])


def test_an_interrupted_read_ends_soon() -> None:
    source = source_of(900, 700)
    pyramid = Pyramid(source, TileCache(ROOMY))
    pyramid.interrupt()
    with pytest.raises(ImageReadError, match="being closed"):
        pyramid.read(source.rect, 3)
    assert source.read_px == 0


def test_two_pictures_share_a_cache_without_mixing() -> None:
    cache = TileCache(ROOMY)
    sources = [source_of(300, 301), source_of(301, 300)]
    pyramids = [Pyramid(source, cache) for source in sources]
    for _ in range(2):
        for source, pyramid in zip(sources, pyramids, strict=True):
            assert np.array_equal(pyramid.read(Rect(0, 0, 200, 200)), source.pixels[:200, :200])


def test_threads_read_right_while_one_builds() -> None:
    source = source_of(1200, 1000)
    expected = {level: exact(source, level) for level in range(5)}
    pyramid = Pyramid(source, TileCache(3_000_000))
    wrong: list[str] = []

    def read(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(60):
            level = int(rng.integers(0, 5))
            x, y = int(rng.integers(0, 1100)), int(rng.integers(0, 900))
            rect = Rect(x, y, 100, 100)
            where = rect.at_level(level).slices(source.rect.at_level(level))
            if np.abs(pyramid.read(rect, level) - expected[level][where]).max() > 3:
                wrong.append(f"{rect} at level {level}")

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
    threads.append(threading.Thread(target=pyramid.build))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
