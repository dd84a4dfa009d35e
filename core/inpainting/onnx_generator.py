"""Generators that run as ONNX graphs, on the GPU where that really works, else on the CPU."""

import contextlib
import io
import os
import threading
import warnings
from typing import Any, Final, Literal

# The wheel of ONNX Runtime reports to its maker some seconds after its first import unless this
# stands in the environment before; it is no setting, so it is not undone.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime as ort

from core.errors import CardError, GeneratorError, GeneratorMemoryError
from core.image.surface import F32
from core.inpainting.backends import DeviceStatus, cpu, is_out_of_memory, nvidia_gpu, thread_limit
from core.inpainting.card import MODEL_FILE, GeneratorCard
from core.inpainting.net_window import filled_window
from core.inpainting.onnx_preflight import check_model

# ONNX Runtime's own log goes to stderr; what matters comes as an exception, so it says nothing.
_SILENT = 4
_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_INPUTS: Final = {"image": 3, "mask": 1}
_OUTPUTS: Final = {"filled": 3}
# An ONNX file (opset 17) of one 1 × 1 convolution y = x * w: the least that needs CUDA and cuDNN.
_CONVOLUTION: Final = bytes.fromhex(
    "08083a6b0a0f0a01780a01771201792204436f6e761201675a1b0a017812160a14080112100a0208010a"
    "0208010a0208010a0208015a1b0a017712160a14080112100a0208010a0208010a0208010a020801621b"
    "0a017912160a14080112100a0208010a0208010a0208010a02080142040a001011"
)


class OnnxGenerator:
    """A card's `model.onnx` behind the Generator protocol; one call at a time, from any thread."""

    def __init__(
        self, card: GeneratorCard, device: Literal["auto", "cpu", "cuda"] = "auto"
    ) -> None:
        """Load and check the model.

        Raises CardError if the file is missing, has another hash, reaches outside itself, needs
        foreign operators or has other inputs or outputs than the contract's; GeneratorError if
        device is "cuda" and CUDA does not load.
        """
        self.card = card.run_by("onnx")
        self._model = card.checked_bytes(MODEL_FILE)
        check_model(self._model, card.name)
        self._lock = threading.Lock()
        self._session = _opened(self._model, card, with_cuda=device != "cpu")
        if device == "cuda" and self.device != "cuda":
            raise GeneratorError(
                "CUDA was asked for, but it does not load on this computer; choose “auto” or “cpu”."
            )
        _check_signature(self._session, card)

    @property
    def device(self) -> str:
        """Where the session really runs, whatever was asked for."""
        return "cuda" if _CUDA in self._session.get_providers() else "cpu"

    def __call__(self, image: F32, mask: F32) -> F32:
        """Fill as Generator says. Raises GeneratorError, also as GeneratorOutputError."""
        return filled_window(self._locked_run, self.card, image, mask)

    def close(self) -> None:
        """Free the session. Waits for a running call: closing under it would crash."""
        with self._lock:
            del self._session
            self._model = b""

    def _locked_run(self, image: F32, mask: F32) -> Any:
        with self._lock:
            return self._run(image, mask)

    def _run(self, image: F32, mask: F32) -> Any:
        feeds = {"image": np.ascontiguousarray(image), "mask": np.ascontiguousarray(mask)}
        try:
            return self._session.run(["filled"], feeds)[0]
        except Exception as cause:  # whatever the runtime raises: it has no base class of its own
            is_scarce = is_out_of_memory(cause)
            if self.device == "cpu" and not is_scarce:
                raise GeneratorError(
                    f"“{self.card.name}” failed while it filled a loss; nothing was changed."
                ) from cause
        # Outside the except block, which would keep the failed run's memory alive.
        if is_scarce:
            raise GeneratorMemoryError(
                f"The {self.device.upper()} has too little memory for “{self.card.name}”; nothing "
                "was changed."
            )
        # A GPU that is lost: the same window on the CPU.
        self._session = _opened(self._model, self.card, with_cuda=False)
        return self._run(image, mask)


def devices() -> tuple[DeviceStatus, ...]:
    """Return what ONNX Runtime really runs on here: the CPU, and CUDA if a session gets it."""
    gpu = nvidia_gpu()
    return (cpu(), gpu) if gpu is not None and _computes_on_cuda() else (cpu(),)


def _computes_on_cuda() -> bool:
    one = np.ones((1, 1, 1, 1), np.float32)
    try:
        session = ort.InferenceSession(_CONVOLUTION, _session_options(), providers=_providers(True))
        session.run(["y"], {"x": one, "w": one})
    except Exception:  # as in _run: a GPU that fails so is one that cannot be used
        return False
    return _CUDA in session.get_providers()


def _opened(model: bytes, card: GeneratorCard, with_cuda: bool) -> ort.InferenceSession:
    try:
        return ort.InferenceSession(model, _session_options(), providers=_providers(with_cuda))
    except Exception as cause:  # as above
        raise CardError(
            f"The model of “{card.name}” is not one that this Lacuna can run; reinstall it."
        ) from cause


def _session_options() -> ort.SessionOptions:
    # The default logger, not the session's, tells of a CUDA library that does not load.
    ort.set_default_logger_severity(_SILENT)
    options = ort.SessionOptions()
    options.intra_op_num_threads = thread_limit()
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    # Idle threads that spin would take the brush's time between two windows.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _providers(with_cuda: bool) -> list[str]:
    """Return the providers to ask for; that a wheel lists CUDA does not mean that it loads."""
    if not with_cuda or _CUDA not in ort.get_available_providers() or nvidia_gpu() is None:
        return [_CPU]
    _preload_cuda()
    return [_CUDA, _CPU]


def _preload_cuda() -> None:
    """Load CUDA and cuDNN from NVIDIA's wheels or PyTorch's, where they are; else do nothing."""
    preload = getattr(ort, "preload_dlls", None)  # no part of ONNX Runtime for macOS
    if preload is None:
        return
    # It prints what it misses and warns; the session that is opened next is the judge.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            preload()
        except Exception:  # whatever it raises, CUDA may still lie in the system's own folders
            return


def _check_signature(session: ort.InferenceSession, card: GeneratorCard) -> None:
    for values, expected in ((session.get_inputs(), _INPUTS), (session.get_outputs(), _OUTPUTS)):
        if {value.name for value in values} != set(expected):
            raise CardError(
                f"The model of “{card.name}” has other inputs or outputs than Lacuna's: "
                f"expected {', '.join(expected)}, found {', '.join(v.name for v in values)}."
            )
        for value in values:
            if value.type != "tensor(float)" or not _fits(value.shape, expected[value.name]):
                raise CardError(
                    f"The model of “{card.name}” has “{value.name}” in another form than Lacuna's: "
                    f"{value.type} {value.shape}."
                )


def _fits(shape: list[int | str | None], channels: int) -> bool:
    """Whether [N, C, H, W] has the right C and leaves H and W free."""
    if len(shape) != 4:
        return False
    batch, depth, height, width = shape
    one_or_free = batch == 1 or not isinstance(batch, int)
    is_any_size = not isinstance(height, int) and not isinstance(width, int)
    # An exporter may leave the output's channels symbolic; what comes out is checked anyway.
    return one_or_free and is_any_size and (depth == channels or not isinstance(depth, int))
