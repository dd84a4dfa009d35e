"""The one thread that writes a project: each command a transaction, none forgotten on errors."""

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from core.document.history import Command
from core.document.project_failure import failure_sentence
from core.document.project_painting import PaintingReference, write_reference
from core.document.project_schema import connect, log_files, read_head
from core.document.project_write import (
    delete_tiles,
    unreferenced_tiles,
    write_command,
    write_move,
)
from core.errors import ProjectError

_log = logging.getLogger(__name__)

_BATCH = 32  # commands in one transaction when the disk cannot keep up with the hand
_IDLE_S = 1.0  # nothing to write for so long: time to tidy up
_WAL_BYTES = 128 << 20  # beyond it the log is emptied even while the painting goes on
_GARBAGE = 32  # tiles deleted in one transaction
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.1, 5.0


@dataclass(frozen=True)
class Job:
    """One thing to write: a command, a move (no command), or where the painting lies."""

    event: int
    position: int = 0
    command: Command | None = None
    reference: PaintingReference | None = None


class ProjectWriter:
    """Writes jobs in order, in its own thread, through its own connection.

    A job counts as written when its transaction is committed and synced. When that fails, it
    stays in memory, `on_error` hears one sentence, and it is tried again on a fresh connection
    (what a failed sync did to the old one is not to be known) until it succeeds.

    `on_commit`, `on_safe` (nothing is pending) and `on_error` are called in the writer's thread.
    """

    def __init__(
        self,
        path: Path,
        event: int,
        *,
        on_commit: Callable[[], None],
        on_safe: Callable[[], None],
        on_error: Callable[[str], None],
    ) -> None:
        """Open the project for writing. Raises sqlite3.Error, ProjectError."""
        self._path = path
        self._on_commit, self._on_safe, self._on_error = on_commit, on_safe, on_error
        self._condition = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._rows: WeakKeyDictionary[Command, int] = WeakKeyDictionary()
        self._event = event
        self._committed = 0
        self._error: str | None = None
        self._is_stopping = self._is_discarding = False
        self._has_garbage = True  # a crash may have left some
        self._is_checkpointed = False
        self._db: sqlite3.Connection | None = connect(path, is_read_only=False)
        self._inode = _inode(path)
        self._thread = threading.Thread(target=self._run, name="project-writer", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """Commands and moves not yet safe on the disk."""
        with self._condition:
            return self._pending()

    @property
    def committed(self) -> int:
        """Commands and moves safe on the disk since this writer began."""
        with self._condition:
            return self._committed

    @property
    def error(self) -> str | None:
        """Why the last attempt failed; None when it did not."""
        with self._condition:
            return self._error

    def row_of(self, command: Command) -> int | None:
        """Return the number of a command's step in the file; None while it is not safe there."""
        with self._condition:
            return self._rows.get(command)

    def write(self, position: int, command: Command | None) -> None:
        """Queue a command, or a move to a position. Never waits for the disk."""
        with self._condition:
            self._event += 1
            self._jobs.append(Job(self._event, position, command))
            self._condition.notify_all()

    def write_painting(self, reference: PaintingReference) -> None:
        """Queue where the painting lies; it does not count as pending."""
        with self._condition:
            self._jobs.append(Job(self._event, reference=reference))
            self._condition.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing is pending; return whether that came in time."""
        with self._condition:
            return self._condition.wait_for(lambda: self._pending() == 0, timeout_s)

    def stop(self, *, is_discarding: bool = False) -> None:
        """Write what is queued, or discard it; empty the log; close; wait for the thread."""
        with self._condition:
            self._is_stopping, self._is_discarding = True, is_discarding
            self._condition.notify_all()
        self._thread.join()

    def _pending(self) -> int:
        return sum(job.reference is None for job in self._jobs)

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            if batch:
                self._write_until_safe(batch)
            else:
                self._tidy()
        self._close()

    def _next(self) -> list[Job] | None:
        """Return the next jobs, an empty list when idle, None at the end."""
        with self._condition:
            is_tidy = self._is_checkpointed and not self._has_garbage
            self._condition.wait_for(
                lambda: self._jobs or self._is_stopping, None if is_tidy else _IDLE_S
            )
            if self._is_discarding or (self._is_stopping and not self._jobs):
                return None
            return list(self._jobs)[:_BATCH]

    def _write_until_safe(self, batch: list[Job]) -> None:
        delay_s = _FIRST_DELAY_S
        while True:
            try:
                self._transact(batch)
            except Exception as cause:  # whatever it is, the strokes must stay and be tried again
                self._fail(cause)
                batch = batch[:1]  # there may be room for one
                if self._is_dropped(batch[0]) or self._is_given_up(delay_s):
                    return
                delay_s = min(2 * delay_s, _LONGEST_DELAY_S)
            else:
                self._succeed(batch)
                return

    def _transact(self, batch: list[Job]) -> None:
        """Write jobs in one transaction; those found written already are left out."""
        if _inode(self._path) != self._inode:
            raise FileNotFoundError(f"{self._path} was moved or deleted")
        db = self._connected()
        self._is_checkpointed = False
        db.execute("BEGIN IMMEDIATE")
        written = read_head(db).event
        for job in batch:
            if job.reference is not None:
                write_reference(db, job.reference)
            elif job.event <= written:
                continue
            elif job.command is not None:
                write_command(db, job.command, job.position, job.event)
            else:
                write_move(db, job.position, job.event)
        db.execute("COMMIT")

    def _succeed(self, batch: list[Job]) -> None:
        with self._condition:
            for job in batch:
                self._jobs.popleft()
                self._committed += job.reference is None
                if job.command is not None:
                    self._rows[job.command] = job.position
                    self._has_garbage = True  # undone steps may have been dropped
            self._error = None
            is_safe = self._pending() == 0
            self._condition.notify_all()
        _call(self._on_commit)
        if is_safe:
            _call(self._on_safe)
        if _size(log_files(self._path)[0]) > _WAL_BYTES:
            self._tidy()

    def _fail(self, cause: Exception) -> None:
        _log.warning("writing %s failed", self._path, exc_info=cause)
        self._drop_connection()
        with self._condition:
            pending = self._pending()
            sentence = failure_sentence(self._path, cause, pending)
            is_news = pending > 0 and self._error != sentence
            self._error = sentence if pending else None
        if is_news:
            _call(lambda: self._on_error(sentence))

    def _is_dropped(self, job: Job) -> bool:
        """Give up telling where the painting lies: the next opening finds it out again."""
        if job.reference is None:
            return False
        with self._condition:
            self._jobs.popleft()
        return True

    def _is_given_up(self, delay_s: float) -> bool:
        """Wait before the next attempt; return whether the queue is to be discarded."""
        with self._condition:
            return self._condition.wait_for(lambda: self._is_discarding, delay_s)

    def _drop_connection(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            try:
                db.close()
            except sqlite3.Error as cause:
                _log.warning("closing %s failed", self._path, exc_info=cause)

    def _tidy(self) -> None:
        """Empty the log and delete tiles nobody holds, a few at a time."""
        try:
            if self._has_garbage:
                self._collect()
            if not self._has_garbage:
                self._checkpoint()
        except (sqlite3.Error, OSError, ProjectError) as cause:
            # Nothing of the conservator's is at stake; the next stroke tries the disk again.
            _log.warning("tidying %s failed", self._path, exc_info=cause)
            self._drop_connection()
            self._has_garbage, self._is_checkpointed = False, True

    def _collect(self) -> None:
        """Delete tiles nobody holds, until there are none or a stroke comes."""
        db = self._connected()
        names = unreferenced_tiles(db)
        for start in range(0, len(names), _GARBAGE):
            with self._condition:
                if self._jobs:
                    return  # the stroke may hold such a tile again: look anew afterwards
            db.execute("BEGIN IMMEDIATE")
            delete_tiles(db, names[start : start + _GARBAGE])
            db.execute("COMMIT")
        self._has_garbage = False

    def _checkpoint(self) -> None:
        """Bring the log's content into the file, so that the next opening is quick."""
        self._connected().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._is_checkpointed = True

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = connect(self._path, is_read_only=False)
        return self._db

    def _close(self) -> None:
        try:
            self._checkpoint()
        except (sqlite3.Error, OSError, ProjectError) as cause:
            _log.warning("the log of %s stays for the next opening", self._path, exc_info=cause)
        self._drop_connection()


def _call(callback: Callable[[], None]) -> None:
    """Call a listener; its failure is its own and must not end the writing."""
    try:
        callback()
    except Exception:
        _log.exception("a listener of the project's writer failed")


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
