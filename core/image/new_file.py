"""A file that appears whole or not at all: written beside its place, made safe, then renamed."""

import errno
import os
import secrets
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from core.errors import ImageWriteError

# Virus scanners and sync programs hold a fresh file for a moment.
_RENAME_TRIES, _RENAME_PAUSE_S = 4, 0.25
# What is larger is written as it is.
_BUFFER_BYTES = 1 << 16
_BEGIN_BYTES = 32 << 20
_START, _END = ".lacuna-", ".part"
_LEFTOVER_AGE_S = 24 * 3600


class NewFile:
    """A temporary file in the folder of `path` that takes its place when published.

    Used as a context: left without `publish()`, for whatever reason, the temporary file is
    removed and what stood at `path` still stands. `needed_bytes` is what the file may need; it
    is named when the disk is full. One thread at a time.
    """

    def __init__(self, path: Path, needed_bytes: int) -> None:
        self.path = path
        self.name = f"“{path.name}”"
        self._needed_bytes = needed_bytes
        self._mode = _checked_mode(path, self.name)
        self._is_published = False
        self._begun_bytes = 0
        _remove_leftovers(path.parent)
        # Short, whatever the target's name: 255 bytes is the limit of a name.
        self.temporary = path.parent / f"{_START}{secrets.token_hex(6)}{_END}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self.temporary, flags, 0o666)
        except OSError as cause:
            raise self.failure(cause) from cause
        except ValueError as cause:
            raise ImageWriteError(f"{self.name} is no possible file name.") from cause
        self.handle: BinaryIO = open(descriptor, "w+b", buffering=_BUFFER_BYTES)  # noqa: SIM115

    def __enter__(self) -> "NewFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_published:
            return
        # On a full disk closing fails on what is still buffered; the file goes anyway.
        with suppress(OSError):
            self.handle.close()
        self.temporary.unlink(missing_ok=True)

    def begin_sync(self) -> None:
        """Let the system bring what was written by now to the disk, while more is written.

        Else it waits until memory is full of it, and then stops whoever writes.
        """
        at = self.handle.tell()
        if at - self._begun_bytes >= _BEGIN_BYTES and hasattr(os, "posix_fadvise"):
            self.handle.flush()
            size = at - self._begun_bytes
            with suppress(OSError):
                os.posix_fadvise(
                    self.handle.fileno(), self._begun_bytes, size, os.POSIX_FADV_DONTNEED
                )
            self._begun_bytes = at

    def sync(self) -> None:
        """Bring all that was written to the disk, and forget it, so that it is read from there."""
        self.handle.flush()
        os.fsync(self.handle.fileno())
        if hasattr(os, "posix_fadvise"):
            with suppress(OSError):
                os.posix_fadvise(self.handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def publish(self) -> None:
        """Put the file in its place, replacing what stood there, in one step."""
        if self._mode is not None and hasattr(os, "fchmod"):
            with suppress(OSError):  # Drives without permissions, such as FAT, refuse.
                os.fchmod(self.handle.fileno(), self._mode)
        self.sync()
        self.handle.close()
        for tries_left in range(_RENAME_TRIES - 1, -1, -1):
            try:
                os.replace(self.temporary, self.path)
                break
            except PermissionError:
                if not tries_left:
                    raise
                time.sleep(_RENAME_PAUSE_S)
        self._is_published = True
        _sync_folder(self.path.parent)

    def failure(self, cause: OSError) -> ImageWriteError:
        """Return the sentence for an error of the file system."""
        return ImageWriteError(f"{self.name} was not written: {self._reason(cause)}{self._rest()}")

    def _reason(self, cause: OSError) -> str:
        folder = f"“{self.path.parent}”"
        if cause.errno in (errno.ENOSPC, errno.EDQUOT):
            free = _size_text(free_bytes(self.path.parent))
            return f"the disk is full (it needs {_size_text(self._needed_bytes)}, {free} are free)"
        if cause.errno == errno.EFBIG:
            return f"this disk or account takes no file of {_size_text(self._needed_bytes)}"
        if cause.errno in (errno.EACCES, errno.EPERM):
            return f"the folder {folder} or the file there may not be written to"
        if cause.errno == errno.EROFS:
            return f"the folder {folder} is on a read-only disk"
        if cause.errno in (errno.ENOENT, errno.ENOTDIR):
            return f"there is no folder {folder}"
        return f"the disk reported an error ({cause.strerror})"

    def _rest(self) -> str:
        return "; the file that stands there is unchanged." if os.path.lexists(self.path) else "."


def free_bytes(folder: Path) -> int:
    """Return the bytes free to this user on the disk of a folder; 0 if that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _remove_leftovers(folder: Path) -> None:
    """Remove temporary files of exports that were killed a day ago or longer."""
    with suppress(OSError, ValueError):
        for path in folder.glob(f"{_START}*{_END}"):
            if time.time() - path.stat().st_mtime > _LEFTOVER_AGE_S:
                path.unlink()


def _checked_mode(path: Path, name: str) -> int | None:
    """Return the permissions of the file to be replaced; None where there is none.

    A link is replaced itself: nothing is ever written through it.
    """
    try:
        mode = path.lstat().st_mode
    except OSError as cause:
        if cause.errno == errno.ENAMETOOLONG:
            raise ImageWriteError(f"{name} was not written: its name is too long.") from cause
        return None
    except ValueError:
        return None
    if stat.S_ISDIR(mode):
        raise ImageWriteError(f"{name} is a folder; choose a file name in it.")
    if stat.S_ISLNK(mode):
        return None
    if not stat.S_ISREG(mode):
        raise ImageWriteError(f"{name} is a device and not a file; choose another name.")
    return stat.S_IMODE(mode)


def _sync_folder(folder: Path) -> None:
    # Windows has no folders to sync; some network drives refuse. The file itself is safe.
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _size_text(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
