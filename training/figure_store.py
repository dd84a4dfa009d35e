"""The figures measured so far: one CSV file that runs read, extend and never measure twice."""

import csv
import io
import math
import os
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from training.evaluate import Row
from training.metrics import Figures

_FIGURES = tuple(field.name for field in fields(Figures))
_COLUMNS = ("kind", "generator", "identity", "painting", "size", "scene", "features",
            "hole_ratio", *_FIGURES, "cpu_seconds", "check")  # fmt: skip


class StoreError(ValueError):
    """The file of figures is damaged or somebody else's; one sentence."""


class Key(NamedTuple):
    """What a fill's figures hang on: what filled (`identity`), where (`scene`), and how measured.

    scene is Gallery.scene; features is the digest of the features' file, empty without them.
    """

    kind: str
    generator: str
    identity: str
    painting: str
    size: int
    scene: str
    features: str


class FigureStore:
    """The rows of one file, by what they hang on; written whole, in one step, by `save`.

    Two runs may extend the same file: each writes what it finds there along with its own. One
    thread at a time.
    """

    def __init__(self, path: Path) -> None:
        """Read the file, which need not exist. Raises StoreError."""
        self._path = path
        self._rows = read_figures(path)
        self._seen = _stamp(path)
        self._is_saved = True

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def __getitem__(self, key: Key) -> Row:
        return self._rows[key]

    def add(self, rows: Mapping[Key, Row]) -> None:
        """Take rows in; `save` writes them."""
        self._rows.update(rows)
        self._is_saved = self._is_saved and not rows

    def save(self) -> None:
        """Write all rows, and those another run has written meanwhile. Raises StoreError."""
        if self._is_saved:
            return
        if _stamp(self._path) != self._seen:
            self._rows = {**read_figures(self._path), **self._rows}
        _write_whole(self._path, _text(self._rows))
        self._seen = _stamp(self._path)
        self._is_saved = True


def read_figures(path: Path) -> dict[Key, Row]:
    """Read a file that FigureStore wrote; one that does not exist is empty.

    Every line carries a checksum, so that a line cut off or changed is found.
    Raises StoreError.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as cause:
        raise StoreError(f"The figures {path} cannot be read; give another --out.") from cause
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        if tuple(next(lines, ())) != _COLUMNS:
            raise StoreError(
                f"{path} was not written by this version of lacuna-train, so it is not extended; "
                "give another --out, or move that file away."
            )
        return dict(_entry(cells) for cells in lines)
    except (csv.Error, ValueError, IndexError) as cause:
        if isinstance(cause, StoreError):
            raise
        raise StoreError(
            f"The figures {path} are damaged in line {lines.line_num}, so they are not extended; "
            "put a sound copy there, or take that line out to have it measured again."
        ) from cause


def _entry(cells: list[str]) -> tuple[Key, Row]:
    if len(cells) != len(_COLUMNS) or cells[-1] != _checksum(cells[:-1]):
        raise ValueError("a damaged line")
    kind, generator, identity, painting, size, scene, features = cells[:7]
    numbers = [float(cell) for cell in cells[7:-1]]
    figures = Figures(*numbers[1:-1])
    row = Row(kind, generator, painting, numbers[0], figures, numbers[-1])
    return Key(kind, generator, identity, painting, int(size), scene, features), row


def _text(rows: Mapping[Key, Row]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for key in sorted(rows):
        row = rows[key]
        # repr gives back the very same number, so that a table from the file is the same table.
        numbers = (row.hole_ratio, *(getattr(row.figures, name) for name in _FIGURES), row.seconds)
        cells = [*(str(part) for part in key), *(_number(value) for value in numbers)]
        writer.writerow([*cells, _checksum(cells)])
    return file.getvalue()


def _number(value: float) -> str:
    return "nan" if math.isnan(value) else repr(float(value))


def _checksum(cells: list[str]) -> str:
    return f"{zlib.crc32(chr(31).join(cells).encode('utf-8')):08x}"


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
