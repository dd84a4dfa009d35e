"""Layers and the stack of them: a painting's state as one immutable value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from core.document.patch import Patch
from core.image.blend import over, premultiplied
from core.image.geometry import EMPTY_RECT, Rect
from core.image.surface import PixelSource, Surface

_COLOR = re.compile("#[0-9a-f]{6}")


class LayerKind(Enum):
    """What a layer holds. The value is what project files store."""

    SOURCE = "source"
    MASK = "mask"
    RETOUCH = "retouch"


@dataclass(frozen=True)
class Layer:
    """One layer. SOURCE has `source` and no way to write it; the other kinds have `surface`.

    color: in which a MASK is shown, "#rrggbb"; empty for the program's own mask colour.
    """

    id: int
    kind: LayerKind
    name: str
    surface: Surface | None = None
    source: PixelSource | None = None
    is_visible: bool = True
    opacity: float = 1.0
    color: str = ""

    def __post_init__(self) -> None:
        if (self.source is None) != (self.kind is not LayerKind.SOURCE):
            raise ValueError("only a SOURCE layer has a source, and it must")
        if (self.surface is None) != (self.kind is LayerKind.SOURCE):
            raise ValueError("every layer but SOURCE has a surface")
        if not 0.0 <= self.opacity <= 1.0:
            raise ValueError("opacity is 0..1")
        if self.color and not (self.kind is LayerKind.MASK and _COLOR.fullmatch(self.color)):
            raise ValueError("a mask's colour is #rrggbb; other layers have none")

    @property
    def pixels(self) -> Surface:
        """The surface of a MASK or RETOUCH layer. Raises TypeError for SOURCE."""
        if self.surface is None:
            raise TypeError("the source layer cannot be edited")
        return self.surface


@dataclass(frozen=True)
class LayerStack:
    """A painting's whole state: size, channels (1 or 3), layers from bottom to top.

    The first layer is the SOURCE, and the only one; ids are unique and never used again in a
    document (`next_id` grows). Every edit returns another stack that shares what is unchanged.
    """

    width: int
    height: int
    channels: int
    layers: tuple[Layer, ...]
    next_id: int

    def __post_init__(self) -> None:
        kinds = [layer.kind for layer in self.layers]
        if kinds[:1] != [LayerKind.SOURCE] or kinds.count(LayerKind.SOURCE) != 1:
            raise ValueError("a stack has one SOURCE layer, at the bottom")
        ids = [layer.id for layer in self.layers]
        if len(set(ids)) != len(ids) or max(ids) >= self.next_id:
            raise ValueError("layer ids must be unique and below next_id")

    @classmethod
    def of(cls, source: PixelSource, name: str) -> "LayerStack":
        """Return the stack of an untouched painting: the source and one empty mask."""
        painting = Layer(1, LayerKind.SOURCE, name, source=source)
        losses = Layer(2, LayerKind.MASK, "Losses", surface=Surface.mask(), opacity=0.5)
        return cls(source.width, source.height, source.channels, (painting, losses), 3)

    @property
    def rect(self) -> Rect:
        """The whole picture."""
        return Rect(0, 0, self.width, self.height)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def layer(self, layer_id: int) -> Layer:
        """Return the layer of that id. Raises KeyError."""
        for layer in self.layers:
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def index(self, layer_id: int) -> int:
        """Return a layer's position, 0 at the bottom. Raises KeyError."""
        return self.layers.index(self.layer(layer_id))

    def of_kind(self, kind: LayerKind) -> tuple[Layer, ...]:
        """Return all layers of a kind, bottom to top."""
        return tuple(layer for layer in self.layers if layer.kind is kind)

    def replacing(self, layer: Layer) -> "LayerStack":
        """Return a stack in which the layer of the same id is this one. Raises KeyError."""
        index = self.index(layer.id)
        return replace(self, layers=(*self.layers[:index], layer, *self.layers[index + 1 :]))

    def with_surface(self, layer_id: int, surface: Surface) -> "LayerStack":
        """Return a stack with another surface in one layer. Raises TypeError for the source."""
        layer = self.layer(layer_id)
        if layer.kind is LayerKind.SOURCE:
            raise TypeError("the source layer cannot be edited")
        return self.replacing(replace(layer, surface=surface))

    def adding(self, kind: LayerKind, name: str) -> "LayerStack":
        """Return a stack with an empty MASK or RETOUCH layer on top; its id is `next_id`."""
        surface = Surface.mask() if kind is LayerKind.MASK else Surface.retouch(self.channels)
        opacity = 0.5 if kind is LayerKind.MASK else 1.0
        layer = Layer(self.next_id, kind, name, surface=surface, opacity=opacity)
        return replace(self, layers=(*self.layers, layer), next_id=self.next_id + 1)

    def duplicating(self, layer_id: int, name: str) -> "LayerStack":
        """Return a stack with a copy right above the layer; its id is `next_id`."""
        layer = replace(self.layer(layer_id), id=self.next_id, name=name)
        if layer.kind is LayerKind.SOURCE:
            raise TypeError("the source layer is not duplicated")
        at = self.index(layer_id) + 1
        layers = (*self.layers[:at], layer, *self.layers[at:])
        return replace(self, layers=layers, next_id=self.next_id + 1)

    def removing(self, layer_id: int) -> "LayerStack":
        """Return a stack without the layer. Raises TypeError for the source."""
        if self.layer(layer_id).kind is LayerKind.SOURCE:
            raise TypeError("the source layer cannot be removed")
        return replace(self, layers=tuple(la for la in self.layers if la.id != layer_id))

    def moving(self, layer_id: int, index: int) -> "LayerStack":
        """Return a stack with the layer at a position ≥ 1. Raises TypeError for the source."""
        layer = self.layer(layer_id)
        if layer.kind is LayerKind.SOURCE or index < 1:
            raise TypeError("the source layer stays at the bottom")
        rest = [other for other in self.layers if other.id != layer_id]
        rest.insert(index, layer)
        return replace(self, layers=tuple(rest))

    def placing(self, patch: Patch, layer_id: int) -> "LayerStack":
        """Return a stack with a patch laid over what a RETOUCH layer already holds.

        Where coverage is 65535 the layer's samples become the patch's exactly; where it is 0
        they stay. Raises TypeError if the layer is not RETOUCH.
        """
        layer = self.layer(layer_id)
        if layer.kind is not LayerKind.RETOUCH:
            raise TypeError("patches go on retouch layers")
        below = layer.pixels.read(patch.rect)
        pixels = over(premultiplied(patch.pixels, patch.coverage), below)
        return self.with_surface(layer_id, layer.pixels.writing(patch.rect, pixels))

    def changed_rect(self, other: "LayerStack") -> Rect:
        """Return where the two may look different (whole tiles, clipped to the picture)."""
        mine = {layer.id: layer for layer in self.layers}
        theirs = {layer.id: layer for layer in other.layers}
        rect = EMPTY_RECT
        reordered = [la.id for la in self.layers if la.id in theirs] != [
            la.id for la in other.layers if la.id in mine
        ]
        for layer_id in mine.keys() | theirs.keys():
            rect = rect.union(_changed(mine.get(layer_id), theirs.get(layer_id), reordered))
        return rect.intersection(self.rect)


def _changed(one: Layer | None, two: Layer | None, reordered: bool) -> Rect:
    surfaces = [la.surface for la in (one, two) if la is not None and la.surface is not None]
    if one is two and not reordered:
        return EMPTY_RECT
    same_look = (
        one is not None
        and two is not None
        and not reordered
        and (one.is_visible, one.opacity, one.color) == (two.is_visible, two.opacity, two.color)
    )
    rect = EMPTY_RECT
    if same_look and len(surfaces) == 2:
        for key in surfaces[0].differing_keys(surfaces[1]):
            rect = rect.union(key.rect)
        return rect
    for surface in surfaces:
        rect = rect.union(surface.bounds())
    if one is not None and two is not None and not surfaces and not same_look:
        source = one.source
        return Rect(0, 0, source.width, source.height) if source is not None else rect
    return rect
