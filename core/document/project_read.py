"""What is read from a project: the current state, states beyond a step; damage is named."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.document.history import StoredStep
from core.document.layer import LayerStack
from core.document.project_failure import is_damage
from core.document.project_layers import (
    EvidenceSources,
    StackRecord,
    layers_from_json,
    provenance_from_json,
)
from core.document.project_schema import (
    TABLES,
    Change,
    Head,
    Place,
    RowsDamagedError,
    StepRow,
    check_version,
    mark,
    read_head,
    step_digest,
)
from core.document.project_tiles import TileReader
from core.document.project_write import net_changes
from core.document.tile_codec import TileDamagedError
from core.errors import ProjectDamagedError
from core.image.geometry import Rect, TileKey
from core.image.surface import PixelSource, Surface, Tile

_STEP = "seq, label, time, x, y, width, height, provenance, layers_before, layers_after"


@dataclass(frozen=True)
class Loaded:
    """A project's current state as it lies in the file, and what of it is damaged."""

    head: Head
    record: StackRecord
    state: Mapping[Place, bytes]
    tiles: Mapping[Place, Tile]
    steps: tuple[StoredStep, ...]
    problems: tuple[str, ...] = field(default=())

    def stack(self, source: PixelSource, evidence_of: EvidenceSources) -> LayerStack:
        """Return the current state over the painting's pixels, with the evidence there is."""
        tiles_of = _by_layer(self.tiles)
        return self.record.stack(
            source,
            lambda layer_id, empty: empty.with_tiles(tiles_of.get(layer_id, {})),
            evidence_of,
        )


def load(reader: TileReader) -> Loaded:
    """Read and verify the current state and the list of steps.

    Damaged tiles are left out and named in `problems`, by layer and rectangle. Raises
    ProjectDamagedError where nothing can be made of the file, sqlite3.Error if the disk does
    not give it.
    """
    problems: list[str] = []
    with _damage_named(reader.path, "its record of layers cannot be read"):
        check_version(reader.path, reader.db.execute("PRAGMA user_version").fetchone()[0])
        tables = reader.db.execute("SELECT name FROM sqlite_master WHERE type <> 'index'")
        if {name for (name,) in tables} != TABLES:
            raise RowsDamagedError("there are not the tables of a project")
        head = read_head(reader.db)
        record = layers_from_json(head.layers)
    state = _load_state(reader.db, head, problems)
    tiles: dict[Place, Tile] = {}
    for place, name in state.items():
        try:
            tiles[place] = _fitting(reader.read(name), record, place, head.channels)
        except TileDamagedError:
            continue
    lost = state.keys() - tiles.keys()
    problems += describe_places(lost, record, head, "cannot be read and are shown as empty")
    steps = _load_steps(reader.db, head, problems)
    sound = {place: name for place, name in state.items() if place in tiles}
    return Loaded(head, record, sound, tiles, steps, tuple(problems))


def recall(
    reader: TileReader,
    first: int,
    last: int,
    stack: LayerStack,
    *,
    is_undo: bool,
    evidence_of: EvidenceSources,
) -> LayerStack:
    """Return the state beyond the steps first … last, of which `stack` is the near end.

    Raises ProjectDamagedError if the steps or their tiles are damaged, sqlite3.Error if the
    disk does not give them.
    """
    source = next(layer.source for layer in stack if layer.source is not None)
    with reader.lock, _damage_named(reader.path, "this step of the history cannot be read"):
        rows = [row for row, _ in sound_steps(reader.db, first, last)]
        if [row.seq for row in rows] != list(range(first, last + 1)):
            raise RowsDamagedError("steps are missing")
        start, end = (last, first - 1) if is_undo else (first - 1, last)
        net = _by_layer(net_changes(reader.db, start, end))
        text = rows[0].layers_before if is_undo else rows[-1].layers_after

        known = {layer.id: layer.surface for layer in stack}
        known |= {-layer.id: layer.origins for layer in stack}

        def surface_of(layer_id: int, empty: Surface) -> Surface:
            changes = {
                key: None if name is None else reader.read(name)
                for key, name in net.get(layer_id, {}).items()
            }
            surface = known.get(layer_id) or empty
            return surface.with_tiles(changes) if changes else surface

        return layers_from_json(text).stack(source, surface_of, evidence_of)


def sound_steps(
    db: sqlite3.Connection, first: int, last: int
) -> Iterator[tuple[StepRow, list[Change]]]:
    """Yield the steps first … last with their changes, each proven by its digest, in order.

    Steps that fail are left out.
    """
    for seq in range(first, last + 1):
        try:
            found = db.execute(f"SELECT {_STEP}, digest FROM steps WHERE seq = ?", (seq,))
            row = found.fetchone()
            query = "SELECT layer, tx, ty, before, after FROM changes WHERE step = ?"
            changes = [Change(Place(*r[:3]), r[3], r[4]) for r in db.execute(query, (seq,))]
            if row is not None and step_digest(StepRow(*row[:-1]), changes) == row[-1]:
                yield StepRow(*row[:-1]), changes
        except sqlite3.DatabaseError as cause:
            if not is_damage(cause):
                raise
        except TypeError:
            continue


