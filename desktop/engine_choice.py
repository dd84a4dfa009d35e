"""Which engine and device are to run generators, what else there is, and why some cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, get_args

from PySide6.QtCore import QCoreApplication

from core.inpainting.backends import LABELS, Backend, DeviceStatus
from core.inpainting.card import GeneratorCard
from core.inpainting.engines import EngineStatus
from core.inpainting.generator import Device, Runtime

_GIB: Final = 1 << 30


class Option(NamedTuple):
    """One thing to choose: its value, its text, and why it cannot be chosen ("": it can)."""

    value: str
    text: str
    reason: str = ""


@dataclass(frozen=True)
class EngineChoice:
    """The engines there are, and what is chosen of them.

    is_probed: the engines were really tried; before, graphics cards are not known of.
    """

    engines: tuple[EngineStatus, ...]
    runtime: Runtime = "auto"
    device: Device = "auto"
    is_probed: bool = False

    def obstacle(self, card: GeneratorCard) -> str:
        """Return why a generator cannot run as chosen, as a sentence; "" if it can."""
        if card.engine == "classical":
            return ""
        made_for = [name for name in get_args(Backend) if name in (card.engines or (card.engine,))]
        if self.runtime != "auto" and self.runtime not in made_for:
            text = _tr("It has no weights for {0}, only for {1}.")
            others = ", ".join(LABELS[name] for name in made_for)
            return text.format(LABELS[self.runtime], others)
        chosen = [engine for engine in self._considered if engine.name in made_for]
        usable = [engine for engine in chosen if engine.is_available]
        if not usable:
            reasons = [engine.reason for engine in chosen if engine.reason]
            return reasons[0] if reasons else _tr("No engine is there that could run it.")
        if self.device == "cuda" and self.is_probed and not _gpu(usable):
            return _without_gpu(usable)
        return ""

    def engine_options(self) -> list[Option]:
        """Return the engines, Automatic first."""
        every = [Option(engine.name, engine.label, _why(engine)) for engine in self.engines]
        return [Option("auto", _tr("Automatic")), *every]

    def device_options(self) -> list[Option]:
        """Return the devices of the chosen engine, Automatic first."""
        usable = [engine for engine in self._considered if engine.is_available]
        processors = [d for engine in usable for d in engine.devices if d.name == "cpu"]
        memory = _memory(processors[0]) if processors else ""
        options = [
            Option("auto", _tr("Automatic")),
            Option("cpu", _tr("Processor (CPU)") + memory),
        ]
        gpu = _gpu(usable)
        if gpu is not None:
            return [*options, Option("cuda", f"{gpu.label}{_memory(gpu)}")]
        looking = _tr("Graphics cards are still being looked for.")
        why = _without_gpu(usable) if self.is_probed else looking
        return [*options, Option("cuda", _tr("Graphics card (CUDA)"), why)]

    @property
    def _considered(self) -> list[EngineStatus]:
        return [engine for engine in self.engines if self.runtime in ("auto", engine.name)]


def runtime_of(name: str) -> Runtime:
    """Return a remembered engine's name as a Runtime; Automatic if there is no such."""
    return next((known for known in get_args(Runtime) if known == name), "auto")


def device_of(name: str) -> Device:
    """Return a remembered device's name as a Device; Automatic if there is no such."""
    return next((known for known in get_args(Device) if known == name), "auto")


def _gpu(engines: Sequence[EngineStatus]) -> DeviceStatus | None:
    return next((d for engine in engines for d in engine.devices if d.name == "cuda"), None)


def _without_gpu(usable: Sequence[EngineStatus]) -> str:
    """Return why there is no GPU to choose: an engine's own reason, else that none was found."""
    told = [engine.reason for engine in usable if engine.reason]
    return told[0] if told else _tr("No CUDA device was found.")


def _why(engine: EngineStatus) -> str:
    return "" if engine.is_available else engine.reason or _tr("It cannot be used here.")


def _memory(device: DeviceStatus) -> str:
    gigabytes = device.memory_bytes / _GIB
    return f" · {gigabytes:.0f} GB" if device.memory_bytes > 0 else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("EngineChoice", text)
