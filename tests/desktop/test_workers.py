import numpy as np
import pytest

from core.inpainting.card import card_by_id
from core.inpainting.classical import classical_cards
from desktop.workers import Workers

CARDS = classical_cards()
TELEA, DIFFUSION = card_by_id(CARDS, "telea"), card_by_id(CARDS, "diffusion")


def test_the_process_is_kept_warm_for_the_next_restoration() -> None:
    workers = Workers()
    image, mask = np.full((32, 32, 3), 0.5, np.float32), np.zeros((32, 32), np.float32)
    mask[10:14, 10:14] = 1
    with workers.lent(TELEA, "cpu") as generator:
        generator(image, mask)
        process = generator.process_id
    assert process is not None
    with workers.lent(TELEA, "cpu") as again:
        assert again is generator
        assert again.process_id == process
    workers.close()
    with pytest.raises(ValueError, match="closed"):
        generator(image, mask)


def test_two_at_a_time_never_share_one() -> None:
    workers = Workers()
    with workers.lent(TELEA, "cpu") as one, workers.lent(TELEA, "cpu") as other:
        assert one is not other
    workers.close()


def test_another_generator_takes_the_place_of_the_one_kept() -> None:
    workers = Workers()
    with workers.lent(TELEA, "cpu") as telea:
        pass
    with workers.lent(DIFFUSION, "cpu") as diffusion:
        assert diffusion is not telea
    with pytest.raises(ValueError, match="closed"):
        telea.start()
    workers.close()


def test_what_is_given_back_after_the_end_is_closed() -> None:
    workers = Workers()
    with workers.lent(TELEA, "cpu") as generator:
        workers.close()
    with pytest.raises(ValueError, match="closed"):
        generator.start()


def test_one_that_did_not_run_as_asked_is_not_kept() -> None:
    workers = Workers()
    with workers.lent(TELEA, "cpu") as troubled:
        troubled._told.append("The process stopped and was started again on the CPU.")
    with workers.lent(TELEA, "cpu") as fresh:
        assert fresh is not troubled
        assert fresh.notices == ()
    with pytest.raises(ValueError, match="closed"):
        troubled.start()
    workers.close()


def test_another_seed_is_another_generator() -> None:
    workers = Workers()
    exemplar = card_by_id(CARDS, "exemplar")
    with workers.lent(exemplar.seeded(1), "cpu") as one:
        pass
    with workers.lent(exemplar.seeded(2), "cpu") as other:
        assert other is not one
    workers.close()
