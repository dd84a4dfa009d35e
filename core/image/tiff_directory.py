"""TIFF's tables of tags: read raw and bounded, and laid out again, classic and BigTIFF.

Values stay as bytes with their type and count, so that what is not understood survives as well.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Literal, NamedTuple, Protocol

from core.errors import ImageReadError

# TIFF 6.0 and BigTIFF: bytes of one value, and of the unit whose bytes are swapped.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip
_UNITS = {**_SIZES, 5: 4, 10: 4}
_FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I",
            16: "Q", 17: "q", 18: "Q"}  # fmt: skip
ASCII, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 2, 3, 4, 5, 7, 16
# A directory of 65,535 tags whose values all lie over each other must not fill the memory.
MAX_VALUES_BYTES = 256 << 20
MAX_TAGS = 65535

ByteOrder = Literal["<", ">"]


class ByteReader(Protocol):
    """Anything with bytes at positions."""

    @property
    def size(self) -> int:
        """Number of bytes."""

    @property
    def name(self) -> str:
        """What it is called in a sentence."""

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes. Raises ImageReadError."""


class BytesReader(NamedTuple):
    """Bytes in memory as a ByteReader."""

    name: str
    data: bytes

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.data)

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes. Raises ImageReadError."""
        part = self.data[offset : offset + size]
        if len(part) != size:
            raise ImageReadError(f"{self.name} is truncated.")
        return part


class Tag(NamedTuple):
    """One tag: its raw value in little-endian order, whatever order it was stored in."""

    code: int
    type: int
    length: int
    data: bytes

    @classmethod
    def of_numbers(cls, code: int, kind: int, *numbers: int) -> "Tag":
        """Build from whole numbers; a RATIONAL takes numerators and denominators in turn."""
        unit = "I" if kind == RATIONAL else _FORMATS[kind]
        data = struct.pack(f"<{len(numbers)}{unit}", *numbers)
        return cls(code, kind, len(data) // _SIZES[kind], data)

    @classmethod
    def of_bytes(cls, code: int, kind: int, data: bytes) -> "Tag":
        """Build from bytes of a one-byte type."""
        return cls(code, kind, len(data), data)

    def numbers(self) -> tuple[int, ...]:
        """Return whole numbers; empty if the type holds none."""
        if self.type in (11, 12) or self.type not in _FORMATS:
            return ()
        return struct.unpack(f"<{self.length}{_FORMATS[self.type]}", self.data)

    def ratio(self) -> tuple[int, int] | None:
        """Return the first value as numerator and denominator, as RATIONAL holds them.

        None if it is no number, negative, or too large.
        """
        first = self._first_ratio()
        return first if first is not None and all(0 <= n < 1 << 32 for n in first) else None

    def text(self) -> str:
        """Return an ASCII value as text: UTF-8 if it is, else Latin-1; ends at the first NUL."""
        raw = self.data.split(b"\0", 1)[0]
        try:
            return raw.decode("utf-8").strip()
        except UnicodeDecodeError:
            return raw.decode("latin-1").strip()

    def _first_ratio(self) -> tuple[int, int] | None:
        if not self.length:
            return None
        if self.type in (5, 10):
            form = "<II" if self.type == RATIONAL else "<ii"
            numerator, denominator = struct.unpack_from(form, self.data)
            return numerator, denominator
        if self.type in (11, 12):
            value = struct.unpack_from("<" + _FORMATS[self.type], self.data)[0]
            if not isfinite(value):
                return None
            return Fraction(value).limit_denominator(1 << 16).as_integer_ratio()
        numbers = self.numbers()
        return (numbers[0], 1) if numbers else None


@dataclass(frozen=True)
class Dialect:
    """How a file writes numbers: byte order "<" or ">", classic or BigTIFF."""

    byteorder: ByteOrder
    is_big: bool

    @property
    def pointer(self) -> str:
        """Struct format of an offset."""
        return "Q" if self.is_big else "I"

    @property
    def tag_size(self) -> int:
        """Bytes of one tag in a directory."""
        return 20 if self.is_big else 12

    @property
    def pointer_size(self) -> int:
        """Bytes of an offset."""
        return 8 if self.is_big else 4

    def pack(self, form: str, *numbers: int) -> bytes:
        """Pack in this byte order."""
        return struct.pack(self.byteorder + form, *numbers)

    def unpack(self, form: str, data: bytes) -> tuple[int, ...]:
        """Unpack in this byte order."""
        return struct.unpack(self.byteorder + form, data)

    def swapped(self, kind: int, data: bytes) -> bytes:
        """Turn a value between this byte order and little-endian."""
        unit = _UNITS[kind]
        if self.byteorder == "<" or unit == 1:
            return data
        out = bytearray(len(data))
        for i in range(unit):
            out[i::unit] = data[unit - 1 - i :: unit]
        return bytes(out)


@dataclass(frozen=True)
class Directory:
    """Tags by code, the offset of the next directory (0: none), and which tags are damaged.

    `codes` are all that are there, those not read included.
    """

    tags: Mapping[int, Tag]
    next_offset: int
    damaged: tuple[int, ...]
    codes: frozenset[int]

    def numbers(self, code: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return a tag's whole numbers, or the default where there is no such tag."""
        tag = self.tags.get(code)
        return default if tag is None else tag.numbers()

    def number(self, code: int, default: int) -> int:
        """Return a tag's first whole number, or the default."""
        return (*self.numbers(code), default)[0]


