import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core.errors import Cancelled, CardError, GeneratorError, GeneratorOutputError, WorkerError
from core.inpainting import worker_process
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import classical_cards
from core.inpainting.generator import open_generator
from core.inpainting.worker import WorkerGenerator

MakeCard = Callable[..., GeneratorCard]
TELEA = next(card for card in classical_cards() if card.id == "telea")


def _case(height: int = 60, width: int = 90) -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(0).random((height, width, 3), np.float32)
    mask = np.zeros((height, width), np.float32)
    mask[20:26, 10:80] = 1
    return image, mask


def endless(graphs: SimpleNamespace) -> onnx.ModelProto:
    """A model that needs years: a loop that adds and adds."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["sum", "sum"], ["next"]),
        ],
        "body",
        [
            graphs.value("i", [], TensorProto.INT64),
            graphs.value("go", [], TensorProto.BOOL),
            graphs.value("sum", ["n", 3, "h", "w"]),
        ],
        [graphs.value("go_on", [], TensorProto.BOOL), graphs.value("next", ["n", 3, "h", "w"])],
    )
    return graphs.model(
        [helper.make_node("Loop", ["often", "", "image"], ["filled"], body=body)],
        [helper.make_tensor("often", TensorProto.INT64, [], [1 << 60])],
    )


@pytest.fixture
def open_worker() -> Iterator[Callable[..., WorkerGenerator]]:
    """WorkerGenerator(...), closed at the end."""
    opened: list[WorkerGenerator] = []

    def open_one(*args: object, **options: object) -> WorkerGenerator:
        opened.append(WorkerGenerator(*args, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def _in_background(call: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # judged by the test
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def _wait_until(is_so: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _wait_until_busy(worker: WorkerGenerator) -> None:
    _wait_until(lambda: worker.device == "cpu")
    time.sleep(0.2)


@pytest.mark.parametrize("sizes", [[(60, 90), (300, 400), (30, 31)]])
def test_it_fills_as_the_generator_does(
    open_worker: Callable[..., WorkerGenerator], sizes: list[tuple[int, int]]
) -> None:
    worker, own = open_worker(TELEA), open_generator(TELEA)
    for size in sizes:
        image, mask = _case(*size)
        np.testing.assert_array_equal(worker(image, mask), own(image, mask))
    assert worker.device == "cpu"
    assert worker.card is TELEA


@pytest.mark.linux
def test_the_process_is_niced_and_knows_no_screen_and_no_network(
    open_worker: Callable[..., WorkerGenerator], make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    worker = open_worker(make_card(graphs.averaging()), "cpu")
    worker(*_case())
    pid = worker.process_id
    assert pid is not None
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "onnxruntime" in maps
    assert "PySide6" not in maps
    assert "libtorch" not in maps
    inodes = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            assert f"socket:[{line.split()[9]}]" not in inodes


def test_the_generators_own_errors_come_back_as_they_are(
    open_worker: Callable[..., WorkerGenerator], make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    worker = open_worker(make_card(graphs.scaling(float("nan"))), "cpu")
    with pytest.raises(GeneratorOutputError, match="NaN"):
        worker(*_case())
    pid = worker.process_id
    with pytest.raises(GeneratorOutputError, match="NaN"):
        worker(*_case())
    assert worker.process_id == pid
    broken = make_card(graphs.averaging(), id="broken")
    broken.path("model.onnx").write_bytes(b"other")
    other = open_worker(broken)
    for call in (other.start, lambda: other(*_case())):
        with pytest.raises(CardError, match="SHA-256"):
            call()
    assert other.process_id is None


def _kill(worker: WorkerGenerator, but: int | None = None) -> int:
    """Kill the worker's process, once it has another than `but`, and return its id."""
    _wait_until(lambda: worker.process_id not in (None, but))
    _wait_until_busy(worker)
    pid = worker.process_id
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def test_a_process_killed_twice_in_a_call_is_an_error(
    open_worker: Callable[..., WorkerGenerator], make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    worker = open_worker(make_card(endless(graphs)), "cpu")
    thread, raised = _in_background(lambda: worker(*_case()))
    first = _kill(worker)
    _kill(worker, but=first)
    thread.join(2)
    assert [type(error).__mro__[1] for error in raised] == [WorkerError]
    assert "nothing was changed" in str(raised[0])
    assert worker.process_id is None


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_killed_process_is_started_again_and_that_is_told(
    open_worker: Callable[..., WorkerGenerator], device: str
) -> None:
    worker = open_worker(TELEA)
    expected = worker(*_case())
    assert worker.notices == ()
    assert worker.process_id is not None
    # As if it had run on a graphics card, which may be what killed it.
    worker._held.device = device
    os.kill(worker.process_id, signal.SIGKILL)
    time.sleep(0.1)
    np.testing.assert_array_equal(worker(*_case()), expected)
    (notice,) = worker.notices
    assert "started again" in notice
    assert notice.endswith("on the CPU.") == (device == "cuda")
    assert (worker._asked == "cpu") == (device == "cuda")


def test_cancelling_ends_a_call_within_a_second_and_the_next_one_works(
    open_worker: Callable[..., WorkerGenerator], make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    worker = open_worker(make_card(endless(graphs)), "cpu")
    for _ in range(2):
        thread, raised = _in_background(lambda: worker(*_case()))
        _wait_until(lambda: worker.process_id is not None)
        _wait_until_busy(worker)
        start = time.monotonic()
        worker.cancel()
        thread.join(5)
        assert time.monotonic() - start < 1
        assert [type(error) for error in raised] == [Cancelled]
        assert worker.process_id is None


def _cancel_at_random(worker: WorkerGenerator, often: int) -> None:
    """Cancel calls at random moments: each ends within a second, whole or not at all."""
    moments, (image, mask) = random.Random(0), _case(300, 300)
    expected = open_generator(TELEA)(image, mask)
    for _ in range(often):
        results: list[np.ndarray] = []
        thread, raised = _in_background(
            lambda results=results: results.append(worker(image, mask))  # type: ignore[misc]
        )
        time.sleep(moments.random() * 1.2)
        start = time.monotonic()
        worker.cancel()
        thread.join(5)
        assert time.monotonic() - start < 1
        assert [type(error) for error in raised] == [Cancelled] * (1 - len(results))
        for result in results:
            np.testing.assert_array_equal(result, expected)


def test_cancelling_at_any_moment_gives_all_or_nothing(
    open_worker: Callable[..., WorkerGenerator],
) -> None:
    _cancel_at_random(open_worker(TELEA), 4)


@pytest.mark.slow
def test_cancelling_at_200_moments_gives_all_or_nothing(
    open_worker: Callable[..., WorkerGenerator],
) -> None:
    _cancel_at_random(open_worker(TELEA), 200)


def test_cancelling_while_the_process_starts_is_as_quick(
    open_worker: Callable[..., WorkerGenerator],
) -> None:
    worker = open_worker(TELEA)
    thread, raised = _in_background(lambda: worker(*_case()))
    _wait_until(lambda: worker.process_id is not None)
    start = time.monotonic()
    worker.cancel()
    thread.join(5)
    assert time.monotonic() - start < 1
    assert [type(error) for error in raised] == [Cancelled]
    assert worker(*_case()).shape == (60, 90, 3)


def test_cancelling_nothing_does_nothing(open_worker: Callable[..., WorkerGenerator]) -> None:
    worker = open_worker(TELEA)
    worker.cancel()
    worker(*_case())
    worker.cancel()
    assert worker(*_case()).shape == (60, 90, 3)


def test_a_hung_process_is_ended_by_the_watchdog(
    open_worker: Callable[..., WorkerGenerator], make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    worker = open_worker(make_card(endless(graphs)), "cpu", timeout_s=0.5)
    worker.start()
    start = time.monotonic()
    with pytest.raises(WorkerError, match="in time"):
        worker(*_case())
    # Twice half a second, and a second start between.
    assert time.monotonic() - start < 10
    assert worker.process_id is None
    assert "did not answer in time and was started again" in worker.notices[0]


@pytest.mark.linux
def test_a_process_that_does_nothing_is_started_again_soon(
    open_worker: Callable[..., WorkerGenerator],
) -> None:
    worker = open_worker(TELEA, silence_s=2.5)
    expected = worker(*_case())
    assert worker.process_id is not None
    os.kill(worker.process_id, signal.SIGSTOP)
    start = time.monotonic()
    np.testing.assert_array_equal(worker(*_case()), expected)
    assert time.monotonic() - start < 10
    assert "did not answer in time and was started again" in worker.notices[0]


def test_a_process_that_works_for_long_is_left_alone(
    open_worker: Callable[..., WorkerGenerator], make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    worker = open_worker(make_card(endless(graphs)), "cpu", silence_s=2.5)
    worker.start()
    pid = worker.process_id
    thread, raised = _in_background(lambda: worker(*_case()))
    time.sleep(4)
    assert worker.process_id == pid
    worker.cancel()
    thread.join(5)
    assert [type(error) for error in raised] == [Cancelled]


@pytest.mark.parametrize("is_busy", [True, False])
def test_closing_takes_less_than_two_seconds_and_leaves_no_process(
    make_card: MakeCard, graphs: SimpleNamespace, is_busy: bool
) -> None:
    worker = WorkerGenerator(make_card(endless(graphs)), "cpu")
    worker.start()
    pid = worker.process_id
    thread, raised = _in_background(lambda: worker(*_case()) if is_busy else None)
    time.sleep(0.3)
    start = time.monotonic()
    worker.close()
    assert time.monotonic() - start < 2
    thread.join(5)
    assert [type(error) for error in raised] == [Cancelled] * is_busy
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    worker.close()
    with pytest.raises(ValueError, match="closed"):
        worker(*_case())


def test_too_little_shared_memory_is_a_sentence(
    open_worker: Callable[..., WorkerGenerator], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = open_worker(TELEA)
    worker.start()
    with monkeypatch.context() as little:
        little.setattr(Path, "is_dir", lambda self: True)
        little.setattr(os, "statvfs", lambda path: SimpleNamespace(f_bavail=1, f_frsize=4096))
        with pytest.raises(WorkerError, match="shared memory"):
            worker(*_case())

    def refused(*_: object, **__: object) -> object:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as none:
        none.setattr(worker_process, "SharedMemory", refused)
        with pytest.raises(WorkerError, match="shared memory"):
            worker(*_case())
    assert worker(*_case()).shape == (60, 90, 3)


@pytest.mark.linux
def test_its_threads_are_bounded(
    open_worker: Callable[..., WorkerGenerator], make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    worker = open_worker(make_card(graphs.averaging()), "cpu", threads=1)
    worker(*_case(300, 300))
    environment = Path(f"/proc/{worker.process_id}/task")
    # The process's own, and those of libraries that wait; ONNX Runtime adds none to compute.
    before = len(list(environment.iterdir()))
    worker(*_case(600, 600))
    assert len(list(environment.iterdir())) == before


def test_an_exception_nobody_meant_becomes_a_sentence(
    open_worker: Callable[..., WorkerGenerator],
) -> None:
    worker = open_worker(replace(TELEA, multiple_of=0))
    with pytest.raises(GeneratorError, match="nothing was changed") as raised:
        worker(*_case())
    assert "Traceback" in str(raised.value.__cause__)


def test_a_program_that_forgets_to_close_leaves_nothing_behind(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import numpy as np\n"
        "from core.inpainting.classical import classical_cards\n"
        "from core.inpainting.worker import WorkerGenerator\n"
        "if __name__ == '__main__':\n"
        "    worker = WorkerGenerator(classical_cards()[0])\n"
        "    worker(np.zeros((64, 64, 3), np.float32), np.zeros((64, 64), np.float32))\n"
        "    print(worker.process_id)\n"
    )
    before = set(Path("/dev/shm").glob("psm_*"))
    done = subprocess.run(
        [sys.executable, program],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert set(Path("/dev/shm").glob("psm_*")) <= before
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
