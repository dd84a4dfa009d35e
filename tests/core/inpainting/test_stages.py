import threading
import time

import pytest

from core.errors import Cancelled
from core.inpainting.stages import in_stages


def run(items: list[int], begin=lambda item: item, finish=lambda item, begun: begun, **changed):
    options = {
        "cost": lambda item: 1,
        "budget": 4,
        "finishers": 2,
        "check": lambda: None,
        "stop": threading.Event(),
    } | changed
    return in_stages(items, begin, finish, **options)


def test_results_come_in_order_whoever_is_done_first() -> None:
    def finish(item: int, begun: str) -> str:
        time.sleep(0.05 if item % 2 == 0 else 0)
        return begun

    assert list(run(list(range(6)), str, finish)) == list("012345")
    assert threading.active_count() == 1


def test_no_more_is_under_way_than_the_budget_allows() -> None:
    begun: list[int] = []
    made = run(list(range(20)), begun.append, cost=lambda item: item, budget=10)
    next(made)
    time.sleep(0.1)
    # 0 + 1 + 2 + 3 + 4 are 10; an item that alone is above it comes alone.
    assert begun == [0, 1, 2, 3, 4]
    assert len(list(made)) == 19


@pytest.mark.parametrize("stage", ["begin", "finish"])
def test_what_a_stage_raises_comes_in_its_turn(stage: str) -> None:
    def broken(item: int, *_: object) -> int:
        if item == 3:
            raise ValueError("no")
        return item

    got: list[int] = []
    begun: list[int] = []
    with pytest.raises(ValueError, match="no"):
        got.extend(run(list(range(6)), **{stage: broken}))
    if stage == "begin":
        with pytest.raises(ValueError, match="no"):
            list(run(list(range(6)), lambda item: begun.append(item) or broken(item)))
        assert begun == [0, 1, 2, 3]
    made = run(list(range(6)), **{stage: broken})
    assert [next(made) for _ in range(3)] == [0, 1, 2]
    made.close()


def test_check_ends_the_work_and_stop_tells_the_stages() -> None:
    stop, first = threading.Event(), time.monotonic()

    def finish(item: int, begun: int) -> int:
        assert stop.wait(10)
        return begun

    def check() -> None:
        if time.monotonic() > first + 0.1:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        list(run([1, 2, 3], finish=finish, check=check, stop=stop))
    assert time.monotonic() - first < 2
    assert threading.active_count() == 1


def test_closing_it_early_leaves_no_thread() -> None:
    stop = threading.Event()
    made = run(list(range(9)), stop=stop)
    next(made)
    made.close()
    assert stop.is_set()
    assert threading.active_count() == 1
