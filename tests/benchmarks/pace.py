"""Times steps of the window, and between them a small work that tells how busy the machine is."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PySide6.QtWidgets import QApplication


class Pace:
    """Times a fixed piece of work, Python and NumPy in halves, about 0.3 ms."""

    def __init__(self) -> None:
        self._pixels = np.arange(1 << 16, dtype=np.uint16)
        self._best = min(self._once() for _ in range(300))
        self._taken: list[float] = []

    def tick(self) -> None:
        """Do the work once, and note how long it took."""
        self._taken.append(self._once())

    def slowness(self) -> float:
        """Return how many times its quickest the work took, in the median since the last call."""
        self._best = min(self._best, *self._taken)
        taken, self._taken = self._taken, []
        return float(np.median(taken)) / self._best

    def _once(self) -> float:
        start = time.thread_time()
        product = self._pixels * np.uint32(40000)
        product //= np.uint32(65535)
        product.astype(np.uint16)
        places = {}
        for index in range(1000):
            places[index, 0] = index
        return time.thread_time() - start


class Times(NamedTuple):
    """Of each step, in ms; and how many times slower the machine was than at its quickest."""

    cpu: np.ndarray
    wall: np.ndarray
    slowness: float

    def tell(self, case: str, said: str, is_met: bool) -> None:
        """Print a row: medians and 99th percentiles, the former also as if nobody disturbed."""
        cpu, wall = self.cpu, self.wall
        median, p99 = np.median(cpu), np.percentile(cpu, 99)
        print(
            f"{case} CPU {median:6.2f} / {p99:6.2f} ms   "
            f"wall {np.median(wall):6.2f} / {np.percentile(wall, 99):6.2f} ms   "
            f"machine {self.slowness:4.2f} times slowed: "
            f"{median / self.slowness:5.2f} / {p99 / self.slowness:5.2f} ms   "
            f"{said}{'' if is_met else '   MISSED'}",
            flush=True,
        )


def timed(step: Callable[[int], None], count: int, application: QApplication, pace: Pace) -> Times:
    """Take so many steps, each to its finished repaint."""
    cpu, wall = [], []
    for index in range(count):
        start, start_cpu = time.perf_counter(), time.thread_time()
        step(index)
        application.processEvents()
        wall.append(1e3 * (time.perf_counter() - start))
        cpu.append(1e3 * (time.thread_time() - start_cpu))
        pace.tick()
    return Times(np.array(cpu), np.array(wall), pace.slowness())
