"""Memory that runs out: NumPy's n-th allocation of some size fails, in whatever thread it is."""

import ctypes
import functools
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numpy._core import _multiarray_umath

# Functions that want the interpreter's lock, and get it.
_Malloc = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_Calloc = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
# Place of PyDataMem_DefaultHandler in NumPy's table of C functions (numpy_api.py): the same in
# all versions since 1.22.
_DEFAULT_HANDLER = 306


class _Handler(ctypes.Structure):
    """PyDataMem_Handler, version 1."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", ctypes.c_void_p),
        ("malloc", ctypes.c_void_p),
        ("calloc", ctypes.c_void_p),
        ("realloc", ctypes.c_void_p),
        ("free", ctypes.c_void_p),
    )


class Allocations:
    """How many allocations there were, and whether one has failed."""

    def __init__(self) -> None:
        self.count = 0
        self.has_failed = False


@contextmanager
def failing_allocation(number: int, least_bytes: int = 4096) -> Iterator[Allocations]:
    """Let the array allocation of that number (from 1) fail, of those of at least so many bytes.

    All others succeed, also after it. OpenCV's results are NumPy's arrays too.
    """
    handler = _default_handler()
    malloc, calloc = handler.malloc, handler.calloc
    own_malloc, own_calloc = _Malloc(malloc), _Calloc(calloc)
    made = Allocations()

    def restored() -> None:
        handler.malloc, handler.calloc = malloc, calloc

    def fails(size: int) -> bool:
        made.count += size >= least_bytes
        made.has_failed = size >= least_bytes and made.count == number
        if made.has_failed:
            # No Python runs while its exception is on the way.
            restored()
        return made.has_failed

    def allocate(context: int | None, size: int) -> int | None:
        return None if fails(size) else own_malloc(context, size)

    def allocate_zeros(context: int | None, count: int, size: int) -> int | None:
        return None if fails(count * size) else own_calloc(context, count, size)

    ours = _Malloc(allocate), _Calloc(allocate_zeros)
    handler.malloc, handler.calloc = (ctypes.cast(one, ctypes.c_void_p).value for one in ours)
    try:
        yield made
    finally:
        restored()


def serve_scarcely(module: str, function: str, serve: str, *arguments: Any) -> None:
    """Run a process's `serve` in which the n-th call of a function lacks its n-th allocation."""
    place = importlib.import_module(module)
    setattr(place, function, _Scarce(getattr(place, function)))
    getattr(place, serve)(*arguments)


class _Scarce:
    """A function whose n-th call lacks its n-th allocation."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._calls = 0

    def __call__(self, *arguments: Any) -> Any:
        self._calls += 1
        with failing_allocation(self._calls):
            return self._function(*arguments)


def _default_handler() -> _Handler:
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = pointer(_multiarray_umath._ARRAY_API, None)
    entries = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))
    capsule = ctypes.cast(entries[_DEFAULT_HANDLER], ctypes.POINTER(ctypes.py_object))[0]
    return _Handler.from_address(pointer(capsule, b"mem_handler"))
