"""The import laws of docs/architecture.md."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "desktop", "training")

# Beside core.models, the one room that imports torch; it is imported when a card is opened.
TORCH_ENGINE = Path("core/inpainting/torch_generator.py")

# Imports inside functions, and why: the backend of a card is loaded only when the card is opened;
# a headless command must not load Qt, which a server may not even have.
LAZY = {Path("core/inpainting/generator.py"), Path("desktop/__main__.py")}

IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    heavy = {"torch", "torchvision", "safetensors", "PySide6"} & set(sys.modules)
    heavy |= {"desktop", "training"} & set(sys.modules)
    if heavy:
        sys.exit(f"{name} brings {', '.join(sorted(heavy))}")
"""


def sources(*packages: str) -> list[Path]:
    """Return the Python files of some packages, relative to the project."""
    found = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in found)


def module_name(path: Path) -> str:
    """Return the dotted name of a source file."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_inside_functions(path: Path) -> list[int]:
    """Return the lines of all imports that are not at a module's top."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = [node for function in functions for node in ast.walk(function)]
    return sorted({n.lineno for n in inner if isinstance(n, ast.Import | ast.ImportFrom)})


def test_every_import_contract_is_kept() -> None:
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert linter is not None, "import-linter is not installed beside this Python"
    run = subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_importing_core_brings_neither_torch_nor_qt() -> None:
    free = [path for path in sources("core") if path.parts[1] != "models" and path != TORCH_ENGINE]
    names = [module_name(path) for path in free]
    assert "core.image.surface" in names
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_import_at_their_top(package: str) -> None:
    found = {
        f"{path}:{line}"
        for path in sources(package)
        if path not in LAZY
        for line in imports_inside_functions(path)
    }
    assert not found
