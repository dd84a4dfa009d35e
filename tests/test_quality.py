"""The checks that read the code instead of running it: ruff, mypy, and the house's habits."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "desktop", "training")
SHELVES = {"util", "utils", "helper", "helpers", "manager", "misc", "common", "base"}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("ruff", "format", "--check"), id="ruff format"),
        pytest.param(("ruff", "check"), id="ruff check"),
        pytest.param(("mypy",), id="mypy"),
    ],
)
def test_code_passes(command: tuple[str, ...]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_file_says_its_job_in_its_first_line() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if not path.read_text("utf-8").startswith('"""')
    ]
    assert not silent


def test_package_files_hold_no_code() -> None:
    busy = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
        if len(ast.parse(path.read_text("utf-8")).body) != 1
    ]
    assert not busy


def test_no_file_is_a_shelf_for_odds_and_ends() -> None:
    shelves = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if SHELVES & set(path.stem.split("_"))
    ]
    assert not shelves
