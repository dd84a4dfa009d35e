"""Whether a window can be shown at all, found out before Qt would abort the process."""

import os
import sys
import tempfile

from PySide6.QtGui import QGuiApplication

from desktop.headless import NO_DISPLAY, missing_library_sentence


def display_problem() -> str | None:
    """Return a sentence if no window can be shown, else None.

    Qt aborts the process when its display is not there or refuses it, or a library of its
    display plugin is missing. Whatever the cause, a forked child that tries first finds out
    (0.03 s). Call before anything starts threads.
    """
    if sys.platform != "linux":
        return None
    complaint = _complaint_of_a_trial()
    if complaint is None:
        return None
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    # Qt speaks of libxcb-cursor0 whenever its plugin does not start, whatever the cause was.
    for line in lines:
        if "could not connect to display" in line:
            return f"{NO_DISPLAY} ({line})"
    for line in lines:
        if "cannot open shared object" in line or "libxcb-cursor0" in line:
            return missing_library_sentence(line)
    return NO_DISPLAY


def _complaint_of_a_trial() -> str | None:
    """Start Qt in a child; return what it wrote before it died, None if it lived."""
    with tempfile.TemporaryFile() as log:
        child = os.fork()
        if child == 0:
            try:
                os.dup2(log.fileno(), 2)
                QGuiApplication([])
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return None
        log.seek(0)
        return log.read().decode("utf-8", "replace")
