"""Generators that run as ONNX graphs, on the GPU where that really works, else on the CPU."""

import os
import threading
from typing import Any, Final, Literal

# The wheel of ONNX Runtime reports to its maker some seconds after its first import unless this
# stands in the environment before; it is no setting, so it is not undone.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime as ort

from core.errors import CardError, GeneratorError
from core.image.surface import F32
from core.inpainting.card import GeneratorCard
from core.inpainting.onnx_preflight import check_model
from core.inpainting.output_check import check_output
from core.inpainting.padding import padded

MODEL_FILE: Final = "model.onnx"

# More threads than this gain nothing on pictures of a window's size.
_MAX_THREADS = 8
# ONNX Runtime's own log goes to stderr; what matters comes as an exception, so it says nothing.
_SILENT = 4
_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_INPUTS: Final = {"image": 3, "mask": 1}
_OUTPUTS: Final = {"filled": 3}


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
        self.card = card
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
        height, width = mask.shape
        hole = (mask > 0).astype(np.float32)
        known = np.where(hole[..., None] > 0, np.float32(0), image)
        known, hole = padded(known, hole, self.card.multiple_of, self.card.min_size_px)
        with self._lock:
            result = self._run(known, hole)
        filled = _picture(result, known)[:height, :width]
        check_output(filled, image, mask, self.card)
        return filled

    def close(self) -> None:
        """Free the session. Waits for a running call: closing under it would crash."""
        with self._lock:
            del self._session
            self._model = b""

    def _run(self, image: F32, mask: F32) -> Any:
        feeds = {
            "image": np.ascontiguousarray(image.transpose(2, 0, 1)[None]),
            "mask": np.ascontiguousarray(mask[None, None]),
        }
        try:
            return self._session.run(["filled"], feeds)[0]
        except Exception as cause:  # whatever the runtime raises: it has no base class of its own
            if self.device == "cpu":
                raise GeneratorError(
                    f"“{self.card.name}” failed while it filled a loss; nothing was changed."
                ) from cause
        # A GPU out of memory or lost: the same window on the CPU, outside the except block, which
        # would keep the failed run's memory alive.
        self._session = _opened(self._model, self.card, with_cuda=False)
        return self._run(image, mask)


def _opened(model: bytes, card: GeneratorCard, with_cuda: bool) -> ort.InferenceSession:
    # The default logger, not the session's, tells of a CUDA library that does not load.
    ort.set_default_logger_severity(_SILENT)
    options = ort.SessionOptions()
    options.intra_op_num_threads = max(1, min((os.cpu_count() or 1) - 1, _MAX_THREADS))
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    # Idle threads that spin would take the brush's time between two windows.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = [_CUDA, _CPU] if with_cuda and _CUDA in ort.get_available_providers() else [_CPU]
    try:
        return ort.InferenceSession(model, options, providers=providers)
    except Exception as cause:  # as above
        raise CardError(
            f"The model of “{card.name}” is not one that this Lacuna can run; reinstall it."
        ) from cause


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


def _picture(result: Any, image: F32) -> F32:
    """Return a run's [1, 3, H, W] as (H, W, 3); of another shape, an empty one: refused later."""
    array = np.asarray(result)
    if array.shape != (1, image.shape[2], *image.shape[:2]):
        return np.empty((0, 0, image.shape[2]), np.float32)
    return np.ascontiguousarray(array[0].transpose(1, 2, 0))
