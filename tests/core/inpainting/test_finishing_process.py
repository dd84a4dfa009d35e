"""Finishing elsewhere: the same result, cancelled at once, outliving its process."""

import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest

from core.errors import Cancelled, WorkerError
from core.image.geometry import Rect
from core.inpainting.finishing import Finish, finished
from core.inpainting.finishing_process import FinishingProcess

FINISH = Finish(is_harmonized=True, texture_from_px=12, seed=3)
needs_sigkill = pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="processes are killed by a signal"
)


@pytest.fixture
def process() -> Iterator[FinishingProcess]:
    process = FinishingProcess()
    yield process
    process.close()


def case(
    width: int = 30, times: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Rect, Finish, np.ndarray]:
    """Return a smooth fill, a painting of stripes and a hole of a width, to be finished."""
    rng = np.random.default_rng(2)
    stripes = np.sin(np.arange(120) / 2)[None, :, None] * 0.2 + 0.5
    image = (stripes + rng.normal(0, 0.01, (90, 120, 3))).astype(np.float32)
    mask = np.zeros((90, 120), np.float32)
    mask[30:60, 40 : 40 + width] = 1
    image, mask = (np.repeat(np.repeat(part, times, 0), times, 1) for part in (image, mask))
    window = Rect(7, 5, 120 * times, 90 * times)
    return np.full_like(image, 0.5), image, mask, window, FINISH, np.ones(mask.shape, bool)


def kill(process: FinishingProcess) -> None:
    assert process.process_id is not None
    os.kill(process.process_id, signal.SIGKILL)


def test_it_finishes_as_it_is_done_here(process: FinishingProcess) -> None:
    wanted = np.zeros((90, 120), bool)
    wanted[:, :60] = True
    for part in (np.ones_like(wanted), wanted):
        found, expected = process(*case()[:-1], part), finished(*case()[:-1], part)
        assert process.process_id is not None
        assert expected.origins is not None
        np.testing.assert_array_equal(found.samples, expected.samples)
        np.testing.assert_array_equal(found.origins, expected.origins)


def test_a_thin_loss_starts_no_process_but_takes_one_that_runs(process: FinishingProcess) -> None:
    expected = finished(*case(width=3))
    found = process(*case(width=3))
    process(*case()[:-1], np.zeros((90, 120), bool))
    assert process.process_id is None
    process.start()
    for one in (found, process(*case(width=3))):
        np.testing.assert_array_equal(one.samples, expected.samples)
        assert one.origins is None


def test_a_cancel_ends_the_process_within_a_second(process: FinishingProcess) -> None:
    process(*case())
    pid = process.process_id
    assert pid is not None
    start = time.monotonic()

    def stop() -> None:
        if time.monotonic() > start + 0.1:
            raise Cancelled("The fill was cancelled; nothing was changed.")

    with pytest.raises(Cancelled):
        process(*case(times=6), stop)
    assert time.monotonic() - start < 1.5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@needs_sigkill
def test_a_killed_process_is_started_again_once(process: FinishingProcess) -> None:
    expected = process(*case())
    kill(process)
    np.testing.assert_array_equal(process(*case()).samples, expected.samples)


@needs_sigkill
def test_a_process_that_dies_twice_is_a_sentence(process: FinishingProcess) -> None:
    with pytest.raises(WorkerError, match="twice"):
        process(*case(times=3), lambda: kill(process))


def test_a_failure_is_a_sentence(process: FinishingProcess) -> None:
    process.start()
    filled, _, *rest = case()
    with pytest.raises(WorkerError, match="nothing was changed"):
        process(filled, filled[:50], *rest)


@pytest.mark.linux
def test_a_process_that_does_nothing_is_started_again() -> None:
    process, halted = FinishingProcess(silence_s=2), list[int]()
    process(*case())

    def halt() -> None:
        # The first one alone, as soon as it is at work.
        if process.process_id is not None and not halted:
            halted.append(process.process_id)
            os.kill(halted[0], signal.SIGSTOP)

    found = process(*case(times=3), halt)
    assert process.process_id not in halted
    np.testing.assert_array_equal(found.samples, finished(*case(times=3)).samples)
    process.close()


def test_a_cancel_while_the_process_starts_ends_it_at_once(process: FinishingProcess) -> None:
    start = time.monotonic()

    def stop() -> None:
        raise Cancelled("The fill was cancelled; nothing was changed.")

    with pytest.raises(Cancelled):
        process(*case(times=6), stop)
    # Less than a process needs to be there, however busy the machine.
    assert time.monotonic() - start < 1
    assert process.process_id is None
