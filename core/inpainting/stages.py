"""Work in two stages, side by side: what one thread begins others finish; results in order."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

_Item = TypeVar("_Item")
_Begun = TypeVar("_Begun")
_Result = TypeVar("_Result")

_POLL_S = 0.05


def in_stages(
    items: Sequence[_Item],
    begin: Callable[[_Item], _Begun],
    finish: Callable[[_Item, _Begun], _Result],
    *,
    cost: Callable[[_Item], int],
    budget: int,
    finishers: int,
    check: Callable[[], None],
    stop: threading.Event,
) -> Generator[_Result, None, None]:
    """Yield finish(item, begin(item)) for all items, in their order.

    begin runs in one thread, item by item, and finish in `finishers` others. Only items whose
    cost together is within the budget, but one at least, are under way or waiting to be taken.
    check: called in the calling thread every now and then; what it raises ends the work, and so
    does what a stage raises, when its item's turn has come; none is begun after one that could
    not be. stop: set at the end, however it comes; a stage that takes long looks at it. Threads
    are gone when this is.
    """
    with _pool(1) as beginning, _pool(finishers) as finishing:
        is_broken = threading.Event()

        def both(item: _Item) -> Future[_Result]:
            if stop.is_set() or is_broken.is_set():
                raise CancelledError
            try:
                begun = begin(item)
            except BaseException:
                is_broken.set()
                raise
            return finishing.submit(finish, item, begun)

        todo, spent = deque(items), 0
        under_way: deque[tuple[int, Future[Future[_Result]]]] = deque()
        try:
            while todo or under_way:
                while todo and (not under_way or spent + cost(todo[0]) <= budget):
                    item = todo.popleft()
                    spent += cost(item)
                    under_way.append((cost(item), beginning.submit(both, item)))
                price, future = under_way.popleft()
                result = _awaited(_awaited(future, check), check)
                # Let go of here, so that only the caller keeps it.
                del future
                yield result
                del result
                spent -= price
        finally:
            stop.set()


def _awaited(future: Future[_Result], check: Callable[[], None]) -> _Result:
    while not wait([future], _POLL_S).done:
        check()
    return future.result()


@contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fill")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
