"""Damage: what is lost is named, the rest opens, and the damaged file is kept as it was."""

import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.document.layer import LayerKind, LayerStack
from core.document.project_salvage import finish_salvage
from core.errors import ProjectDamagedError, ProjectError
from core.image.geometry import Rect

PAGE = 4096
ROT = ("zero", "random", "bits")
_MASK = (LayerKind.MASK, "Cracks")


def _closed_project(desk: Any) -> list[LayerStack]:
    project, document = desk.create()
    states = desk.work(document)
    document.do("Last", desk.paint(document.stack.adding(*_MASK), Rect(0, 300, 700, 9), 9, 5))
    states.append(document.stack)
    project.close()
    return states


def _is_same(desk: Any, one: LayerStack, other: LayerStack) -> bool:
    try:
        desk.same(one, other)
    except AssertionError:
        return False
    return True


def _change(path: Path, sql: str, *values: object) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(sql, values)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def _damage_one_tile(path: Path, sign: int = 1) -> tuple[int, int, int]:
    """Overwrite the middle of the blob of one tile of the state; return its place.

    sign: 1 for one of a layer's pixels, -1 for one of its origins.
    """
    db = sqlite3.connect(path)
    row = db.execute(
        "SELECT layer, tx, ty, data FROM state JOIN tiles ON tile = hash "
        "WHERE layer * ? > 0 ORDER BY length(data) DESC, tx LIMIT 1",
        (sign,),
    ).fetchone()
    db.close()
    blob = row[3]
    part = blob[len(blob) // 2 : len(blob) // 2 + 64]
    offset = path.read_bytes().index(part)
    _overwrite(path, offset, bytes(64))
    return int(row[0]), int(row[1]), int(row[2])


def test_a_damaged_tile_is_named_and_the_rest_opens(desk: Any) -> None:
    states = _closed_project(desk)
    layer_id, tx, ty = _damage_one_tile(desk.path)
    damaged = desk.path.read_bytes()
    project, document = desk.open()
    name = states[-1].layer(layer_id).name
    rect = Rect(tx * 256, ty * 256, 256, 256).intersection(document.stack.rect)
    named = f"from ({rect.x}, {rect.y}) to ({rect.right - 1}, {rect.bottom - 1}) cannot be read"
    assert any(f"“{name}”" in text and named in text for text in project.problems)
    whole, found = states[-1].layer(layer_id).pixels, document.stack.layer(layer_id).pixels
    assert not found.read(rect).any()
    lost = {key for key in whole.tiles if key not in found.tiles}
    for key in whole.tiles.keys() - lost:
        assert np.array_equal(whole.tiles[key], found.tiles[key])
    kept = desk.path.with_name("painting.lacuna.damaged-1")
    assert kept.read_bytes() == damaged
    assert str(kept) in project.problems[-1]
    assert project.verify() == []


def test_damaged_origins_leave_the_fill_as_it_was_and_are_named(desk: Any) -> None:
    states = _closed_project(desk)
    layer_id = -_damage_one_tile(desk.path, -1)[0]
    project, document = desk.open()
    layer, found = states[-1].layer(layer_id), document.stack.layer(layer_id)
    whole = document.stack.rect
    assert np.array_equal(found.pixels.read(whole), layer.pixels.read(whole))
    assert layer.origins is not None
    assert found.origins is None or found.origins.tiles.keys() < layer.origins.tiles.keys()
    (first, *_) = project.problems
    assert f"“{layer.name}”" in first
    assert first.endswith("is no longer known; the fill itself is as it was.")
    assert project.verify() == []


def test_work_goes_on_after_damage(desk: Any) -> None:
    states = _closed_project(desk)
    _damage_one_tile(desk.path)
    project, document = desk.open()
    again = document.stack
    for layer in states[-1].layers[1:]:
        again = again.replacing(
            replace(again.layer(layer.id), surface=layer.surface, origins=layer.origins)
        )
    assert document.do("Repaired", again) is not None
    project.close()
    project, document = desk.open()
    assert project.problems == ()
    desk.same(document.stack, states[-1])
    for _ in range(document.history.position):
        assert document.undo() is not None
    desk.same(document.stack, states[0])


def test_a_lost_list_of_places_is_made_good_from_the_history(desk: Any) -> None:
    states = _closed_project(desk)
    _change(desk.path, "DELETE FROM state")
    project, document = desk.open()
    assert "history made it good" in project.problems[0]
    desk.same(document.stack, states[-1])


def test_a_tile_at_a_wrong_place_is_found(desk: Any) -> None:
    states = _closed_project(desk)
    _change(desk.path, "UPDATE state SET tx = tx + 7 WHERE layer = 5 AND tx = 0")
    project, document = desk.open()
    assert project.problems
    assert not _is_same(desk, document.stack, states[-1]) or "made it good" in project.problems[0]


def test_a_damaged_step_ends_the_history_there(desk: Any) -> None:
    states = _closed_project(desk)
    _change(desk.path, "UPDATE changes SET tx = tx + 1 WHERE step = 2")
    project, document = desk.open()
    document.go_to(3)  # the list of steps is whole; what step 2 did is not
    with pytest.raises(ProjectDamagedError):
        document.go_to(1)
    desk.same(document.stack, states[3])
    assert any("1 steps" in text for text in project.verify())


def test_a_lost_step_leaves_those_that_can_be_undone(desk: Any) -> None:
    states = _closed_project(desk)
    _change(desk.path, "DELETE FROM steps WHERE seq = 4")
    project, document = desk.open()
    assert any("history is damaged" in text for text in project.problems)
    assert document.history.position == len(states) - 1 - 4
    document.go_to(0)
    desk.same(document.stack, states[4])


def test_verify_names_a_damaged_tile_of_the_past(desk: Any) -> None:
    states = _closed_project(desk)
    db = sqlite3.connect(desk.path)
    (name,) = db.execute("SELECT after FROM changes WHERE step = 1 ORDER BY tx LIMIT 1").fetchone()
    db.close()
    _change(desk.path, "UPDATE tiles SET data = x'00' WHERE hash = ?", name)
    project, document = desk.open()
    assert project.problems == ()
    assert any("“Paint mask”" in text for text in project.verify())
    with pytest.raises(ProjectDamagedError):
        document.go_to(1)
    desk.same(document.stack, states[-1])


def test_a_damaged_record_of_layers_is_refused_and_left(desk: Any) -> None:
    _closed_project(desk)
    _change(desk.path, "UPDATE head SET position = position - 1")
    before = desk.path.read_bytes()
    with pytest.raises(ProjectDamagedError, match="record of layers"):
        desk.open()
    assert desk.path.read_bytes() == before


def _rot(data: bytes, kind: str, rng: np.random.Generator) -> bytes:
    if kind == "zero":
        return bytes(len(data))
    if kind == "random":
        return rng.bytes(len(data))
    rotten = bytearray(data)
    for index in rng.integers(0, len(data), 3):
        rotten[index] ^= 1 << int(rng.integers(0, 8))
    return bytes(rotten)


def _check_rotten(desk: Any, whole: bytes, offset: int, kind: str, state: LayerStack) -> bool:
    """Open the project with one rotten page; return whether that was possible."""
    page = _rot(whole[offset : offset + PAGE], kind, np.random.default_rng(offset))
    rotten = whole[:offset] + page + whole[offset + PAGE :]
    desk.path.write_bytes(rotten)
    kept = desk.path.with_name("painting.lacuna.damaged-1")
    try:
        project, document = desk.open()
    except ProjectError:
        assert desk.path.read_bytes() == rotten
        assert not kept.exists()
        return False
    if not _is_same(desk, document.stack, state):
        assert project.problems
    assert not project.problems or kept.read_bytes() == rotten
    project.close()
    kept.unlink(missing_ok=True)
    return True


def test_no_rotten_page_shows_a_wrong_pixel_in_silence(desk: Any) -> None:
    """Every 4 KiB block of a small project, one after the other, rotten in one of three ways."""
    state = _closed_project(desk)[-1]
    whole = desk.path.read_bytes()
    opened = [
        _check_rotten(desk, whole, offset, ROT[offset // PAGE % 3], state)
        for offset in range(0, len(whole), PAGE)
    ]
    assert sum(opened) > 0.8 * len(opened)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROT)
def test_no_rotten_page_is_silent_in_any_way(desk: Any, kind: str) -> None:
    state = _closed_project(desk)[-1]
    whole = desk.path.read_bytes()
    for offset in range(0, len(whole), PAGE):
        _check_rotten(desk, whole, offset, kind, state)


def test_an_interrupted_exchange_is_finished_at_the_next_opening(desk: Any) -> None:
    states = _closed_project(desk)
    sound = desk.path.read_bytes()
    _damage_one_tile(desk.path)
    damaged = desk.path.read_bytes()
    log = desk.path.with_name("painting.lacuna-wal")
    kept = desk.path.with_name("painting.lacuna.damaged-1")
    for step in range(3):  # nothing moved yet; the log moved; log and file moved
        desk.path.with_name("painting.lacuna.salvaged").write_bytes(sound)
        if step < 2:
            desk.path.write_bytes(damaged)
        (log if step == 0 else kept.with_name(kept.name + "-wal")).write_bytes(b"log")
        if step == 2:
            desk.path.unlink()
            kept.write_bytes(damaged)
        project, document = desk.open()
        desk.same(document.stack, states[-1])
        project.close()
        assert kept.read_bytes() == damaged
        assert kept.with_name(kept.name + "-wal").read_bytes() == b"log"
        assert sorted(os.listdir(desk.path.parent)) == [
            "painting.lacuna",
            "painting.lacuna.damaged-1",
            "painting.lacuna.damaged-1-wal",
            "painting.tif",
        ]
        kept.unlink()
        kept.with_name(kept.name + "-wal").unlink()
    assert finish_salvage(desk.path) is None


def test_a_second_damage_keeps_a_second_copy(desk: Any) -> None:
    _closed_project(desk)
    for number in (1, 2):
        _damage_one_tile(desk.path)
        project, _ = desk.open()
        project.close()
        assert desk.path.with_name(f"painting.lacuna.damaged-{number}").exists()


def test_without_room_for_a_copy_the_damaged_file_stays(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _closed_project(desk)
    _damage_one_tile(desk.path)
    before = desk.path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.document.project_salvage.write_new_file", full)
    with pytest.raises(ProjectDamagedError, match="make room"):
        desk.open()
    assert desk.path.read_bytes() == before


def test_a_log_that_lost_its_file_is_not_taken_for_a_project(desk: Any) -> None:
    _closed_project(desk)
    shutil.move(desk.path, desk.path.with_name("elsewhere.lacuna"))
    with pytest.raises(ProjectError):
        desk.open()
