"""The search for brushwork elsewhere: the same result, cancelled at once, outliving its process."""

import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest

from core.errors import Cancelled, WorkerError
from core.image.surface import F32, U8
from core.inpainting.texture import textured
from core.inpainting.texture_process import TextureProcess

FROM_PX = 12


@pytest.fixture
def search() -> Iterator[TextureProcess]:
    search = TextureProcess()
    yield search
    search.close()


def case(width: int = 30) -> tuple[F32, F32, U8]:
    """Return a smooth fill, a painting of stripes and a hole of a width."""
    rng = np.random.default_rng(2)
    stripes = np.sin(np.arange(120) / 2)[None, :, None] * 0.2 + 0.5
    image = (stripes + rng.normal(0, 0.01, (90, 120, 3))).astype(np.float32)
    hole = np.zeros((90, 120), np.uint8)
    hole[30:60, 40 : 40 + width] = 1
    return np.full_like(image, 0.5), image, hole


def test_it_finds_what_the_search_here_finds(search: TextureProcess) -> None:
    filled, image, hole = case()
    wanted = np.zeros(hole.shape, bool)
    wanted[:, :60] = True
    for part in (None, wanted):
        found = search(filled, image, hole, FROM_PX, 3, part)
        expected = textured(filled, image, hole, FROM_PX, 3, part)
        assert expected.is_textured.any()
        np.testing.assert_array_equal(found.samples, expected.samples)
        np.testing.assert_array_equal(found.source_map, expected.source_map)


def test_thin_losses_start_no_process(search: TextureProcess) -> None:
    filled, image, hole = case(width=3)
    found = search(filled, image, hole, FROM_PX)
    assert search._process is None
    assert not found.is_textured.any()
    np.testing.assert_array_equal(found.samples, filled)
    nowhere = np.zeros(hole.shape, bool)
    search(*case(), FROM_PX, 0, nowhere)
    assert search._process is None


def test_a_cancel_ends_the_process_within_a_second(search: TextureProcess) -> None:
    search(*case(), FROM_PX)
    process = search._process
    assert process is not None
    start = time.monotonic()

    def stop() -> None:
        if time.monotonic() > start + 0.1:
            raise Cancelled("The fill was cancelled; nothing was changed.")

    large = [np.repeat(np.repeat(part, 6, 0), 6, 1) for part in case()]
    with pytest.raises(Cancelled):
        search(large[0], large[1], large[2], FROM_PX, 0, None, stop)
    assert time.monotonic() - start < 1.5
    assert not process.is_alive()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed by a signal")
def test_a_killed_process_is_started_again_once(search: TextureProcess) -> None:
    expected = search(*case(), FROM_PX)
    process = search._process
    assert process is not None
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    np.testing.assert_array_equal(search(*case(), FROM_PX).samples, expected.samples)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed by a signal")
def test_a_process_that_dies_twice_is_a_sentence(search: TextureProcess) -> None:
    def kill() -> None:
        process = search._process
        assert process is not None
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(WorkerError, match="twice"):
        search(*case(), FROM_PX, 0, None, kill)


def test_a_failed_search_is_a_sentence(search: TextureProcess) -> None:
    filled, image, hole = case()
    with pytest.raises(WorkerError, match="nothing was changed"):
        search(filled, image[:50], hole, FROM_PX)
