"""What a process that runs generators is started with."""

import os
import subprocess
import sys

import pytest

from core.inpainting.worker_process import Pulse, one_blas_thread

NAME = "OPENBLAS_NUM_THREADS"


@pytest.mark.parametrize("before", [None, "4"])
def test_processes_started_meanwhile_multiply_in_one_thread(
    before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if before is not None:
        monkeypatch.setenv(NAME, before)
    ask = [sys.executable, "-c", f"import os; print(os.environ[{NAME!r}])"]
    with one_blas_thread():
        told = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
    assert told.strip() == "1"
    assert os.environ.get(NAME) == before


def test_a_process_hangs_when_it_takes_no_time_of_the_cpu() -> None:
    slow, hung = Pulse(20, 0), Pulse(20, 0)
    for second in range(1, 100):
        # A starved one gets a little; beating alone takes next to nothing.
        slow.beat(second * 0.005, second)
        hung.beat(3 + second * 1e-4, second)
        assert not slow.is_lost(second)
        assert hung.is_lost(second) == (second > 21)
    assert slow.is_lost(130)
