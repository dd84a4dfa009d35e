"""A generator that goes on when memory runs out: in halved windows, then on the CPU, saying so."""

from collections.abc import Callable
from typing import Final

import numpy as np

from core.errors import GeneratorMemoryError
from core.image.surface import F32
from core.inpainting.card import GeneratorCard
from core.inpainting.generator import Device, Generator, Runtime, open_generator

# Windows are halved down to this side: below, a net sees too little paint around a loss.
_LEAST_PX: Final = 192
# What a half sees of the paint around its loss at least.
_CONTEXT_PX: Final = 32
# Halves are cross-faded over so much, and see so much more of what the other fills: the end of a
# window is filled from one side only. Without that, the trained net's fill of cracks differed from
# that of the whole window by up to 37/1023.
_FADE_PX: Final = 32
_MARGIN_PX: Final = 32
_OVERLAP_PX: Final = _FADE_PX + 2 * _MARGIN_PX


class SparingGenerator:
    """Another generator behind the Generator protocol; one call at a time.

    A window too large for the device's memory is filled in two halves, these again in two, and
    later windows so at once; what does not fit even so is filled on the CPU, and all after it.
    notices: a sentence on each of that.
    """

    def __init__(self, generator: Generator, reopened: Callable[[], Generator]) -> None:
        """reopened: gives the same generator on the CPU."""
        self._generator = generator
        self._reopened = reopened
        self._area_max: int | None = None
        self.notices: list[str] = []

    @property
    def card(self) -> GeneratorCard:
        """What it is."""
        return self._generator.card

    @property
    def device(self) -> str:
        """Where it runs now."""
        return self._generator.device

    def __call__(self, image: F32, mask: F32) -> F32:
        """Fill as Generator says. Raises GeneratorMemoryError if there is too little on the CPU."""
        before = self.device
        filled = self._filled(image, mask)
        if filled is None and self.device != "cpu":
            self._move_to_cpu()
            filled = self._filled(image, mask)
        if before != "cpu" and self.device == "cpu":
            self.notices.append(
                f"“{self.card.name}” could not go on on the {before.upper()} and was moved to the "
                "CPU."
            )
        if filled is None:
            raise GeneratorMemoryError(
                f"There is too little memory for “{self.card.name}”; close other programs, or "
                "choose another generator."
            )
        return filled

    def close(self) -> None:
        """Close the generator."""
        self._generator.close()

    def _move_to_cpu(self) -> None:
        self._generator.close()
        self._generator = self._reopened()
        self._area_max = None

    def _filled(self, image: F32, mask: F32) -> F32 | None:
        """Fill whole or by halves; None if memory does not suffice for either."""
        can_halve = max(mask.shape) >= 2 * _LEAST_PX
        if self._area_max is None or mask.size <= self._area_max or not can_halve:
            filled = self._tried(image, mask)
            if filled is not None:
                return filled
        halves = _halves(mask, self.card.multiple_of) if can_halve else []
        if not halves:
            return None
        total = np.zeros_like(image)
        for half, weight in zip(halves, _weights(halves, mask), strict=True):
            part = self._filled(image[half], mask[half])
            if part is None:
                return None
            total[half] += part * weight[..., None]
        if self._area_max is None:
            self.notices.append(
                f"The {self.device.upper()}'s memory was too small for “{self.card.name}”, so it "
                "worked with smaller windows."
            )
        self._area_max = min(self._area_max or mask.size, mask.size - 1)
        return np.where(mask[..., None] > 0, total, image)

    def _tried(self, image: F32, mask: F32) -> F32 | None:
        # The error is left behind here: its frames would keep the failed run's memory alive.
        try:
            return self._generator(image, mask)
        except (GeneratorMemoryError, MemoryError):
            return None


def open_sparing(card: GeneratorCard, device: Device, runtime: Runtime) -> SparingGenerator:
    """Open a card's generator in this process, as `open_generator`, so that it spares memory."""
    generator = open_generator(card, device, runtime)
    return SparingGenerator(generator, lambda: open_generator(card, "cpu", runtime))


Half = tuple[slice, slice]


def _halves(mask: F32, multiple_of: int) -> list[Half]:
    """Return the one or two windows, half as long, that hold all losses; none if that cannot be.

    They begin on multiples of the card's, as the window itself does, and end on them where it
    does: a net must not be shown its picture in other groups of samples, nor paint that was made
    up to fill its window.

    Where the losses fit into one with paint around, it lies around them; else they are cut in
    the middle. A window without any sound paint is none.
    """
    axis = int(np.argmax(mask.shape))
    length = mask.shape[axis]
    marked = np.flatnonzero((mask > 0).any(axis=1 - axis))
    if len(marked) == 0:
        return []
    first, last = int(marked[0]), int(marked[-1]) + 1
    half = -(-length // 2) + _OVERLAP_PX // 2
    half = min(length - 1, -(-half // multiple_of) * multiple_of)
    late = (length - half) // multiple_of * multiple_of
    start = min(late, max(0, first - _CONTEXT_PX) // multiple_of * multiple_of)
    if min(length, last + _CONTEXT_PX) <= start + half:
        spans = [slice(start, start + half)]
    else:
        spans = [slice(0, half), slice(late, length)]
    everything = slice(None)
    halves = [(span, everything) if axis == 0 else (everything, span) for span in spans]
    halves = [window for window in halves if mask[window].any()]
    return [] if any((mask[window] > 0).all() for window in halves) else halves


def _weights(halves: list[Half], mask: F32) -> list[F32]:
    """Return each half's share of the result, (h, w): where two meet, raised cosines."""
    shares = [np.ones(mask[half].shape, np.float32) for half in halves]
    if len(halves) == 2:
        axis = 0 if halves[0][0] != halves[1][0] else 1
        overlap = halves[0][axis].stop - halves[1][axis].start
        place = np.arange(overlap, dtype=np.float32) + np.float32(0.5) - _MARGIN_PX
        phase = np.clip(place / (overlap - 2 * _MARGIN_PX), 0, 1)
        rising = ((1 - np.cos(np.pi * phase)) / 2).astype(np.float32)
        # Rows or columns come first in these views.
        upper, lower = (np.moveaxis(share, axis, 0) for share in shares)
        upper[-overlap:] *= (1 - rising)[:, None]
        lower[:overlap] *= rising[:, None]
    return shares