def describe_places(
    places: Iterable[Place], record: StackRecord, head: Head, what: str
) -> list[str]:
    """Return one sentence per run of neighbouring tiles: layer name, rectangle, and `what`."""
    names = {layer.id: layer.name for layer in record.layers}
    picture = Rect(0, 0, head.width, head.height)
    runs: list[tuple[int, Rect]] = []
    for layer, tx, ty in sorted(places, key=lambda place: (place.layer, place.ty, place.tx)):
        rect = TileKey(tx, ty).rect
        last_layer, last = runs[-1] if runs else (layer, rect)
        if runs and (last_layer, last.y, last.right) == (layer, rect.y, rect.x):
            runs[-1] = (layer, last.union(rect))
        else:
            runs.append((layer, rect))
    sentences = []
    for layer, run in runs:
        rect = run.intersection(picture)
        name = names.get(abs(layer), abs(layer))
        place = f"from ({rect.x}, {rect.y}) to ({rect.right - 1}, {rect.bottom - 1})"
        if layer < 0:
            sentences.append(
                f"Where the brushwork of the layer “{name}” {place} was taken from is no longer "
                "known; the fill itself is as it was."
            )
        else:
            sentences.append(f"In the layer “{name}” the pixels {place} {what}.")
    return sentences


def state_digest(state: Mapping[Place, bytes]) -> int:
    """Return the XOR of the marks of all places."""
    digest = 0
    for place, name in state.items():
        digest ^= mark(place, name)
    return digest


def _load_state(db: sqlite3.Connection, head: Head, problems: list[str]) -> dict[Place, bytes]:
    """Read which tile stands where; a damaged list is made good from the history if it can be."""
    state: dict[Place, bytes] = {}
    for order in ("ASC", "DESC"):  # from both ends, up to a page that cannot be read
        query = (
            f"SELECT layer, tx, ty, tile FROM state ORDER BY layer {order}, tx {order}, ty {order}"
        )
        try:
            for layer, tx, ty, tile in db.execute(query):
                state[Place(layer, tx, ty)] = tile
        except sqlite3.DatabaseError as cause:
            if not is_damage(cause):
                raise
            continue
        break
    if state_digest(state) == head.digest:
        return state
    try:
        for place, name in net_changes(db, 0, head.position).items():
            if name is None:
                state.pop(place, None)
            else:
                state[place] = name
    except sqlite3.DatabaseError as cause:
        if not is_damage(cause):  # else the list stays as far as it was read, as is said below
            raise
    if state_digest(state) == head.digest:
        problems.append("The list of what stands where was damaged; the history made it good.")
        return state
    problems.append(
        "The list of what stands where is damaged: strokes may be missing that are not named here."
    )
    kinds = (int, int, int, bytes)
    return {
        place: name
        for place, name in state.items()
        if all(isinstance(v, kind) for v, kind in zip((*place, name), kinds, strict=True))
    }


def _load_steps(db: sqlite3.Connection, head: Head, problems: list[str]) -> tuple[StoredStep, ...]:
    steps = []
    try:
        for row in db.execute(f"SELECT {_STEP} FROM steps ORDER BY seq"):
            step = StepRow(*row)
            rect = Rect(step.x, step.y, step.width, step.height)
            provenance = provenance_from_json(step.provenance)
            steps.append(StoredStep(step.label, rect, provenance, step.time, step.seq))
    except sqlite3.DatabaseError as cause:
        if not is_damage(cause):
            raise
        steps.clear()
    except (ValueError, TypeError, KeyError):
        steps.clear()
    if [step.row for step in steps] != list(range(1, head.steps + 1)):
        problems.append("The history is damaged: some steps can no longer be undone.")
        return ()
    return tuple(steps)


def _fitting(tile: Tile, record: StackRecord, place: Place, channels: int) -> Tile:
    """Return the tile if the layer it is said to stand in holds such tiles."""
    empty = record.empty_surface(place.layer, channels)
    if empty is None or (tile.shape, tile.dtype) != (empty.tile_shape, empty.dtype):
        raise TileDamagedError("a tile does not fit its layer")
    return tile


def _by_layer(places: Mapping[Place, Any]) -> dict[int, dict[TileKey, Any]]:
    layers: dict[int, dict[TileKey, Any]] = {}
    for (layer, tx, ty), value in places.items():
        layers.setdefault(layer, {})[TileKey(tx, ty)] = value
    return layers


@contextmanager
def _damage_named(path: Path, what: str) -> Iterator[None]:
    """Turn what a damaged file makes SQLite, JSON or a tile raise into one error."""
    try:
        yield
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as cause:
        if isinstance(cause, sqlite3.DatabaseError) and not is_damage(cause):
            raise
        raise ProjectDamagedError(f"The project {path} is damaged: {what}.") from cause
