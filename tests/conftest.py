"""What every test stands on: no display, no network, bounded threads, and a home of its own."""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

_HOME: pytest.StashKey[tempfile.TemporaryDirectory[str]] = pytest.StashKey()
_XDG = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module imports NumPy, Qt or a backend."""
    home = tempfile.TemporaryDirectory(prefix="lacuna-tests-", ignore_cleanup_errors=True)
    config.stash[_HOME] = home
    for name in _XDG:
        folder = os.path.join(home.name, name.lower())
        os.mkdir(folder, 0o700)
        os.environ[name] = folder
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    # Deadlines measure the machine and whoever shares it, not the code.
    hypothesis.settings.register_profile(
        "lacuna",
        deadline=None,
        max_examples=50,
        print_blob=True,
        # CI proves a commit: the same examples each time. Elsewhere new ones are looked for.
        derandomize="CI" in os.environ,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("lacuna")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out on other systems what needs /proc, or a signal that halts a process."""
    if item.get_closest_marker("linux") is not None and sys.platform != "linux":
        pytest.skip("needs Linux")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the tests' home."""
    config.stash[_HOME].cleanup()


@pytest.fixture
def scarce_memory(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give faults/scarce_memory.py, such that processes find it too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "faults"))
    return importlib.import_module("scarce_memory")
