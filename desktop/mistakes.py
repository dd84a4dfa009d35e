"""Mistakes of the program: written to the local log without titles of works, told, survived."""

import logging
import sys
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

log = logging.getLogger("lacuna")
_LOG_BYTES, _LOG_FILES = 1 << 20, 2


def traced(error: BaseException) -> str:
    """Return where an error and its causes came from, without their texts.

    Texts name files, and files are named after works; those stay out of the log.
    """
    lines: list[str] = []
    chain: BaseException | None = error
    while chain is not None:
        lines += [line.rstrip() for line in traceback.format_tb(chain.__traceback__)]
        lines.append(type(chain).__name__)
        chain = chain.__cause__ or chain.__context__
    return "\n".join(lines)


def log_to(path: Path) -> bool:
    """Write warnings and mistakes to a file; return whether that works."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", delay=True
        )
        handler.acquire()
        handler.release()
    except OSError:
        return False
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    return True


def survive_mistakes(tell: Callable[[], None]) -> None:
    """Log what a slot or paint event raises, and call `tell`; the program goes on.

    Qt hands such exceptions to sys.excepthook and returns to its loop. The document is a value:
    an edit that failed half-way has not happened.
    """

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("a mistake in the window\n%s", traced(error))
        tell()

    sys.excepthook = hook