def read_header(reader: ByteReader) -> tuple[Dialect, int]:
    """Return a TIFF's dialect and the offset of its first directory. Raises ImageReadError."""
    head = reader.read(0, min(16, reader.size))
    if head[:2] not in (b"II", b"MM") or len(head) < 8:
        raise ImageReadError(f"{reader.name} is not a TIFF file.")
    byteorder: ByteOrder = "<" if head[:2] == b"II" else ">"
    magic = struct.unpack(byteorder + "H", head[2:4])[0]
    dialect = Dialect(byteorder, magic == 43)
    if magic == 42:
        return dialect, dialect.unpack("I", head[4:8])[0]
    if magic == 43 and len(head) == 16 and dialect.unpack("HH", head[4:8]) == (8, 0):
        return dialect, dialect.unpack("Q", head[8:16])[0]
    raise ImageReadError(f"{reader.name} is not a TIFF file, or its header is damaged.")


def read_directory(
    reader: ByteReader, dialect: Dialect, offset: int, skip: frozenset[int] = frozenset()
) -> Directory:
    """Read one directory with the values of all its tags but those to skip.

    Of a tag that appears twice the first counts. Tags whose value lies beyond the file or whose
    type is unknown are listed as damaged. Raises ImageReadError if the table itself cannot be
    read, or if its values are implausibly large.
    """
    size_form, size_bytes = ("Q", 8) if dialect.is_big else ("H", 2)
    count = dialect.unpack(size_form, _checked(reader, offset, size_bytes))[0]
    if count > MAX_TAGS:
        raise ImageReadError(f"{reader.name} is damaged: it claims {count:,} tags.")
    table = _checked(reader, offset + size_bytes, count * dialect.tag_size + dialect.pointer_size)
    tags: dict[int, Tag] = {}
    damaged: list[int] = []
    codes: set[int] = set()
    budget = MAX_VALUES_BYTES
    for i in range(count):
        raw = table[i * dialect.tag_size : (i + 1) * dialect.tag_size]
        code, kind, length = dialect.unpack("HH" + dialect.pointer, raw[: -dialect.pointer_size])
        is_new = code not in codes and code not in skip
        codes.add(code)
        if not is_new:
            continue
        size = _SIZES.get(kind, 0) * length
        budget -= size if size <= reader.size else 0
        if budget < 0:
            raise ImageReadError(f"{reader.name} is damaged: its tags are implausibly large.")
        value = _value(reader, dialect, raw[-dialect.pointer_size :], size)
        if value is None or kind not in _SIZES:
            damaged.append(code)
        else:
            tags[code] = Tag(code, kind, length, dialect.swapped(kind, value))
    after = dialect.unpack(dialect.pointer, table[-dialect.pointer_size :])[0]
    return Directory(tags, after, tuple(damaged), frozenset(codes))


def directory_bytes(tags: Iterable[Tag], dialect: Dialect, offset: int) -> bytes:
    """Return a directory with its values behind it, as it must lie at `offset` (even).

    Tags are sorted by code, as TIFF demands; the next directory is none.
    """
    ordered = sorted(tags)
    size_form, size_bytes = ("Q", 8) if dialect.is_big else ("H", 2)
    table = [dialect.pack(size_form, len(ordered))]
    values: list[bytes] = []
    at = offset + size_bytes + len(ordered) * dialect.tag_size + dialect.pointer_size
    for tag in ordered:
        data = dialect.swapped(tag.type, tag.data)
        if len(data) <= dialect.pointer_size:
            field = data.ljust(dialect.pointer_size, b"\0")
        else:
            field = dialect.pack(dialect.pointer, at)
            data += b"\0" * (len(data) % 2)
            values.append(data)
            at += len(data)
        table.append(dialect.pack("HH" + dialect.pointer, tag.code, tag.type, tag.length) + field)
    table.append(dialect.pack(dialect.pointer, 0))
    return b"".join(table + values)


def _checked(reader: ByteReader, offset: int, size: int) -> bytes:
    if offset + size > reader.size:
        raise ImageReadError(f"{reader.name} is truncated: its table of tags is missing.")
    return reader.read(offset, size)


def _value(reader: ByteReader, dialect: Dialect, field: bytes, size: int) -> bytes | None:
    if size <= len(field):
        return field[:size]
    offset = dialect.unpack(dialect.pointer, field)[0]
    return None if offset + size > reader.size else reader.read(offset, size)
