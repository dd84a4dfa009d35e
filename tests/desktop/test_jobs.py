import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, ImageReadError
from desktop.jobs import Job, Jobs, Work


@pytest.fixture
def jobs(qtbot: QtBot) -> Jobs:
    return Jobs()


def outcome(qtbot: QtBot, job: Job) -> list[tuple[str, object]]:
    """Run a job to its end; return what it signalled, in order."""
    heard: list[tuple[str, object]] = []
    job.delivered.connect(lambda item: heard.append(("item", item)))
    job.succeeded.connect(lambda result: heard.append(("result", result)))
    job.failed.connect(lambda text: heard.append(("failed", text)))
    job.cancelled.connect(lambda: heard.append(("cancelled", None)))
    with qtbot.waitSignal(job.finished, timeout=5000):
        job.start()
    return heard


def test_a_result_comes_after_all_items_in_order(qtbot: QtBot, jobs: Jobs) -> None:
    def count(work: Work) -> str:
        for number in range(3):
            work.deliver(number)
        return "done"

    heard = outcome(qtbot, jobs.create("count", count))
    assert heard == [("item", 0), ("item", 1), ("item", 2), ("result", "done")]
    assert jobs.running == ()


def test_signals_come_in_the_gui_thread_and_work_in_another(qtbot: QtBot, jobs: Jobs) -> None:
    gui = QThread.currentThread()
    heard_in: list[QThread] = []
    job = jobs.create("where", lambda _work: threading.get_ident())
    ran_in: list[int] = []
    job.succeeded.connect(
        lambda ident: (ran_in.append(ident), heard_in.append(QThread.currentThread()))
    )
    outcome(qtbot, job)
    assert heard_in == [gui]
    assert ran_in != [threading.get_ident()]


def test_what_outlives_its_owner_ends_without_a_word(qtbot: QtBot) -> None:
    owner, go = QObject(), threading.Event()

    def wait(work: Work) -> None:
        go.wait(5)
        work.report(0.5)

    job = Job("late", wait, owner)
    job.start()
    shiboken6.delete(owner)
    go.set()
    # What a thread raises, pytest reports as a failure.
    job._thread.join(5)


def test_an_error_of_core_is_told_in_its_own_sentence(qtbot: QtBot, jobs: Jobs) -> None:
    def fail(_work: Work) -> None:
        raise ImageReadError("The file is empty.")

    job = jobs.create("fail", fail)
    assert outcome(qtbot, job) == [("failed", "The file is empty.")]
    assert isinstance(job.error, ImageReadError)


def test_a_mistake_is_logged_without_its_text_and_told_in_general(
    qtbot: QtBot, jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    title = "portrait"

    def stumble(_work: Work) -> None:
        raise ZeroDivisionError(title)

    heard = outcome(qtbot, jobs.create("stumble", stumble))
    assert heard == [("failed", "Lacuna made a mistake of its own; nothing was changed.")]
    assert "ZeroDivisionError" in caplog.text
    assert title not in caplog.text


def test_after_cancel_neither_items_nor_success_come(qtbot: QtBot, jobs: Jobs) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def stubborn(work: Work) -> str:
        begun.set()
        go_on.wait(5)
        work.deliver("late")
        return "late"

    job = jobs.create("stubborn", stubborn)
    heard: list[str] = []
    for signal in (job.delivered, job.succeeded):
        signal.connect(lambda _value: heard.append("late"))
    job.cancelled.connect(lambda: heard.append("cancelled"))
    job.start()
    begun.wait(5)
    job.cancel()
    with qtbot.waitSignal(job.finished, timeout=5000):
        go_on.set()
    assert heard == ["cancelled"]


def test_a_function_that_sees_the_wish_may_raise_cancelled(qtbot: QtBot, jobs: Jobs) -> None:
    def patient(work: Work) -> None:
        while not work.is_cancelled():
            pass
        raise Cancelled("Stopped.")

    job = jobs.create("patient", patient)
    asked: list[bool] = []
    job.on_cancel = lambda: asked.append(True)
    job.progressed.connect(lambda *_: None)
    heard: list[str] = []
    job.cancelled.connect(lambda: heard.append("cancelled"))
    job.start()
    with qtbot.waitSignal(job.finished, timeout=5000):
        job.cancel()
        job.cancel()
    assert heard == ["cancelled"]
    assert asked == [True]


def test_closing_waits_for_threads_and_hears_nothing_of_them_any_more(
    qtbot: QtBot, jobs: Jobs
) -> None:
    def obedient(work: Work) -> str:
        while not work.is_cancelled():
            work.report(0.5, "half")
        return "late"

    job = jobs.create("obedient", obedient)
    heard: list[object] = []
    for signal in (job.succeeded, job.cancelled, job.finished):
        signal.connect(lambda *_: heard.append("late"))
    job.start()
    assert jobs.close(5.0)
    qtbot.wait(50)
    assert heard == []
    assert jobs.running == ()


def test_closing_does_not_wait_for_ever(jobs: Jobs) -> None:
    stop = threading.Event()
    job = jobs.create("deaf", lambda _work: stop.wait(20))
    job.start()
    assert not jobs.close(0.05)
    stop.set()


def test_closing_repeats_the_wish_until_it_is_heard(jobs: Jobs) -> None:
    heard = threading.Event()
    asked: list[bool] = []

    def hear_the_third() -> None:
        asked.append(True)
        if len(asked) >= 3:
            heard.set()

    job = jobs.create("late listener", lambda _work: heard.wait(20))
    job.on_cancel = hear_the_third
    job.start()
    assert jobs.close(5.0)
