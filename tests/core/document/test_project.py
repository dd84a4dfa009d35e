"""Project: what is written comes back, history included; refusals; the painting found again."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.document.document import Document
from core.document.groups import grouping
from core.document.history import History, StoredStep
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Seam
from core.document.project import Project
from core.document.project_painting import PaintingChange
from core.document.project_schema import VERSION
from core.errors import ProjectDamagedError, ProjectError, ProjectVersionError
from core.image.blend_modes import BlendMode
from core.image.geometry import Rect
from core.image.surface import PixelSource


def test_a_reopened_project_is_what_it_was(desk: Any) -> None:
    project, document = desk.create()
    states = desk.work(document)
    project.close()
    project, reopened = desk.open()
    assert project.problems == ()
    desk.same(reopened.stack, states[-1])
    assert [s.label for s in reopened.history.commands] == [
        s.label for s in document.history.commands
    ]
    assert [s.time for s in reopened.history.commands] == [
        s.time for s in document.history.commands
    ]
    assert [s.dirty for s in reopened.history.commands] == [
        s.dirty for s in document.history.commands
    ]
    origin = reopened.history.commands[3].provenance[0]
    assert (origin.generator_id, origin.files, origin.parameters) == (
        "telea",
        {"a": "b"},
        {"radius": 3.0},
    )
    assert origin.seam == Seam(0.02, 0.01, 99)
    assert project.verify() == []


def test_undo_and_redo_reach_back_over_a_restart(desk: Any) -> None:
    project, document = desk.create()
    states = desk.work(document)
    project.close()
    project, document = desk.open()
    for state in reversed(states[:-1]):
        assert document.undo() is not None
        desk.same(document.stack, state)
    assert document.undo() is None
    for state in states[1:]:
        assert document.redo() is not None
        desk.same(document.stack, state)
    for position in (3, 0, 7, 2, 9):
        document.go_to(position)
        desk.same(document.stack, states[position])


def test_the_position_is_kept(desk: Any) -> None:
    project, document = desk.create()
    states = desk.work(document)
    document.go_to(4)
    project.close()
    _, document = desk.open()
    assert document.history.position == 4
    desk.same(document.stack, states[4])
    document.go_to(9)
    desk.same(document.stack, states[9])


def test_a_stroke_after_undo_drops_what_was_undone(desk: Any) -> None:
    project, document = desk.create()
    desk.work(document)
    document.go_to(2)
    document.do("Other", after := desk.paint(document.stack, Rect(0, 400, 700, 100)))
    project.close()
    project, document = desk.open()
    assert [s.label for s in document.history.commands] == ["Paint mask", "Erase mask", "Other"]
    desk.same(document.stack, after)
    assert project.verify() == []


def test_dropped_tiles_are_cleared_away_when_idle(desk: Any) -> None:
    project, document = desk.create()
    desk.work(document)
    document.go_to(0)
    document.do("Other", desk.paint(document.stack, Rect(0, 0, 10, 10)))
    project.flush()

    def tiles() -> int:
        db = sqlite3.connect(f"{desk.path.as_uri()}?mode=ro", uri=True)
        count = int(db.execute("SELECT count(*) FROM tiles").fetchone()[0])
        db.close()
        return count

    for _ in range(100):
        if tiles() == 1:
            break
        project._writer._condition.acquire()
        project._writer._condition.wait(0.05)
        project._writer._condition.release()
    assert tiles() == 1
    project.close()
    _, document = desk.open()
    assert np.all(document.stack.layer(2).pixels.read(Rect(0, 0, 10, 10)) == 255)


def test_equal_tiles_are_stored_once(desk: Any) -> None:
    project, document = desk.create()
    document.do("Paint mask", desk.paint(document.stack, Rect(0, 0, 512, 256)))
    document.do("Duplicate", document.stack.duplicating(2, "Copy"))
    project.close()
    db = sqlite3.connect(desk.path)
    assert db.execute("SELECT count(*) FROM tiles").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM state").fetchone() == (4,)
    db.close()


def test_a_project_takes_over_the_history_so_far(desk: Any) -> None:
    document = Document(LayerStack.of(desk.source, "Painting"))
    states = desk.work(document)
    document.go_to(6)
    project, _ = desk.create(document)
    project.close()
    _, document = desk.open()
    desk.same(document.stack, states[6])
    document.go_to(0)
    desk.same(document.stack, states[0])
    document.go_to(9)
    desk.same(document.stack, states[9])


def test_history_past_its_budget_is_recalled_from_the_project(desk: Any) -> None:
    document = Document(LayerStack.of(desk.source, "Painting"), History(budget_bytes=0))
    project, _ = desk.create(document)
    states = [document.stack]
    for index in range(12):
        document.do("Paint mask", desk.paint(document.stack, Rect(index * 40, 0, 60, 300)))
        states.append(document.stack)
        assert project.flush()
    assert sum(isinstance(s, StoredStep) for s in document.history.commands) >= 10
    for state in reversed(states[:-1]):
        document.undo()
        desk.same(document.stack, state)


def test_a_closed_project_leaves_one_file(desk: Any) -> None:
    project, document = desk.create()
    desk.work(document)
    project.close()
    project.close()
    assert sorted(p.name for p in desk.path.parent.iterdir()) == ["painting.lacuna", "painting.tif"]


def test_pending_falls_to_none_and_safe_is_told(desk: Any) -> None:
    project, document = desk.create()
    told: list[int] = []
    project.on_safe.append(lambda: told.append(project.pending))
    desk.work(document)
    assert project.flush()
    assert project.pending == 0
    assert project.committed == 9
    assert told
    assert set(told) <= set(range(9))


def test_a_listener_that_fails_does_not_stop_the_writing(desk: Any) -> None:
    project, document = desk.create()
    project.on_commit.append(lambda: 1 // 0)
    desk.work(document)
    assert project.flush()


def test_the_project_of_another_document_is_not_taken(desk: Any) -> None:
    project, document = desk.create()
    project.attach(document)
    with pytest.raises(ValueError):
        project.attach(Document(document.stack))
    with pytest.raises(ValueError):
        Project.create(desk.path.with_name("b.lacuna"), desk.info, document)


def test_create_never_overwrites(desk: Any) -> None:
    project, document = desk.create()
    desk.work(document)
    project.close()
    before = desk.path.read_bytes()
    with pytest.raises(ProjectError, match="already"):
        desk.create()
    assert desk.path.read_bytes() == before


def test_a_project_that_cannot_be_started_leaves_nothing(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr("core.document.project_writer.connect", fail)
        with pytest.raises(ProjectError, match="cannot be written"):
            desk.create()
    assert [p.name for p in desk.path.parent.iterdir()] == ["painting.tif"]
    desk.create()


def test_a_grey_document_comes_back(desk: Any, make_source: Callable[..., PixelSource]) -> None:
    desk.source = make_source(300, 200, 1)
    project, document = desk.create()
    document.do("Add layer", document.stack.adding(LayerKind.RETOUCH, "Fill"))
    patch = desk.patch(document.stack, Rect(50, 50, 100, 100))
    document.do("Restore", after := document.stack.placing(patch, 3))
    project.close()
    _, document = desk.open()
    desk.same(document.stack, after)


@pytest.mark.parametrize("name", ["Ünï ☃ 修復", "a'b\"c\nd?e#f%20", "x" * 200])
def test_odd_names_open(desk: Any, name: str) -> None:
    folder = desk.painting.parent / name
    folder.mkdir()
    desk.painting = Path(shutil.move(desk.painting, folder / f"{name[:100]}.tif"))
    project, document = desk.create()
    states = desk.work(document)
    project.close()
    project, document = desk.open()
    desk.same(document.stack, states[-1])
    assert project.painting_path == desk.painting


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode elsewhere")
def test_names_that_are_not_utf8_open(desk: Any) -> None:
    folder = desk.painting.parent / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    desk.painting = Path(shutil.move(desk.painting, folder / os.fsdecode(b"\xff.tif")))
    project, _ = desk.create()
    project.close()
    project, _ = desk.open()
    assert project.painting_path == desk.painting


def test_default_paths_differ_by_folder(tmp_path: Path) -> None:
    one = Project.default_path(Path("/a/portrait.tif"), tmp_path)
    two = Project.default_path(Path("/b/portrait.tif"), tmp_path)
    assert one != two
    assert one.parent == tmp_path
    assert one.name.startswith("portrait-")
    assert one.suffix == ".lacuna"
    odd = Project.default_path(Path("/a/\udcff" + "ü" * 150 + ".tif"), tmp_path)
    assert len(os.fsencode(odd.name)) < 150


class TestPainting:
    """The painting is known again by place, size, time and SHA-256."""

    def _closed(self, desk: Any) -> None:
        project, _ = desk.create()
        project._hasher.join()  # a moment later the painting's hash is known and stored
        project.close()

    def test_moved_together_it_is_found_beside_the_project(self, desk: Any) -> None:
        self._closed(desk)
        folder = desk.path.parent / "elsewhere"
        folder.mkdir()
        shutil.move(desk.path, folder)
        shutil.move(desk.painting, folder)
        project, _ = desk.open(folder / desk.path.name)
        assert project.painting_path == folder / "painting.tif"
        project.close()
        project, _ = desk.open(folder / desk.path.name)
        assert project.painting_path == folder / "painting.tif"

    def test_a_project_moved_alone_finds_it_at_its_old_place(self, desk: Any) -> None:
        self._closed(desk)
        folder = desk.path.parent / "elsewhere"
        folder.mkdir()
        shutil.move(desk.path, folder)
        project, _ = desk.open(folder / desk.path.name)
        assert project.painting_path == desk.painting

    def test_a_new_date_alone_is_no_change(self, desk: Any) -> None:
        self._closed(desk)
        os.utime(desk.painting, (0, 0))
        project, _ = desk.open()
        assert project.painting_path == desk.painting

    def test_other_content_is_refused_by_hash(self, desk: Any) -> None:
        self._closed(desk)
        data = bytearray(desk.painting.read_bytes())
        data[50_000] ^= 1
        desk.painting.write_bytes(data)
        os.utime(desk.painting, (0, 0))
        before = desk.path.read_bytes()
        with pytest.raises(ProjectError, match="content has changed"):
            desk.open()
        assert desk.path.read_bytes() == before
        project, _ = desk.open(allow_changed=True)
        assert project.earlier_change is PaintingChange.CHANGED
        project._hasher.join()
        project.close()
        assert desk.open()[0].earlier_change is None

    def test_another_size_is_refused(self, desk: Any) -> None:
        self._closed(desk)
        desk.painting.write_bytes(b"short")
        with pytest.raises(ProjectError, match="100000 bytes and has 5"):
            desk.open()

    def test_a_missing_painting_is_named_and_can_be_pointed_to(self, desk: Any) -> None:
        self._closed(desk)
        folder = desk.path.parent / "elsewhere"
        folder.mkdir()
        moved = Path(shutil.move(desk.painting, folder / "renamed.tif"))
        with pytest.raises(ProjectError, match="was not found"):
            desk.open()
        project, _ = desk.open(painting=moved)
        project.close()
        project, _ = desk.open()
        assert project.painting_path == moved

    def test_a_painting_of_another_shape_is_refused(
        self, desk: Any, make_source: Callable[..., PixelSource]
    ) -> None:
        self._closed(desk)
        desk.source = make_source(300, 200, 1)
        with pytest.raises(ProjectError, match="700 × 500"):
            desk.open()

    def test_a_change_while_open_is_told(self, desk: Any) -> None:
        project, _ = desk.create()
        assert project.painting_change() is None
        os.utime(desk.painting, (0, 0))
        assert project.painting_change() is PaintingChange.CHANGED
        desk.painting.unlink()
        assert project.painting_change() is PaintingChange.REMOVED

    def test_the_painting_is_never_written(self, desk: Any) -> None:
        before = (desk.painting.read_bytes(), desk.painting.stat().st_mtime_ns)
        project, document = desk.create()
        desk.work(document)
        project.close()
        desk.open()
        assert (desk.painting.read_bytes(), desk.painting.stat().st_mtime_ns) == before


class TestRefusal:
    """Files that are no project of this Lacuna's are refused and left alone."""

    def _refused(self, desk: Any, kind: type[ProjectError], sentence: str) -> None:
        before = desk.path.read_bytes()
        with pytest.raises(kind, match=sentence):
            desk.open()
        assert desk.path.read_bytes() == before
        assert sorted(p.name for p in desk.path.parent.iterdir()) == [
            "painting.lacuna",
            "painting.tif",
        ]

    def test_a_newer_version(self, desk: Any) -> None:
        desk.create()[0].close()
        db = sqlite3.connect(desk.path)
        db.execute("PRAGMA user_version = 99")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        self._refused(desk, ProjectVersionError, "newer Lacuna")

    def test_an_empty_file(self, desk: Any) -> None:
        desk.path.write_bytes(b"")
        self._refused(desk, ProjectDamagedError, "not a Lacuna project")

    def test_another_kind_of_file(self, desk: Any) -> None:
        desk.path.write_bytes(b"II*\0" + bytes(5000))
        self._refused(desk, ProjectDamagedError, "not a Lacuna project")

    def test_another_programs_database(self, desk: Any) -> None:
        db = sqlite3.connect(desk.path)
        db.execute("CREATE TABLE notes(text)")
        db.close()
        self._refused(desk, ProjectError, "not a Lacuna project")

    def test_a_truncated_project(self, desk: Any) -> None:
        project, document = desk.create()
        desk.work(document)
        project.close()
        data = desk.path.read_bytes()
        desk.path.write_bytes(data[: len(data) * 9 // 10])
        self._refused(desk, ProjectDamagedError, "cut short")

    def test_a_project_with_foreign_triggers(self, desk: Any) -> None:
        desk.create()[0].close()
        db = sqlite3.connect(desk.path)
        db.execute("CREATE TRIGGER t AFTER INSERT ON steps BEGIN DELETE FROM tiles; END")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        self._refused(desk, ProjectDamagedError, "damaged")

    def test_a_missing_project(self, desk: Any) -> None:
        with pytest.raises(ProjectError):
            desk.open()
        with pytest.raises(ProjectError, match="no project"):
            desk.open(desk.path.parent / "nowhere" / "a.lacuna")
        assert [p.name for p in desk.path.parent.iterdir()] == ["painting.tif"]


class TestFilesOfOtherVersions:
    def test_a_file_of_version_1_opens_and_is_raised_by_the_first_step(self, desk: Any) -> None:
        project, document = desk.create()
        desk.work(document)
        stack = document.stack
        project.close()
        self._set_version(desk, 1)
        project, document = desk.open()
        desk.same(document.stack, stack)
        assert project.problems == ()
        document.undo()
        assert project.flush()
        assert self._version(desk) == 1
        layer = replace(document.stack.layer(2), is_locked=True)
        document.do("Lock", document.stack.replacing(layer))
        assert project.flush()
        assert self._version(desk) == VERSION
        document.undo()
        assert not document.stack.layer(2).is_locked

    def test_a_file_of_version_2_has_no_origins_and_gets_them_with_the_next_fill(
        self, desk: Any
    ) -> None:
        project, document = desk.create()
        document.do("Add", document.stack.adding(LayerKind.RETOUCH, "fill"))
        project.close()
        self._set_version(desk, 2)
        project, document = desk.open()
        assert project.problems == ()
        assert document.stack.layer(3).origins is None
        fill = desk.patch(document.stack, Rect(200, 200, 120, 150))
        document.do("Restore", document.stack.placing(fill, 3), [fill.provenance])
        stack = document.stack
        project.close()
        assert self._version(desk) == VERSION
        _, document = desk.open()
        assert document.stack.layer(3).origins is not None
        desk.same(document.stack, stack)
        document.undo()
        assert document.stack.layer(3).origins is None
        document.redo()
        desk.same(document.stack, stack)

    def test_groups_blend_modes_and_locks_are_kept_with_the_history(self, desk: Any) -> None:
        project, document = desk.create()
        stack = document.stack.adding(LayerKind.RETOUCH, "glaze")
        stack = stack.replacing(replace(stack.layer(3), blend=BlendMode.MULTIPLY))
        document.do("Glaze", stack)
        document.do("Group", grouping(document.stack, 3, "glazes"))
        group = replace(document.stack.layer(4), is_locked=True, opacity=0.5)
        document.do("Lock", document.stack.replacing(group))
        project.close()
        _, document = desk.open()
        assert [layer.traits for layer in document.stack] == [
            layer.traits for layer in document.stack.replacing(group)
        ]
        assert document.stack.layer(3).blend is BlendMode.MULTIPLY
        assert document.stack.layer(3).group == 4
        assert document.stack.is_locked(document.stack.layer(3))
        document.go_to(1)
        assert document.stack.layer(3).group is None
        document.go_to(3)
        assert document.stack.layer(4).opacity == 0.5

    @staticmethod
    def _version(desk: Any) -> int:
        db = sqlite3.connect(desk.path)
        try:
            return int(db.execute("PRAGMA user_version").fetchone()[0])
        finally:
            db.close()

    @staticmethod
    def _set_version(desk: Any, version: int) -> None:
        db = sqlite3.connect(desk.path)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
