"""Times steps of the window, each to its finished repaint."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PySide6.QtWidgets import QApplication


class Times(NamedTuple):
    """Of each step, in ms: CPU of the calling thread, and wall time."""

    cpu: np.ndarray
    wall: np.ndarray

    def tell(self, case: str, said: str, is_met: bool) -> None:
        """Print a row: medians and 99th percentiles."""
        cpu, wall = self.cpu, self.wall
        print(
            f"{case} CPU {np.median(cpu):6.2f} / {np.percentile(cpu, 99):6.2f} ms   "
            f"wall {np.median(wall):6.2f} / {np.percentile(wall, 99):6.2f} ms   "
            f"{said}{'' if is_met else '   MISSED'}",
            flush=True,
        )


def timed(step: Callable[[int], None], count: int, application: QApplication) -> Times:
    """Take so many steps, each to its finished repaint."""
    cpu, wall = [], []
    for index in range(count):
        start, start_cpu = time.perf_counter(), time.thread_time()
        step(index)
        application.processEvents()
        wall.append(1e3 * (time.perf_counter() - start))
        cpu.append(1e3 * (time.thread_time() - start_cpu))
    return Times(np.array(cpu), np.array(wall))
