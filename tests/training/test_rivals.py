"""The rivals fill like any generator, keep float precision, and say what is missing."""

import os
import sys

import numpy as np
import pytest

from core.errors import CardError, GeneratorError
from core.inpainting.card import card_by_id
from core.inpainting.catalogue import classical_cards
from training import rivals
from training.rivals import Rival, missing_rivals, rival_cards
from training.systems import open_system

# Stands in for G'MIC: fills with the mean of the known samples, reading and writing PFM.
_STAND_IN = """#!{python}
import cv2, numpy as np, sys
assert sys.argv[1:3] == ["-v", "-1"] and sys.argv[-2] == "output", sys.argv
known = cv2.imread(sys.argv[3], cv2.IMREAD_UNCHANGED)
hole = cv2.imread(sys.argv[4], cv2.IMREAD_UNCHANGED) > 0
{change}
known[hole] = known[~hole].mean(axis=0)
cv2.imwrite(sys.argv[-1], known)
"""


@pytest.fixture
def damaged():
    y, x = np.mgrid[0:40, 0:48].astype(np.float32) / 48
    image = np.stack([x, y, 1.2 - x], axis=-1)
    mask = np.zeros((40, 48), np.float32)
    mask[12:20, 20:30] = 1
    return image, mask


@pytest.fixture
def gmic(tmp_path, monkeypatch):
    """Put a stand-in for gmic on PATH, and nothing else; `gmic("line")` makes it do more."""
    if os.name != "posix":
        pytest.skip("the stand-in is a script")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(change=""):
        program = folder / "gmic"
        program.write_text(_STAND_IN.format(python=sys.executable, change=change), "utf-8")
        program.chmod(0o755)

    return install


def test_the_biharmonic_fill_continues_a_gradient(damaged):
    image, mask = damaged
    rival = open_system(card_by_id(rival_cards(), "biharmonic"))
    filled = rival(np.where(mask[..., None] > 0, np.float32(7), image), mask)
    assert filled.dtype == np.float32
    assert np.abs(filled - image)[mask > 0].max() < 1e-3


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 30), (5, 3)])
def test_tiny_and_wholly_masked_pictures_are_no_trouble(height, width):
    rival = open_system(card_by_id(rival_cards(), "biharmonic"))
    image = np.full((height, width, 3), 0.5, np.float32)
    mask = np.zeros((height, width), np.float32)
    assert np.array_equal(rival(image, mask), image)
    assert (rival(image, mask + 1) == 0).all()
    if height * width > 1:
        mask[0, 0] = 1
        assert np.abs(rival(image, mask) - 0.5).max() < 1e-4


def test_a_hole_too_large_for_the_biharmonic_fill_is_refused(damaged, monkeypatch):
    monkeypatch.setattr(rivals, "_MAX_BIHARMONIC_SAMPLES", 79)
    with pytest.raises(GeneratorError, match="80 hole samples"):
        Rival(card_by_id(rival_cards(), "biharmonic"))(*damaged)


def test_gmic_gets_and_gives_floats(damaged, gmic):
    gmic()
    image, mask = damaged
    filled = open_system(card_by_id(rival_cards(), "gmic-pde"))(image, mask)
    assert np.abs(filled - image)[mask == 0].max() < 1e-6
    expected = image[mask == 0].mean(axis=0)
    assert filled[mask > 0] == pytest.approx(np.tile(expected, (80, 1)), abs=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("sys.exit(3)", "failed"),
        ("sys.exit(0)", "no picture of the same size"),
        ("known, hole = known[:-1], hole[:-1]", "no picture of the same size"),
        ("import time; time.sleep(30)", "took over 1 s"),
    ],
)
def test_a_failing_gmic_is_one_sentence(damaged, gmic, monkeypatch, change, words):
    monkeypatch.setattr(rivals, "_GMIC_TIMEOUT_S", 1 if "sleep" in change else 60)
    gmic(change)
    with pytest.raises(GeneratorError, match=words):
        open_system(card_by_id(rival_cards(), "gmic-flow"))(*damaged)


def test_without_gmic_its_fills_are_missing_and_say_why(gmic):
    assert [card.id for card in rival_cards()] == ["biharmonic"]
    missing = missing_rivals()
    assert sorted(missing) == ["gmic-flow", "gmic-pde"]
    card = next(card for card in rivals._CARDS if card.id == "gmic-pde")
    with pytest.raises(CardError, match="not installed"):
        open_system(card)


def test_the_catalogues_fills_open_beside_the_rivals():
    names = {card.id for card in classical_cards()}
    assert not names & {card.id for card in rivals._CARDS}
    assert open_system(card_by_id(classical_cards(), "telea")).card.id == "telea"
