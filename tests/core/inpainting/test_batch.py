import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.inpainting import batch
from core.inpainting.batch import Task, restore_pairs
from core.inpainting.classical import classical_cards
from core.inpainting.pairs import Pair

CARDS = classical_cards()
TELEA = next(card for card in CARDS if card.id == "telea")


@pytest.fixture
def pairs(tmp_path: Path) -> list[Pair]:
    made = []
    for name in ("a", "b", "c", "d"):
        pixels = np.random.default_rng(0).integers(0, 65535, (64, 64, 3), np.uint16)
        mask = np.zeros((64, 64), np.uint8)
        mask[20:24, 10:50] = 255
        pair = Pair(*(tmp_path / f"{name}{end}" for end in (".tif", ".mask.tif", "-out.tif")))
        tifffile.imwrite(pair.painting, pixels, photometric="rgb")
        tifffile.imwrite(pair.mask, mask)
        made.append(pair)
    return made


def test_a_mistake_in_one_picture_leaves_the_others(
    pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = batch.check_output

    def mistaken(out: Path, *rest: object, **more: object) -> None:
        if out == pairs[1].output:
            raise ZeroDivisionError
        own(out, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(batch, "check_output", mistaken)
    outcomes = {one.pair: one for one in restore_pairs(pairs, Task(CARDS, TELEA))}
    assert [outcomes[pair].kind for pair in pairs] == ["filled", "failed", "filled", "filled"]
    assert "ZeroDivisionError" in outcomes[pairs[1]].sentence
    assert not pairs[1].output.exists()


def test_leaving_ends_all_threads_and_leaves_no_half(pairs: list[Pair]) -> None:
    before = threading.active_count()
    with closing(restore_pairs(pairs, Task(CARDS, TELEA), jobs=2)) as running:
        first = next(running)
    assert first.kind == "filled"
    assert threading.active_count() == before
    time.sleep(0.05)
    finished = [pair for pair in pairs if pair.output.exists()]
    assert first.pair in finished
    assert not list(pairs[0].painting.parent.glob(".lacuna-*"))


def test_no_pairs_are_no_work() -> None:
    assert list(restore_pairs([], Task(CARDS, TELEA), jobs=3)) == []


def test_without_a_generator_each_picture_gets_the_recommended_one(pairs: list[Pair]) -> None:
    (outcome,) = restore_pairs(pairs[:1], Task(CARDS))
    assert "filled with Diffusion on the CPU" in outcome.sentence
