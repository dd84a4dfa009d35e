"""A lock on a file that the system frees when the process dies, however it dies."""

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Held until `release`, by one at a time, in this process or another."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path) -> "FileLock | None":
        """Lock a file, made if need be; None if somebody holds it. Raises OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            _lock(descriptor)
            # Whoever held it may have removed the file between the two calls.
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return cls(descriptor)
        except OSError:
            pass
        os.close(descriptor)
        return None

    def remove(self, path: Path) -> None:
        """Let it go and remove the file. Raises OSError."""
        # Removed while still locked, so that nobody's new lock is removed; Windows cannot.
        if sys.platform == "win32":
            self.release()
        path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let it go; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
