"""Several fills of the same losses: made, measured, compared, and chosen from."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.document.layer import Layer, LayerKind, LayerStack
from core.document.patch import Patch
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import F32, Surface
from core.inpainting.card import GeneratorCard
from core.inpainting.edge_error import edge_error
from core.inpainting.engine import FillOptions, Progress, inpaint
from core.inpainting.generator import Generator

_BAND_PX: Final = 1 << 20


@dataclass(frozen=True, eq=False)
class Variant:
    """One generator's fill of all losses: its patches, and what can be said of them.

    surface, origins: of the patches laid on an empty retouch layer. seconds: how long it took.
    edge_error: see core.inpainting.edge_error. notices: what did not go as asked.
    """

    card: GeneratorCard
    seed: int
    patches: tuple[Patch, ...]
    surface: Surface
    seconds: float
    edge_error: float
    device: str
    notices: tuple[str, ...] = ()
    origins: Surface | None = None


def fill_variant(
    layers: LayerStack,
    profile: ColorProfile,
    generator: Generator,
    options: FillOptions,
    progress: Callable[[Progress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Variant:
    """Fill what the visible masks mark. options.seed is the card's own, for the record.

    Raises as `inpaint`; then there is no variant, whole or half.
    """
    start = time.perf_counter()
    patches = tuple(inpaint(layers, profile, generator, options, None, progress, is_cancelled))
    seconds = time.perf_counter() - start
    laid = laid_on_empty(patches, layers)
    return Variant(
        generator.card,
        options.seed,
        patches,
        laid.pixels,
        seconds,
        edge_error(layers, patches),
        generator.device,
        origins=laid.origins,
    )


def laid_on_empty(patches: Iterable[Patch], layers: LayerStack) -> Layer:
    """Return a retouch layer, empty before, with patches laid on it."""
    layer_id = layers.next_id
    stack = layers.adding(LayerKind.RETOUCH, "")
    for patch in patches:
        stack = stack.placing(patch, layer_id)
    return stack.layer(layer_id)


def disagreement(variants: Sequence[Variant], rect: Rect) -> F32:
    """Return how far variants differ at each pixel of a rectangle, (h, w) float32, 0..0.5.

    The standard deviation of their samples (of 65535, in the document's own values), as the root
    of its mean square over the channels. 0 where fewer than two of them fill.
    """
    if len(variants) < 2:
        return np.zeros((rect.height, rect.width), np.float32)
    read = [variant.surface.read(rect).astype(np.float32) for variant in variants]
    alpha = np.stack([pixels[..., -1:] for pixels in read])
    is_filled = alpha > 0
    # Premultiplied: divided by alpha, soft edges are compared as paint, not as weight.
    samples = np.stack([pixels[..., :-1] for pixels in read])
    samples = np.divide(samples, alpha, out=np.zeros_like(samples), where=is_filled)
    # About the first one, so that rounding makes no difference where there is none.
    samples = samples - samples[0]
    count = is_filled.sum(axis=0)
    mean = samples.sum(axis=0) / np.maximum(count, 1)
    variance = np.where(is_filled, (samples - mean) ** 2, 0).sum(axis=0) / np.maximum(count, 1)
    spread = np.sqrt(variance.mean(axis=-1))
    return np.asarray(np.where(count[..., 0] > 1, spread, 0), np.float32)


def disagreement_map(variants: Sequence[Variant], rect: Rect, step: int) -> F32:
    """Return the greatest disagreement in each square of step × step pixels, (rows, columns).

    rect's sides need not be multiples of step: what a square lacks counts as 0. Memory is that of
    a band of rows for each variant.
    """
    rows, columns = -(-rect.height // step), -(-rect.width // step)
    out = np.zeros((rows, columns), np.float32)
    squares = max(1, _BAND_PX // (rect.width * step))
    for row in range(0, rows, squares):
        band = Rect(rect.x, rect.y + row * step, rect.width, squares * step).intersection(rect)
        values = disagreement(variants, band)
        lacking = (0, -band.height % step), (0, -band.width % step)
        values = np.pad(values, lacking)
        count = values.shape[0] // step
        blocks = values.reshape(count, step, columns, step)
        out[row : row + count] = blocks.max(axis=(1, 3))
    return out
