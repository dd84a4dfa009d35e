"""What a process that runs generators is started with."""

import os
import subprocess
import sys

import pytest

from core.inpainting.worker_process import one_blas_thread

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
