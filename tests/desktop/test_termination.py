import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.document.project import Project
from core.image.files import open_image
from core.image.pyramid import Pyramid
from core.image.tile_cache import TileCache

ROOT = Path(__file__).resolve().parent.parent.parent
WritePainting = Callable[..., Path]

# Opens a painting, paints a stroke, says so, and waits for its end.
SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from desktop import app
from desktop.main_window import MainWindow

def paint():
    window = next(w for w in app.QApplication.topLevelWidgets() if isinstance(w, MainWindow))
    if window.page is None:
        QTimer.singleShot(20, paint)
        return
    canvas = window.page.canvas
    middle = canvas.rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(canvas, middle + QPoint(30, 0))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(30, 0))
    print("painted", flush=True)

make = app.make_application

def made():
    application = make()
    QTimer.singleShot(20, paint)
    return application

app.make_application = made
sys.exit(app.run([Path(sys.argv[1])]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_program_cleanly_with_every_stroke_safe(
    tmp_path: Path, write_painting: WritePainting, number: signal.Signals
) -> None:
    painting = write_painting()
    homes = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE")}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(painting)],
        cwd=ROOT,
        env={**os.environ, **homes},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "painted\n"
    start = time.monotonic()
    process.send_signal(number)
    _, complaints = process.communicate(timeout=20)
    assert process.returncode == 0, complaints
    assert "Destroyed while thread" not in complaints
    assert time.monotonic() - start < 10.0
    (place,) = (tmp_path / "DATA").rglob("*.lacuna")
    source = open_image(painting)
    project, document = Project.open(
        place, lambda _path: Pyramid(source, TileCache(1 << 24)), painting=painting
    )
    assert document.history.position == 1
    project.close()
    source.close()
