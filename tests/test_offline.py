"""Nothing leaves the computer: `pytest -m slow tests/test_offline.py` watches every system call."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# ONNX Runtime's telemetry keeps silent for its first 8 s, and wherever CI is set.
IDLE_S = 60

RESTORE_AND_WAIT = f"""
import sys, time
import numpy as np
from core.cli import main
from core.inpainting.catalogue import catalogue
from core.inpainting.worker import WorkerGenerator

if __name__ == "__main__":
    card = next(card for card in catalogue()[0] if card.engine == "onnx")
    out = sys.argv[1]
    assert main(["restore", "--sample", "--generator", card.id, "-o", out]) == 0
    worker = WorkerGenerator(card)
    image = np.random.default_rng(0).random((64, 64, 3), np.float32)
    mask = np.zeros((64, 64), np.float32)
    mask[30:33] = 1
    worker(image, mask)
    time.sleep({IDLE_S})
    worker.close()
"""

CALL_HOME = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()"


def sockets_of(log: Path, *command: str | Path) -> list[str]:
    """Run a Python command under strace and return its and its children's internet sockets."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("strace is not installed, so nobody watched for sockets; install it.")
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("CI", "ORT_DISABLE_TELEMETRY")
    }
    done = subprocess.run(
        [strace, "-f", "-qq", "-e", "trace=socket,connect,sendto", "-o", log,
         sys.executable, *command],
        env=environment | {"PYTHONPATH": str(ROOT)},
        cwd=log.parent,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [line for line in log.read_text().splitlines() if "AF_INET" in line]


@pytest.mark.slow
def test_the_watch_sees_a_socket(tmp_path: Path) -> None:
    assert sockets_of(tmp_path / "log", "-c", CALL_HOME)


@pytest.mark.slow
def test_a_restoration_and_a_minute_of_rest_open_no_socket(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(RESTORE_AND_WAIT)
    assert sockets_of(tmp_path / "log", script, tmp_path / "out.tif") == []
    assert (tmp_path / "out.tif").is_file()
