import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop import __main__ as main_module
from desktop.headless import HEADLESS_LINE

ROOT = Path(__file__).resolve().parent.parent.parent
NO_DISPLAY = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def lacuna(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Lacuna as a user would, without any display but the one given."""
    env = {name: value for name, value in os.environ.items() if name not in NO_DISPLAY}
    return subprocess.run(
        [sys.executable, "-m", "desktop", *arguments],
        cwd=ROOT,
        env={**env, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":7654"}, {"QT_QPA_PLATFORM": "xcb"}])
def test_without_a_display_a_sentence_names_the_headless_line(environment: dict[str, str]) -> None:
    run = lacuna("--sample", **environment)
    assert run.returncode == 1
    assert HEADLESS_LINE in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert run.stdout == ""


def test_headless_commands_need_neither_display_nor_qt() -> None:
    code = (
        "import sys\n"
        "from desktop.__main__ import main\n"
        "code = main(['generators'])\n"
        "assert 'PySide6' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "telea" in run.stdout


def test_what_a_worker_imports_again_is_light() -> None:
    code = "import sys, desktop.__main__; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_wrong_use_is_told_and_gives_2() -> None:
    with pytest.raises(SystemExit) as leaving:
        main_module.main(["--no-such-option"])
    assert leaving.value.code == 2


def test_the_version_needs_no_display(capsys: pytest.CaptureFixture[str]) -> None:
    assert main_module.main(["--version"]) == 0
    assert "Lacuna" in capsys.readouterr().out
