"""How much memory the caches may take together, and how they share it."""

import os
from dataclasses import dataclass

# Beyond that, more would only be a copy of what the system keeps of the files anyway.
_MOST_BYTES = 1 << 30
_LEAST_BYTES = 64 << 20
# Where the system does not say how much there is.
_ASSUMED_RAM_BYTES = 4 << 30


@dataclass(frozen=True)
class MemoryBudget:
    """Bytes that may be held to be quick, by all open paintings together.

    What counts: pixels and reduced levels of the paintings (`levels_bytes`), tiles ready for the
    screen (`display_bytes`), reduced tiles of layers (`reduced_bytes`). What does not: the
    strokes and their history, which have a budget of their own, the band at work in a job, and
    up to 48 MiB of decoded strips for each painting.
    """

    total_bytes: int

    @classmethod
    def of(cls, wanted_bytes: int = 0) -> "MemoryBudget":
        """Return the budget the user wants; for 0 a quarter of the memory, at most 1 GiB."""
        if wanted_bytes > 0:
            return cls(max(wanted_bytes, _LEAST_BYTES))
        return cls(max(min(ram_bytes() // 4, _MOST_BYTES), _LEAST_BYTES))

    @property
    def levels_bytes(self) -> int:
        """For the paintings' own pixels."""
        return self.total_bytes - self.display_bytes - self.reduced_bytes

    @property
    def display_bytes(self) -> int:
        """For what is ready to be drawn."""
        return self.total_bytes // 4

    @property
    def reduced_bytes(self) -> int:
        """For the layers' reduced tiles."""
        return self.total_bytes // 16


def ram_bytes() -> int:
    """Return the size of the main memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return _ASSUMED_RAM_BYTES
