"""A file opened for reading only, read at positions, by any number of threads."""

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import ImageReadError

# Windows has no pread: there a lock keeps seek and read together.
_PREAD = getattr(os, "pread", None)
_PREADV = getattr(os, "preadv", None)


class ByteFile:
    """Bytes of a regular file by position.

    Opened O_RDONLY, so nothing done here can write to it; never mapped, since a mapped file
    that shrinks kills the process (SIGBUS). Every method may be called from any thread; close()
    waits for no one: the descriptor goes when the last read under way has ended.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"“{path.name}”"
        self._lock = threading.Lock()
        self._seek_lock = threading.Lock()
        self._readers = 0
        self._is_closed = False
        self._descriptor = _opened(path, self.name)
        status = os.fstat(self._descriptor)
        self.size = status.st_size
        self.file_id = (status.st_dev, status.st_ino)
        self.state = _state(status)

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset`. Raises ImageReadError if they are gone."""
        with self._reading() as descriptor:
            return self._read_all(descriptor, offset, size)

    def read_into(self, offset: int, room: memoryview) -> None:
        """Fill `room`, writable bytes, from `offset`. Raises ImageReadError as `read` does."""
        with self._reading() as descriptor:
            if _PREADV is None:
                room[:] = self._read_all(descriptor, offset, len(room))
                return
            done = 0
            while done < len(room):
                count = _PREADV(descriptor, [room[done:]], offset + done)
                if not count:
                    raise self._shorter()
                done += count

    def read_rows(self, offset: int, size: int, stride: int, rows: int) -> bytes:
        """Return `size` bytes from offset, offset + stride, … joined. Raises as `read` does."""
        with self._reading() as descriptor:
            parts = [self._read_all(descriptor, offset + y * stride, size) for y in range(rows)]
        return b"".join(parts)

    def is_unchanged(self) -> bool:
        """Whether size and times of the file are what they were when it was opened."""
        with self._reading() as descriptor:
            return _state(os.fstat(descriptor)) == self.state

    def expect(self, offset: int, size: int) -> None:
        """Let the system fetch bytes that will be read soon; it may ignore that."""
        if hasattr(os, "posix_fadvise"):
            with self._reading() as descriptor, suppress(OSError):
                os.posix_fadvise(descriptor, offset, size, os.POSIX_FADV_WILLNEED)

    def close(self) -> None:
        """Give the file back; later reads raise ImageReadError. May be called twice."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            is_idle = self._readers == 0
        if is_idle:
            os.close(self._descriptor)

    def __del__(self) -> None:
        # Absent where __init__ failed before the file was open.
        if getattr(self, "_descriptor", None) is not None:
            self.close()

    @contextmanager
    def _reading(self) -> Iterator[int]:
        with self._lock:
            if self._is_closed:
                raise ImageReadError(f"{self.name} is closed.")
            self._readers += 1
        try:
            yield self._descriptor
        except OSError as cause:
            raise ImageReadError(
                f"{self.name} can no longer be read; check the drive it lies on."
            ) from cause
        finally:
            self._end_reading()

    def _end_reading(self) -> None:
        with self._lock:
            self._readers -= 1
            is_last = self._is_closed and self._readers == 0
        if is_last:
            os.close(self._descriptor)

    def _read_all(self, descriptor: int, offset: int, size: int) -> bytes:
        data = self._read_once(descriptor, offset, size)
        if len(data) == size:
            return data
        # The system may give less than asked for, but nothing only at the end.
        parts = [data]
        while size > (done := sum(map(len, parts))):
            part = self._read_once(descriptor, offset + done, size - done)
            if not part:
                raise self._shorter()
            parts.append(part)
        return b"".join(parts)

    def _shorter(self) -> ImageReadError:
        return ImageReadError(
            f"{self.name} has become shorter than it was when it was opened; "
            "check the drive it lies on and open it again."
        )

    def _read_once(self, descriptor: int, offset: int, size: int) -> bytes:
        if _PREAD is not None:
            data: bytes = _PREAD(descriptor, size, offset)
            return data
        with self._seek_lock:
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.read(descriptor, size)


def _state(status: os.stat_result) -> tuple[int, ...]:
    """Return what changes with each write: also the inode's time, which no program can put back."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _opened(path: Path, name: str) -> int:
    # O_NONBLOCK: opening a named pipe must not wait for its writer.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError as cause:
        raise ImageReadError(f"There is no file {name} in “{path.parent}”.") from cause
    except PermissionError as cause:
        raise ImageReadError(f"{name} may not be read; check its permissions.") from cause
    except (OSError, ValueError) as cause:
        raise ImageReadError(f"{name} cannot be opened.") from cause
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise ImageReadError(f"{name} is not a file but a folder or a device.")
