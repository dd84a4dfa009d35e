"""Reduced levels in a file serve the screen if they are the painting's; else they are left out."""

import itertools
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.geometry import Rect
from core.image.orientation import upright
from core.image.pyramid import Pyramid
from core.image.reduction import area_mean
from core.image.tiff import TiffSource, open_tiff
from core.image.tiff_directory import Directory, read_directory, read_header
from core.image.tiff_layout import level_of
from core.image.tile_cache import TileCache

ROOMY = 1 << 26
WIDTH, HEIGHT = 750, 550


def painting(width: int = WIDTH, height: int = HEIGHT, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    base = 30000 + 15000 * np.sin(x / (90 + 40 * seed)) * np.cos(y / (70 + 30 * seed))
    return (base[..., None] + rng.integers(0, 4000, (height, width, 3))).astype(np.uint16)


def write(
    path: Path,
    data: np.ndarray,
    levels: list[np.ndarray],
    *,
    is_sub: bool = True,
    is_marked: bool = True,
    **options: Any,
) -> Path:
    """Write a pyramid as tifffile does: sub-pages, or pages in a row, marked as reduced or not."""
    options = {"photometric": "rgb", "tile": (128, 128), "compression": "zlib", **options}
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        writer.write(data, subifds=len(levels) if is_sub else None, metadata=None, **options)
        for level in levels:
            writer.write(level, subfiletype=int(is_marked), metadata=None, **options)
    return path


def pyramid_of(source: TiffSource, cache_bytes: int = ROOMY) -> tuple[Pyramid, tuple[str, ...]]:
    levels, notices = source.levels()
    return Pyramid(source, TileCache(cache_bytes), [levels]), notices


def whole(source: TiffSource) -> Rect:
    return Rect(0, 0, source.width, source.height)


@given(
    side=st.integers(1, 100_000),
    roundings=st.lists(st.sampled_from(["up", "down", "half"]), min_size=1, max_size=16),
)
def test_any_rounding_while_halving_gives_a_level(side: int, roundings: list[str]) -> None:
    sizes = [(side, 3 * side)]
    for rounding in roundings:
        halves = [size / 2 for size in sizes[-1]]
        add = {"up": 0.999, "down": 0.0, "half": 0.5}[rounding]
        sizes.append(tuple(max(1, int(half + add)) for half in halves))
    for expected, page in enumerate(sizes):
        level = level_of(page, sizes[0])
        if expected and min(page) > 1:
            # Small sizes can be of two levels.
            assert level == expected or max(page) < 8
    assert level_of((side, 3 * side), sizes[0]) in (None, 1)


@given(
    size=st.tuples(st.integers(40, 100_000), st.integers(40, 100_000)),
    page=st.tuples(st.integers(1, 200_000), st.integers(1, 200_000)),
)
def test_what_is_no_halving_is_no_level(size: tuple[int, int], page: tuple[int, int]) -> None:
    level = level_of(page, size)
    if level is not None:
        for side, full in zip(page, size, strict=True):
            assert abs(side - full / 2**level) < 1


@pytest.mark.parametrize(("is_sub", "is_marked"), [(True, True), (False, True), (False, False)])
@pytest.mark.parametrize("steps", [[1, 2, 3, 4], [2, 4]], ids=["by 2", "by 4"])
def test_levels_of_a_file_are_read_and_those_between_made_from_the_next_finer(
    tmp_path: Path, steps: list[int], is_sub: bool, is_marked: bool
) -> None:
    data = painting()
    stored = [area_mean(data, step) for step in steps]
    path = write(tmp_path / "p.tif", data, stored, is_sub=is_sub, is_marked=is_marked)
    with open_tiff(path) as source:
        pyramid, notices = pyramid_of(source)
        assert notices == ()
        assert source.levels()[0].levels == set(steps)
        assert not any("pages" in notice for notice in source.info.notices)
        assert np.array_equal(pyramid.read(whole(source)), data)
        decoded = count_reads(source)
        assert pyramid.sketch()
        pyramid.build()
        for level in range(steps[0], 12):
            out = pyramid.read(whole(source), level)
            expected = area_mean(data, level)
            assert out.shape == expected.shape
            assert np.abs(out.astype(int) - expected).max() <= level + 1
        for level in range(6):
            assert pyramid.is_near(level) or pyramid.has(whole(source), level)
        assert decoded == [], "level 0 is not touched"


def count_reads(source: TiffSource) -> list[Rect]:
    read: list[Rect] = []
    real = source.read
    source.read = lambda rect: read.append(rect) or real(rect)  # type: ignore[method-assign]
    return read


@given(
    width=st.integers(60, 500),
    height=st.integers(60, 500),
    orientation=st.integers(1, 8),
    is_floor=st.booleans(),
    share=st.tuples(*[st.floats(0, 0.9)] * 2),
)
@settings(max_examples=20)
def test_every_rounding_and_orientation_gives_the_painting_in_its_place(
    tmp_path_factory: pytest.TempPathFactory,
    width: int,
    height: int,
    orientation: int,
    is_floor: bool,
    share: tuple[float, float],
) -> None:
    y, x = np.mgrid[0:height, 0:width]
    data = np.stack([x * 60, y * 50, x * 30 + y * 20], -1).astype(np.uint16)
    levels = [area_mean(data, step) for step in (1, 2)]
    if is_floor:
        levels = [
            level[: height >> step, : width >> step] for step, level in enumerate(levels, start=1)
        ]
    path = tmp_path_factory.getbasetemp() / "turned.tif"
    write(path, data, levels, extratags=[(274, 3, 1, orientation, True)])
    with open_tiff(path) as source:
        pyramid, notices = pyramid_of(source)
        assert notices == ()
        seen = upright(data, orientation)
        for level in (1, 2, 3):
            rect = Rect(int(share[0] * source.width), int(share[1] * source.height), 70, 60)
            rect = rect.intersection(whole(source))
            area = rect.at_level(level)
            out = pyramid.read(rect, level)
            expected = area_mean(seen, level)[area.slices(whole(source).at_level(level))]
            assert out.shape == expected.shape
            # Half a sample of the level where the file rounded down, and at its edges.
            assert np.abs(out.astype(int) - expected).max() <= 80 * (1 << level) + 3


OTHERS = {
    "another size": (lambda level: level[:-9], {}, False),
    "8 bit": (lambda level: (level >> 8).astype(np.uint8), {}, True),
    "grey": (lambda level: level[..., 0], {"photometric": "minisblack"}, True),
    "another picture": (lambda level: painting(level.shape[1], level.shape[0], 3), {}, True),
    "black": (np.zeros_like, {}, True),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_does_not_look_like_the_painting_is_left_out(tmp_path: Path, name: str) -> None:
    change, options, is_told = OTHERS[name]
    data = painting()
    path = tmp_path / "p.tif"
    tile = {"tile": (128, 128), "compression": "zlib", "metadata": None}
    with tifffile.TiffWriter(path) as writer:
        writer.write(data, photometric="rgb", subifds=2, **tile)
        writer.write(
            change(area_mean(data, 1)), subfiletype=1, **{"photometric": "rgb", **tile, **options}
        )
        writer.write(area_mean(data, 2), subfiletype=1, photometric="rgb", **tile)
    with open_tiff(path) as source:
        levels, notices = source.levels()
        assert levels.levels == {2}
        told = [*notices, *source.info.notices]
        assert any("not used" in notice and "375 × 275" in notice for notice in told) == is_told
        pyramid = Pyramid(source, TileCache(ROOMY), [levels])
        for level in range(4):
            out = pyramid.read(whole(source), level)
            assert np.abs(out.astype(int) - area_mean(data, level)).max() <= level + 1


def sub_directories(path: Path) -> tuple[bytearray, list[int], Directory]:
    raw = bytearray(path.read_bytes())

    class Reader:
        name, size = "p", len(raw)

        def read(self, offset: int, size: int) -> bytes:
            return bytes(raw[offset : offset + size])

    dialect, offset = read_header(Reader())
    directory = read_directory(Reader(), dialect, offset)
    return raw, list(directory.numbers(330)), directory


def patch(raw: bytearray, directory_at: int, code: int, **values: int) -> None:
    """Change the count or value of a BigTIFF tag in place."""
    count = struct.unpack_from("<Q", raw, directory_at)[0]
    for at in range(directory_at + 8, directory_at + 8 + 20 * count, 20):
        if struct.unpack_from("<H", raw, at)[0] == code:
            if "value" in values:
                kind = struct.unpack_from("<H", raw, at + 2)[0]
                form = {3: "<H", 4: "<I", 16: "<Q"}[kind]
                struct.pack_into(form, raw, at + 12, values["value"])
            return
    raise AssertionError(f"there is no tag {code}")


DAMAGES = {
    "a level that claims to be gigantic": lambda raw, subs: [
        patch(raw, subs[0], code, value=900_000) for code in (256, 257)
    ],
    "a level whose offsets lie outside the file": lambda raw, subs: patch(
        raw, subs[0], 324, value=len(raw) - 50
    ),
    "a directory outside the file": lambda raw, subs: raw.__setitem__(
        slice(raw.index(struct.pack("<Q", subs[0])), None),
        raw[raw.index(struct.pack("<Q", subs[0])) :].replace(
            struct.pack("<Q", subs[0]), struct.pack("<Q", 1 << 50), 1
        ),
    ),
    "a loop": lambda raw, subs: raw.__setitem__(
        slice(subs[0] + 8 + 20 * struct.unpack_from("<Q", raw, subs[0])[0], None),
        struct.pack("<Q", subs[0])
        + raw[subs[0] + 16 + 20 * struct.unpack_from("<Q", raw, subs[0])[0] :],
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_among_the_levels_costs_levels_and_never_the_painting(
    tmp_path: Path, name: str
) -> None:
    data = painting()
    path = write(tmp_path / "p.tif", data, [area_mean(data, 1), area_mean(data, 2)])
    raw, subs, _ = sub_directories(path)
    assert len(subs) == 2
    DAMAGES[name](raw, subs)
    path.write_bytes(raw)
    with open_tiff(path) as source:
        pyramid, _ = pyramid_of(source)
        for level in range(4):
            out = pyramid.read(whole(source), level)
            assert np.abs(out.astype(int) - area_mean(data, level)).max() <= level + 1


def test_a_tile_of_a_level_that_cannot_be_decoded_is_made_from_the_next_finer_one(
    tmp_path: Path,
) -> None:
    data = painting()
    path = write(tmp_path / "p.tif", data, [area_mean(data, 1), area_mean(data, 2)])
    raw, _, _ = sub_directories(path)
    with tifffile.TiffFile(path) as opened:
        page = opened.pages.first.pages[0]
        # The last tile, where nobody looks when the painting is opened.
        at, count = page.dataoffsets[-1], page.databytecounts[-1]
    raw[at + 5 : at + count] = b"\xaa" * (count - 5)
    path.write_bytes(raw)
    with open_tiff(path) as source:
        levels, notices = source.levels()
        assert notices == ()
        told: list[str] = []
        levels.on_problem.append(told.append)
        pyramid = Pyramid(source, TileCache(0), [levels])
        for _ in range(2):
            out = pyramid.read(whole(source), 1)
            assert np.abs(out.astype(int) - area_mean(data, 1)).max() <= 2
        assert len(told) == 1
        assert "375 × 275" in told[0]
        assert np.array_equal(pyramid.read(whole(source)), data)


def test_a_file_cut_off_within_its_levels_opens_without_them(tmp_path: Path) -> None:
    data = painting(600, 500)
    path = tmp_path / "p.tif"
    # The painting first, so that its levels lie behind it.
    with tifffile.TiffWriter(path) as writer:
        writer.write(data, photometric="rgb", rowsperstrip=100, metadata=None)
        for step in (1, 2):
            writer.write(
                area_mean(data, step), photometric="rgb", subfiletype=1, metadata=None,
                tile=(64, 64), compression="zlib",
            )  # fmt: skip
    size = path.stat().st_size
    for share in (0.999, 0.9, 0.83):
        with path.open("r+b") as file:
            file.truncate(int(size * share))
        with open_tiff(path) as source:
            pyramid, _ = pyramid_of(source)
            assert any("damaged" in notice for notice in source.info.notices)
            for level in range(4):
                out = pyramid.read(whole(source), level)
                assert np.abs(out.astype(int) - area_mean(data, level)).max() <= level + 1


def test_tiles_that_share_their_bytes_are_read(tmp_path: Path) -> None:
    """Writers store blank tiles once."""
    data = np.full((512, 512, 3), 999, np.uint16)
    path = write(tmp_path / "p.tif", data, [])
    raw, _, directory = sub_directories(path)
    tag = directory.tags[324]
    first = directory.numbers(324)[0]
    shared = struct.pack("<Q", first) * tag.length
    at = raw.index(tag.data)
    raw[at : at + len(shared)] = shared
    counts = directory.tags[325]
    form = {3: "<H", 4: "<I", 16: "<Q"}[counts.type]
    at = raw.index(counts.data)
    raw[at : at + len(counts.data)] = struct.pack(form, directory.numbers(325)[0]) * counts.length
    path.write_bytes(raw)
    with open_tiff(path) as source:
        assert np.array_equal(source.read(whole(source)), data)


def test_a_small_cache_is_never_exceeded_while_a_pyramid_is_walked(tmp_path: Path) -> None:
    data = painting()
    path = write(tmp_path / "p.tif", data, [area_mean(data, step) for step in (1, 2, 3)])
    with open_tiff(path) as source:
        for budget in (0, 300_000, 3_000_000):
            cache = TileCache(budget)
            levels, _ = source.levels()
            pyramid = Pyramid(source, cache, [levels])
            pyramid.sketch()
            pyramid.build()
            for level, x, y in itertools.product(range(5), (0, 350, 700), (0, 250, 500)):
                rect = Rect(x, y, 300, 300).intersection(whole(source))
                pyramid.read(rect, level)
                assert cache.nbytes <= budget
