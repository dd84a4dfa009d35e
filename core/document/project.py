"""A .lacuna project: every stroke of a document safe on the disk, history included."""

import hashlib
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from core.document.document import Document, HistoryEvent
from core.document.history import BUDGET_BYTES, Command, History, StoredStep
from core.document.layer import LayerStack
from core.document.project_evidence import EvidenceFiles
from core.document.project_failure import errors_named
from core.document.project_lock import ProjectLock
from core.document.project_painting import (
    PaintingChange,
    PaintingFile,
    PaintingReference,
    current_reference,
    hash_file,
    read_reference,
    write_reference,
)
from core.document.project_read import Loaded, recall
from core.document.project_salvage import finish_salvage, load_sound
from core.document.project_schema import (
    check_header,
    drop_empty_log,
    read_head,
    remove_project,
    write_new_file,
)
from core.document.project_tiles import TileReader
from core.document.project_verify import verify
from core.document.project_write import write_document
from core.document.project_writer import ProjectWriter
from core.errors import ProjectDamagedError, ProjectError
from core.image.surface import PixelSource

SUFFIX = ".lacuna"
# A larger painting is hashed only after the first look at it, which needs the disk too.
_LARGE_BYTES = 64 << 20
_FIRST_LOOK_S = 1.0


class Project:
    """An open project file: hears a document's commands and writes them in its own thread.

    Made by `create` or `open`; it holds the file's lock until `close`. Methods are for the
    document's owning thread; `pending`, `committed`, `error` and `verify` may be asked from any.

    Listeners are called in the writer's thread and must hand over to the GUI's: `on_commit`
    after each transaction, `on_safe` when nothing is pending any more, `on_error` with a
    sentence when a write failed (the strokes stay in memory and are tried again).
    `problems` says, in sentences, what was found damaged on opening, `missing` which evidence
    was not found, `earlier_change` what became of the painting since it was opened before.
    """

    def __init__(self, lock: ProjectLock, reader: TileReader, reference: PaintingReference) -> None:
        """Start writing to a sound, locked project file. Raises sqlite3.Error, ProjectError."""
        self.path = reader.path
        self.painting_path = Path(reference.path)
        self.problems: tuple[str, ...] = ()
        self.missing: tuple[str, ...] = ()
        self._evidence = EvidenceFiles(self.path)
        self.on_commit: list[Callable[[], None]] = []
        self.on_safe: list[Callable[[], None]] = []
        self.on_error: list[Callable[[str], None]] = []
        self._lock = lock
        self._reader = reader
        self._reference = reference
        self._document: Document | None = None
        self._is_closed = False
        stored, event = read_reference(reader.db), read_head(reader.db).event
        self.earlier_change = stored.change_to(reference)
        self._writer = ProjectWriter(
            self.path,
            event,
            on_commit=lambda: _call_all(self.on_commit),
            on_safe=lambda: _call_all(self.on_safe),
            on_error=lambda sentence: _call_all(self.on_error, sentence),
        )
        if reference != stored:
            self._writer.write_painting(reference)
        self._stop_hashing = threading.Event()
        self._hasher = threading.Thread(target=self._hash, args=(reference,), daemon=True)
        self._hasher.start()

    @staticmethod
    def default_path(painting: Path, folder: Path) -> Path:
        """Return where, in a folder of projects, the one of a painting lies.

        Paintings of one name in different folders have different projects.
        """
        place = os.fsencode(os.path.abspath(painting))
        name = re.sub(r"[^\w. -]", "_", Path(painting).stem)[:40]
        return folder / f"{name}-{hashlib.sha256(place).hexdigest()[:12]}{SUFFIX}"

    @classmethod
    def create(cls, path: Path, info: PaintingFile, document: Document) -> "Project":
        """Make a project of a document as it stands, its history included, and attach it.

        Raises ProjectError if there is a file at `path` already or it cannot be written,
        ProjectLockedError if somebody is just making one there.
        """
        path = Path(os.path.abspath(path))
        if document.history.store is not None:
            raise ValueError("the document belongs to a project")
        with errors_named(f"The project {path} cannot be written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = ProjectLock.acquire(path)
            try:
                finish_salvage(path)
                if path.exists():
                    raise ProjectError(f"There is a project {path} already; open it instead.")
                reference = PaintingReference.of(info.path, path)
                try:
                    write_new_file(path, lambda db: _fill(db, document, reference))
                    project = cls._started(lock, TileReader(path), reference)
                except BaseException:
                    remove_project(path)  # nothing was done in it yet
                    raise
            except BaseException:
                lock.release()
                raise
        project.attach(document)
        return project

    @classmethod
    def open(
        cls,
        path: Path,
        open_source: Callable[[Path], PixelSource],
        *,
        painting: Path | None = None,
        allow_changed: bool = False,
        take_over: bool = False,
        open_evidence: Callable[[Path], PixelSource] | None = None,
        budget_bytes: int = BUDGET_BYTES,
    ) -> "tuple[Project, Document]":
        """Open a project: the current state, and every step before and after it.

        open_source opens the painting once it is found; `painting` says where it lies now,
        `allow_changed` accepts one of other size or content, `take_over` ignores a lock left by
        another computer. What is damaged is left out and named in `problems`; the damaged file
        is kept beside the project. open_evidence opens pictures of EVIDENCE layers, in the
        document's profile; those that are missing or changed are named in `missing`.
        Raises ProjectLockedError, ProjectVersionError, ProjectDamagedError (nothing could be
        read, or no copy of the damaged file be kept), ProjectError (the painting is missing or
        changed), and what open_source raises. Then nothing was written.
        """
        path = Path(os.path.abspath(path))
        with errors_named(f"The project {path} cannot be opened"):
            if not path.parent.is_dir():
                raise ProjectError(f"There is no project {path}.")
            lock = ProjectLock.acquire(path, take_over=take_over)
            try:
                finish_salvage(path)
                check_header(path)
                reader, loaded = load_sound(path)
                try:
                    reference = current_reference(reader.db, path, painting, allow_changed)
                    source = open_source(Path(reference.path))
                    evidence = EvidenceFiles(path, open_evidence)
                    stack = _stack(loaded, source, path, evidence)
                except BaseException:
                    reader.db.close()
                    raise
                project = cls._started(lock, reader, reference)
            except BaseException:
                drop_empty_log(path)
                lock.release()
                raise
        project.problems, project._evidence = loaded.problems, evidence
        project.missing = evidence.missing
        position = loaded.head.position
        history = History.resumed(loaded.steps, position, stack, project, budget_bytes)
        document = Document(stack, history)
        project.attach(document)
        return project, document

    @classmethod
    def _started(
        cls, lock: ProjectLock, reader: TileReader, reference: PaintingReference
    ) -> "Project":
        try:
            return cls(lock, reader, reference)
        except BaseException:
            reader.db.close()
            raise

    @property
    def pending(self) -> int:
        """Strokes and moves through history not yet safe on the disk."""
        return self._writer.pending

    @property
    def committed(self) -> int:
        """Strokes and moves written safely since the project was opened."""
        return self._writer.committed

    @property
    def error(self) -> str | None:
        """Why strokes are pending, if writing fails."""
        return self._writer.error

    def attach(self, document: Document) -> None:
        """Write what is done to a document from now on. It must stand where the file stands.

        Raises ValueError if another document is attached.
        """
        if self._document is document:
            return
        if self._document is not None:
            raise ValueError("the project has a document")
        self._document = document
        document.history.store = self
        self._evidence.know(document.stack)
        document.on_command.append(self._write)

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until every stroke is safe on the disk; return whether that came in time."""
        return self._writer.flush(timeout_s)

    def close(self, timeout_s: float = 30.0, *, is_discarding: bool = False) -> None:
        """Write all that is pending, empty the log and unlock the project. Idempotent.

        Raises ProjectError if strokes cannot be written in time; the project is then still
        open. With `is_discarding` they are given up.
        """
        if self._is_closed:
            return
        if not is_discarding and not self.flush(timeout_s):
            raise ProjectError(
                self.error or f"{self.pending} strokes are still being written to {self.path}."
            )
        self._is_closed = True
        if self._document is not None:
            self._document.on_command.remove(self._write)
        self._stop_hashing.set()
        self._hasher.join()
        with self._reader.lock:
            self._reader.db.close()
        self._writer.stop(is_discarding=is_discarding)
        self._lock.release()

    def verify(self) -> list[str]:
        """Read and prove the whole file; return a sentence per thing that is damaged.

        Takes as long as reading the file: for a worker thread.
        """
        reader = TileReader(self.path)
        try:
            with errors_named(f"The project {self.path} cannot be read"):
                return verify(reader)
        except ProjectDamagedError as error:
            return [str(error)]
        finally:
            reader.db.close()

    def painting_change(self) -> PaintingChange | None:
        """Return what became of the painting's file since it was opened here; from any thread."""
        return self._reference.change_at(self.painting_path)

    def stored(self, command: Command) -> StoredStep | None:
        """Return a command's stored form; None while it is not safe (see StepStore)."""
        row = self._writer.row_of(command)
        if row is None:
            return None
        return StoredStep(command.label, command.dirty, command.provenance, command.time, row)

    def recalled(
        self, steps: Sequence[StoredStep], stack: LayerStack, *, is_undo: bool
    ) -> LayerStack:
        """Return the state beyond stored steps (see StepStore)."""
        if self._is_closed:
            raise ProjectError(f"The project {self.path} is closed; open it to go back so far.")
        with errors_named(f"The project {self.path} does not give that step"):
            first, last = steps[0].row, steps[-1].row
            self._evidence.know(stack)
            return recall(
                self._reader, first, last, stack, is_undo=is_undo, evidence_of=self._evidence
            )

    def _write(self, event: HistoryEvent) -> None:
        if event.command is not None:
            self._evidence.know(event.command.after)
        self._writer.write(event.position, event.command)

    def _hash(self, reference: PaintingReference) -> None:
        """Find the painting's SHA-256, in a thread of its own, if it is not known."""
        if reference.size_bytes > _LARGE_BYTES:
            self._stop_hashing.wait(_FIRST_LOOK_S)
        if not reference.sha256 and reference.change_at(self.painting_path) is None:
            sha256 = hash_file(self.painting_path, self._stop_hashing)
            if sha256 is not None:
                self._writer.write_painting(replace(reference, sha256=sha256))


def _fill(db: sqlite3.Connection, document: Document, reference: PaintingReference) -> None:
    history = document.history
    commands = [step for step in history.commands if isinstance(step, Command)]
    write_document(db, document.stack, commands, history.position)
    write_reference(db, reference)


def _stack(loaded: Loaded, source: PixelSource, path: Path, evidence: EvidenceFiles) -> LayerStack:
    head = loaded.head
    if (source.width, source.height, source.channels) != (head.width, head.height, head.channels):
        raise ProjectError(
            f"The project {path} was made on a painting of {head.width} × {head.height} pixels "
            f"and {head.channels} channels; this one has {source.width} × {source.height} and "
            f"{source.channels}."
        )
    return loaded.stack(source, evidence)


def _call_all(listeners: Sequence[Callable[..., None]], *values: str) -> None:
    for listener in tuple(listeners):
        listener(*values)
