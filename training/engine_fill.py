"""The engine on samples in memory: a crop filled as the window would fill it."""

import numpy as np

from core.document.layer import LayerStack
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import U8, U16, Surface
from core.inpainting.engine import FillOptions, inpaint
from core.inpainting.generator import Generator


def marked(pixels: U16, hole: U8) -> LayerStack:
    """Return (H, W, channels) samples as a painting, with a mask where hole (H, W) is above 0."""
    layers = LayerStack.of(_Samples(pixels), "crop")
    losses = Surface.mask().writing(layers.rect, (hole > 0).astype(np.uint8) * np.uint8(255))
    return layers.with_surface(layers.layers[1].id, losses)


def filled(layers: LayerStack, generator: Generator, options: FillOptions) -> U16:
    """Return a marked painting's samples, taken for sRGB, with all patches laid on them.

    Raises what `inpaint` raises.
    """
    source = layers.layers[0].source
    assert source is not None
    pixels = source.read(layers.rect).copy()
    for patch in inpaint(layers, ColorProfile.of(None, pixels.shape[2]), generator, options):
        inside = patch.coverage > 0
        pixels[patch.rect.slices(layers.rect)][inside] = patch.pixels[inside]
    return pixels


class _Samples:
    """Samples in memory as a PixelSource."""

    def __init__(self, pixels: U16) -> None:
        self._pixels = pixels
        self.height, self.width, self.channels = pixels.shape

    def read(self, rect: Rect, level: int = 0) -> U16:
        if level != 0:
            raise ValueError("only native pixels are read here")
        return self._pixels[rect.slices(Rect(0, 0, self.width, self.height))]
