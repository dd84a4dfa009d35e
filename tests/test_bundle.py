"""The frozen program: `pytest -m slow tests/test_bundle.py` builds it and restores with it."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tifffile

from core.resources import sample_painting

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("PyInstaller") is None,
        reason="needs PyInstaller: uv run --group test --group build pytest -m slow",
    ),
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bundle")
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", "build.spec", "--noconfirm", "--log-level=WARN",
         f"--distpath={folder / 'dist'}", f"--workpath={folder / 'build'}"],
        cwd=ROOT,
        check=True,
    )  # fmt: skip
    yield folder / "dist" / "lacuna"
    shutil.rmtree(folder)


def run(bundle: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the frozen program away from the source tree, without this Python's environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL"))}
    return subprocess.run(
        [bundle / "lacuna", *arguments],
        cwd=bundle.parent,
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_bundle_restores_the_sample_in_its_worker_process(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "restored.tif"
    done = run(bundle, "restore", "--sample", "-o", str(out))
    assert done.returncode == 0, done.stderr
    with tifffile.TiffFile(out) as restored, tifffile.TiffFile(sample_painting()) as painting:
        assert restored.pages.first.shape == painting.pages.first.shape
        assert restored.pages.first.dtype == painting.pages.first.dtype
        assert restored.pages.first.iccprofile == painting.pages.first.iccprofile


def test_bundle_lists_its_generators(bundle: Path) -> None:
    listed = run(bundle, "generators")
    assert listed.returncode == 0, listed.stderr
    for name in ("atelier-crack", "telea", "navier-stokes", "diffusion", "exemplar"):
        assert name in listed.stdout


def test_bundle_carries_no_torch_and_no_test_tools(bundle: Path) -> None:
    names = {path.name.lower() for path in (bundle / "_internal").iterdir()}
    assert not {"torch", "torchvision", "matplotlib", "scipy", "pytest"} & names


def test_bundle_says_so_where_there_is_no_display(bundle: Path) -> None:
    shown = run(bundle, "--sample", DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert shown.returncode == 1
    assert "lacuna restore --sample" in shown.stderr
    assert "Traceback" not in shown.stderr
