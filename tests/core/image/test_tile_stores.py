import os
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from core.image import tile_stores
from core.image.geometry import TileKey
from core.image.tile_store import TileStore
from core.image.tile_stores import TileStores

SIZE = (256, 256, 3)
NEEDED = 256 * 256 * 3 * 2 * 4 // 3 + (1 << 20)


def name(number: int) -> str:
    return f"{number:064x}"


def used(stores: TileStores, number: int, when: int) -> None:
    """Open a store, fill it, let it go, as if at a time."""
    store, sentence = stores.open(name(number), SIZE)
    assert store is not None
    assert sentence == ""
    put(store)
    store.close()
    os.utime(store.folder, (when, when))


def put(store: TileStore) -> None:
    rng = np.random.default_rng(0)
    store.put(TileKey(0, 0), 0, rng.integers(0, 65536, (256, 256, 3), np.uint16))


def names(stores: TileStores) -> set[str]:
    return {place.name for place in stores.folder.iterdir()}


def test_those_used_longest_ago_go_first_and_none_in_use(tmp_path: Path) -> None:
    stores = TileStores(tmp_path / "tiles", NEEDED + 900_000)
    for number, when in ((1, 300), (2, 100), (3, 200)):
        TileStores(tmp_path / "tiles", 1 << 30).open(name(9), SIZE)[0].close()  # an empty one
        used(TileStores(tmp_path / "tiles", 1 << 30), number, when)
    held, _ = TileStores(tmp_path / "tiles", 1 << 30).open(name(2), SIZE)
    os.utime(held.folder, (100, 100))
    store, _ = stores.open(name(4), SIZE)
    assert store is not None
    assert name(2) in names(stores), "it is in use"
    assert name(3) not in names(stores), "it was used longest ago of those that are not"
    assert name(1) in names(stores)
    store.close()
    held.close()


def test_a_store_that_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    stores = TileStores(tmp_path / "tiles", NEEDED - 1)
    store, sentence = stores.open(name(1), SIZE)
    assert store is None
    assert "more than is set aside" in sentence
    assert names(stores) == set()


def test_what_cannot_fit_drives_nobody_out(tmp_path: Path) -> None:
    used(TileStores(tmp_path / "tiles", 1 << 40), 1, 100)
    store, _ = TileStores(tmp_path / "tiles", NEEDED).open(name(2), (2560, 2560, 3))
    assert store is None
    assert names(TileStores(tmp_path / "tiles", 0)) == {name(1)}


def test_a_budget_of_nothing_means_no_stores_and_no_notice(tmp_path: Path) -> None:
    assert TileStores(tmp_path / "tiles", 0).open(name(1), SIZE) == (None, "")
    assert not (tmp_path / "tiles").exists()


def test_a_nearly_full_disk_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10, 9, 1_500_000_000)
    monkeypatch.setattr(tile_stores.shutil, "disk_usage", lambda _place: usage)
    store, sentence = TileStores(tmp_path / "tiles", 1 << 40).open(name(1), SIZE)
    assert store is None
    assert "only 1.5 GB left" in sentence


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tiles").write_text("a file where the folder should be")
    store, sentence = TileStores(tmp_path / "tiles", 1 << 40).open(name(1), SIZE)
    assert store is None
    assert "nothing can be kept in" in sentence


def test_a_store_that_is_open_is_not_given_twice(tmp_path: Path) -> None:
    stores = TileStores(tmp_path / "tiles", 1 << 40)
    store, _ = stores.open(name(1), SIZE)
    assert store is not None
    assert stores.open(name(1), SIZE) == (None, "")
    store.close()


def test_what_is_not_a_store_is_never_removed(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    stores = TileStores(folder, 1 << 40)
    used(stores, 1, 100)
    (folder / name(1) / "of the user").write_text("precious")
    (folder / "holiday").mkdir()
    assert stores.nbytes() > 300_000
    assert TileStores(folder, 1).evict(0)
    assert (folder / name(1) / "of the user").read_text() == "precious"
    assert (folder / "holiday").exists()
    assert stores.nbytes() == 0


def test_clearing_removes_all_stores_but_those_in_use(tmp_path: Path) -> None:
    stores = TileStores(tmp_path / "tiles", 1 << 30)
    used(stores, 1, 100)
    used(stores, 2, 200)
    held, _ = stores.open(name(2), SIZE)
    assert held is not None
    assert stores.count() == 2
    stores.clear()
    assert names(stores) == {name(2)}
    assert held.has(TileKey(0, 0), 0)
    held.close()
    stores.clear()
    assert (stores.count(), stores.nbytes()) == (0, 0)
