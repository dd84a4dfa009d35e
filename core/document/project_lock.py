"""One project, one window: a lock file beside the project that names its holder."""

import errno
import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import ProjectError, ProjectLockedError

if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> None:
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        os.lseek(fd, 0, os.SEEK_SET)

else:
    import fcntl

    def _try_lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


_LOCKED_BYTE = 1 << 30  # far beyond the text: Windows lets nobody read a locked byte
_HELD = {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK}


@dataclass(frozen=True)
class Holder:
    """Who has a project open. `started` tells a process from a later one of the same number."""

    pid: int
    host: str
    started: str

    @classmethod
    def this(cls) -> "Holder":
        """Return this process."""
        return cls(os.getpid(), socket.gethostname(), _started(os.getpid()))

    @property
    def is_alive(self) -> bool:
        """Whether that process of this host still runs, and is not another of its number."""
        if sys.platform == "win32":
            return True  # there a signal cannot ask, and locks never fail to exist
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            pass  # it runs, and belongs to somebody else
        return self.started in ("", _started(self.pid))


class ProjectLock:
    """The lock on one project, held until `release`.

    The system frees it when the process dies, however it dies; what the file then still says
    is stale. A holder on another host cannot be asked: its lock is taken over only on request.
    """

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd

    @classmethod
    def acquire(cls, project: Path, *, take_over: bool = False) -> "ProjectLock":
        """Lock a project. Raises ProjectLockedError naming the holder; ProjectError."""
        # Links to one project must meet at one lock.
        real = Path(os.path.realpath(project))
        path = real.with_name(real.name + ".lock")
        while True:
            lock = cls._open(project, path, take_over)
            if lock is not None:
                return lock

    @classmethod
    def _open(cls, project: Path, path: Path, take_over: bool) -> "ProjectLock | None":
        """Lock the file, or return None if its holder removed it meanwhile."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as cause:
            raise ProjectError(
                f"The project {project} cannot be opened: nothing can be written in its folder."
            ) from cause
        try:
            is_locked = _lock(fd)
            holder = _read_holder(fd)
            if is_locked is False or (
                holder is not None and _is_held(holder, is_locked, take_over)
            ):
                raise ProjectLockedError(_sentence(project, holder))
            if not _is_same_file(path, fd):
                os.close(fd)
                return None
            os.ftruncate(fd, 0)
            os.lseek(fd, 0, os.SEEK_SET)
            os.write(fd, json.dumps(asdict(Holder.this())).encode())
        except OSError as cause:
            os.close(fd)
            raise ProjectError(f"The project {project} cannot be locked.") from cause
        except ProjectLockedError:
            os.close(fd)
            raise
        return cls(path, fd)

    def release(self) -> None:
        """Give the project free and remove the file."""
        if sys.platform == "win32":
            os.close(self._fd)
            self._path.unlink(missing_ok=True)
        else:
            # Removed while still locked, so that nobody's new lock is removed.
            self._path.unlink(missing_ok=True)
            os.close(self._fd)


def _lock(fd: int) -> bool | None:
    """Lock a file; False if somebody holds it, None where the file system knows no locks."""
    try:
        _try_lock(fd)
    except OSError as cause:
        if cause.errno in _HELD:
            return False
        return None
    return True


def _is_held(holder: Holder, is_locked: bool | None, take_over: bool) -> bool:
    if take_over:
        return False
    if holder.host != socket.gethostname():
        return True
    return is_locked is None and holder.is_alive


def _is_same_file(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except FileNotFoundError:
        return False


def _read_holder(fd: int) -> Holder | None:
    os.lseek(fd, 0, os.SEEK_SET)
    try:
        raw = json.loads(os.read(fd, 4096))
        return Holder(int(raw["pid"]), str(raw["host"]), str(raw["started"]))
    except (ValueError, KeyError, TypeError):
        return None  # empty, or cut short by a crash: nobody is named


def _sentence(project: Path, holder: Holder | None) -> str:
    if holder is None:
        return f"The project {project} is open in another window."
    if holder.host != socket.gethostname():
        return (
            f"The project {project} is open on the computer “{holder.host}”, or was when that "
            "computer stopped; close it there, or take it over if you are sure."
        )
    if holder.pid == os.getpid():
        return f"The project {project} is open already, in this Lacuna."
    return f"The project {project} is open in another Lacuna (process {holder.pid})."


def _started(pid: int) -> str:
    """Return when a process started, in a form only to be compared; empty if not to be known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
    # The name in brackets may hold spaces; the start time is the 22nd field, 20th after it.
    return f"{boot}/{stat.rpartition(')')[2].split()[19]}"
