"""What all paintings share to be quick: memory for pixels and the screen, tiles on the disk."""

from pathlib import Path

from core.image.memory import MemoryBudget
from core.image.tile_cache import TileCache
from core.image.tile_stores import TileStores
from desktop.display_memory import DisplayMemory
from desktop.settings import Settings


class Caches:
    """Within the budgets of the settings. Made and told of other budgets in the GUI thread.

    pixels: the paintings' own. display: what canvases show. stores: paintings prepared on disk.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        budget, disk_bytes = _budgets(settings)
        self.pixels = TileCache(budget.levels_bytes)
        self.display = DisplayMemory(budget.display_bytes, budget.reduced_bytes)
        self.stores = TileStores(folder, disk_bytes)

    @property
    def nbytes(self) -> int:
        """Bytes held in memory now."""
        return self.pixels.nbytes + self.display.nbytes + self.display.reduced.nbytes

    def adopt(self, settings: Settings) -> None:
        """Keep to other budgets from now on; on the disk, `stores.evict(0)` makes it true."""
        budget, self.stores.budget_bytes = _budgets(settings)
        self.pixels.resize(budget.levels_bytes)
        self.display.resize(budget.display_bytes, budget.reduced_bytes)


def _budgets(settings: Settings) -> tuple[MemoryBudget, int]:
    memory = MemoryBudget.of(int(settings.memory_mb * 1e6))
    return memory, int(settings.tiles_gb * 1e9)
