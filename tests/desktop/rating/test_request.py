import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop import __main__ as main_module
from desktop.rating.request import read_request

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "set" / "telea" / "a.png"
    path.parent.mkdir(parents=True)
    path.touch()
    return tmp_path / "set"


def rate(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, without any display but the one given."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "-m", "desktop", "rate", str(folder)],
        cwd=ROOT,
        env={**env, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_scores_lie_in_the_folder_unless_asked_otherwise(folder: Path) -> None:
    request = read_request([str(folder)])
    assert (request.scores, request.rater, request.seed) == (folder / "scores.csv", "", 0)
    request = read_request([str(folder), "--rater", " Ada ", "--out", "x.csv", "--seed", "3"])
    assert (request.scores, request.rater, request.seed) == (Path("x.csv"), "Ada", 3)


def test_what_cannot_be_rated_is_refused_by_the_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_module.main(["rate", str(folder / "none")]) == 1
    assert "There is no folder" in capsys.readouterr().err
    assert main_module.main(["rate", str(folder / "telea")]) == 1
    assert "nothing to rate" in capsys.readouterr().err
    with pytest.raises(SystemExit) as leaving:
        main_module.main(["rate"])
    assert leaving.value.code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_without_a_display_a_sentence_says_so_and_nothing_is_written(folder: Path) -> None:
    run = rate(folder)
    assert (run.returncode, run.stderr.strip()) == (1, main_module.NO_RATING)
    assert not (folder / "scores.csv").exists()


def test_a_sheet_that_is_none_is_refused_before_a_window_comes(folder: Path) -> None:
    (folder / "scores.csv").write_text("a,b\n")
    run = rate(folder, QT_QPA_PLATFORM="offscreen")
    assert run.returncode == 1
    assert "not a sheet of scores" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_the_page_loads_neither_torch_nor_a_backend() -> None:
    code = (
        "import sys, desktop.rating.rating_app\n"
        "sys.exit(bool({'torch', 'onnxruntime'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True)
    assert run.returncode == 0, run.stderr


def test_a_request_is_read_without_qt() -> None:
    code = "import sys, desktop.rating.request; sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
