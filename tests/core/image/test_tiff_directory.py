"""Tables of tags: laid out and read again raw, and bounded whatever they claim."""

import struct
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ImageReadError
from core.image import tiff_directory
from core.image.tiff_directory import (
    ASCII,
    BytesReader,
    Dialect,
    Tag,
    directory_bytes,
    read_directory,
    read_header,
)

DIALECTS = [Dialect(order, is_big) for order in "<>" for is_big in (False, True)]
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8}


@st.composite
def tags(draw: st.DrawFn) -> list[Tag]:
    """Draw tags of different codes with any bytes in them."""
    out = []
    for code in draw(st.sets(st.integers(256, 65535), max_size=8)):
        kind = draw(st.sampled_from(sorted(_SIZES)))
        length = draw(st.integers(0, 6))
        size = length * _SIZES[kind]
        out.append(Tag(code, kind, length, draw(st.binary(min_size=size, max_size=size))))
    return out


@pytest.mark.parametrize("dialect", DIALECTS)
@given(table=tags())
def test_any_tags_come_back_the_same(dialect: Dialect, table: list[Tag]) -> None:
    block = b"\0" * 32 + directory_bytes(table, dialect, 32)
    found = read_directory(BytesReader("it", block), dialect, 32)
    assert list(found.tags.values()) == sorted(table)
    assert (found.next_offset, found.damaged) == (0, ())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_value_beyond_the_file_is_damaged_and_hides_no_other(dialect: Dialect) -> None:
    table = [Tag.of_bytes(300, ASCII, b"x" * 40), Tag.of_numbers(256, 3, 7)]
    block = directory_bytes(table, dialect, 0)[:-20]
    found = read_directory(BytesReader("it", block), dialect, 0)
    assert found.damaged == (300,)
    assert found.number(256, 0) == 7
    assert found.codes == {256, 300}


def test_of_a_tag_that_stands_twice_the_first_counts() -> None:
    dialect = Dialect("<", False)
    block = directory_bytes([Tag.of_numbers(256, 3, 1), Tag.of_numbers(256, 3, 2)], dialect, 0)
    assert read_directory(BytesReader("it", block), dialect, 0).numbers(256) == (1,)


def test_an_unknown_type_is_damaged() -> None:
    block = struct.pack("<H", 1) + struct.pack("<HHII", 300, 99, 1, 0) + b"\0" * 4
    found = read_directory(BytesReader("it", block), Dialect("<", False), 0)
    assert found.damaged == (300,)


def test_values_that_all_lie_over_each_other_are_refused_quickly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiff_directory, "MAX_VALUES_BYTES", 10_000_000)
    count = 65535
    entries = b"".join(struct.pack("<HHII", i, 1, 600_000, 8) for i in range(count))
    block = struct.pack("<H", count) + entries + b"\0" * 4
    start = perf_counter()
    with pytest.raises(ImageReadError, match="implausibly large"):
        read_directory(BytesReader("it", block), Dialect("<", False), 0)
    assert perf_counter() - start < 1.0


def test_a_count_of_tags_beyond_all_measure_is_refused() -> None:
    block = struct.pack("<Q", 1 << 40)
    with pytest.raises(ImageReadError, match="claims"):
        read_directory(BytesReader("it", block), Dialect("<", True), 0)


@pytest.mark.parametrize("head", [b"", b"II", b"II*\0", b"XX*\0\0\0\0\0", b"II+\0" + b"\7" * 12])
def test_what_is_no_tiff_is_refused(head: bytes) -> None:
    with pytest.raises(ImageReadError):
        read_header(BytesReader("it", head))


def test_ratios_of_any_number() -> None:
    assert Tag.of_numbers(282, 5, 300, 1).ratio() == (300, 1)
    assert Tag.of_numbers(282, 3, 300).ratio() == (300, 1)
    assert Tag(282, 11, 1, struct.pack("<f", 72.5)).ratio() == (145, 2)
    assert Tag(282, 12, 1, struct.pack("<d", float("nan"))).ratio() is None
    assert Tag(282, 12, 1, struct.pack("<d", 1e300)).ratio() is None
    assert Tag(282, 10, 1, struct.pack("<ii", -3, 1)).ratio() is None
    assert Tag.of_bytes(282, 7, b"abc").ratio() is None
    assert Tag(282, 5, 0, b"").ratio() is None


def test_texts_are_utf_8_or_latin_1() -> None:
    assert Tag.of_bytes(315, ASCII, "Dürer\0rest".encode()).text() == "Dürer"
    assert Tag.of_bytes(315, ASCII, "Dürer".encode("latin-1")).text() == "Dürer"
