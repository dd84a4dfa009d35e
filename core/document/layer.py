"""Layers and the stack of them: a painting's state as one immutable value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from core.document.evidence import Evidence
from core.document.origins import placing_origins
from core.document.patch import Patch
from core.image.blend import over, premultiplied
from core.image.blend_modes import BlendMode
from core.image.geometry import EMPTY_RECT, Rect
from core.image.surface import PixelSource, Surface

_COLOR = re.compile("#[0-9a-f]{6}")


class LayerKind(Enum):
    """What a layer holds. The value is what project files store."""

    SOURCE = "source"
    EVIDENCE = "evidence"
    MASK = "mask"
    RETOUCH = "retouch"
    GROUP = "group"


PIXEL_KINDS = (LayerKind.MASK, LayerKind.RETOUCH)


@dataclass(frozen=True)
class Layer:
    """One layer. SOURCE has `source` and no way to write it; MASK and RETOUCH have `surface`.
    EVIDENCE has another picture, which is only looked at: neither written nor exported.

    color: in which a MASK is shown, "#rrggbb"; empty for the program's own mask colour.
    blend: how a RETOUCH layer meets what is below, in a group and beneath it alike.
    group: the id of the GROUP it belongs to. is_locked: it refuses every edit but being hidden,
    shown and unlocked; a GROUP's lock, visibility and opacity act on all its members.
    origins: of a RETOUCH layer, where its brushwork was copied from (see core.document.origins).
    """

    id: int
    kind: LayerKind
    name: str
    surface: Surface | None = None
    source: PixelSource | None = None
    is_visible: bool = True
    opacity: float = 1.0
    color: str = ""
    blend: BlendMode = BlendMode.NORMAL
    is_locked: bool = False
    group: int | None = None
    evidence: Evidence | None = None
    origins: Surface | None = None

    def __post_init__(self) -> None:
        if (self.source is None) != (self.kind is not LayerKind.SOURCE):
            raise ValueError("only a SOURCE layer has a source, and it must")
        if (self.surface is None) != (self.kind not in PIXEL_KINDS):
            raise ValueError("MASK and RETOUCH layers have a surface, the others none")
        if (self.evidence is None) != (self.kind is not LayerKind.EVIDENCE):
            raise ValueError("only EVIDENCE has another picture, and it must")
        if self.blend is not BlendMode.NORMAL and self.kind is not LayerKind.RETOUCH:
            raise ValueError("only RETOUCH layers have a blend mode")
        if self.origins is not None and self.kind is not LayerKind.RETOUCH:
            raise ValueError("only RETOUCH layers have origins")
        if self.group is not None and self.kind in (LayerKind.SOURCE, LayerKind.GROUP):
            raise ValueError("neither the SOURCE nor a group lies in a group")
        if not 0.0 <= self.opacity <= 1.0:
            raise ValueError("opacity is 0..1")
        if self.color and not (self.kind is LayerKind.MASK and _COLOR.fullmatch(self.color)):
            raise ValueError("a mask's colour is #rrggbb; other layers have none")

    @property
    def pixels(self) -> Surface:
        """The surface of a MASK or RETOUCH layer. Raises TypeError for the others."""
        if self.surface is None:
            raise TypeError(f"a {self.kind.value} layer has no pixels to edit")
        return self.surface

    @property
    def holder(self) -> int | None:
        """The id of the group that what lies right below this layer may belong to."""
        return self.id if self.kind is LayerKind.GROUP else self.group

    @property
    def traits(self) -> tuple[object, ...]:
        """All there is to know of it beside its pixels, to be compared."""
        return (self.is_visible, self.is_locked, *self._edited)

    @property
    def _edited(self) -> tuple[object, ...]:
        own = (self.id, self.kind, self.name, self.opacity, self.color, self.blend, self.group)
        return (*own, self.evidence)

    def is_edit(self, other: "Layer") -> bool:
        """Whether the other differs by more than being hidden or locked."""
        is_same = self.surface is other.surface and self.source is other.source
        is_same = is_same and self.origins is other.origins
        return self._edited != other._edited or not is_same


@dataclass(frozen=True)
class LayerStack:
    """A painting's whole state: size, channels (1 or 3), layers from bottom to top.

    The first layer is the SOURCE, and the only one; a group's members lie right below it; ids
    are unique and never used again in a document (`next_id` grows). Every edit returns another
    stack that shares what is unchanged. Edits of the source and of locked layers raise TypeError.
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
        for layer, above in zip(self.layers, (*self.layers[1:], None), strict=True):
            if layer.group is not None and (above is None or layer.group != above.holder):
                raise ValueError("a group's members lie right below it")

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
        for position, layer in enumerate(self.layers):
            if layer.id == layer_id:
                return position
        raise KeyError(layer_id)

    def of_kind(self, kind: LayerKind) -> tuple[Layer, ...]:
        """Return all layers of a kind, bottom to top."""
        return tuple(layer for layer in self.layers if layer.kind is kind)

    def seen(self, kind: LayerKind) -> tuple[Layer, ...]:
        """Return the layers of a kind that are shown, bottom to top (see `is_seen`)."""
        return tuple(layer for layer in self.of_kind(kind) if self.is_seen(layer))

    def group_of(self, layer: Layer) -> Layer | None:
        """Return the group a layer belongs to."""
        return None if layer.group is None else self.layer(layer.group)

    def members(self, group_id: int) -> tuple[Layer, ...]:
        """Return the layers of a group, bottom to top."""
        return tuple(layer for layer in self.layers if layer.group == group_id)

    def is_seen(self, layer: Layer) -> bool:
        """Whether a layer is shown, and its group as well."""
        group = self.group_of(layer)
        return layer.is_visible and (group is None or group.is_visible)

    def opacity_of(self, layer: Layer) -> float:
        """Return a layer's opacity × that of its group."""
        group = self.group_of(layer)
        return layer.opacity * (1.0 if group is None else group.opacity)

    def is_locked(self, layer: Layer) -> bool:
        """Whether a layer is locked, or its group."""
        group = self.group_of(layer)
        return layer.is_locked or (group is not None and group.is_locked)

    def replacing(self, layer: Layer) -> "LayerStack":
        """Return a stack in which the layer of the same id is this one. Raises KeyError.

        A locked one may only be hidden, shown, locked and unlocked.
        """
        index = self.index(layer.id)
        old = self.layers[index]
        if self.is_locked(old) and old.is_edit(layer):
            raise TypeError("a locked layer cannot be edited")
        return replace(self, layers=(*self.layers[:index], layer, *self.layers[index + 1 :]))

    def with_surface(self, layer_id: int, surface: Surface) -> "LayerStack":
        """Return a stack with another surface in one layer."""
        layer = self.layer(layer_id)
        if layer.kind not in PIXEL_KINDS:
            raise TypeError(f"the {layer.kind.value} layer cannot be edited")
        return self.replacing(replace(layer, surface=surface))

    def adding(self, kind: LayerKind, name: str) -> "LayerStack":
        """Return a stack with an empty MASK, RETOUCH or GROUP on top; its id is `next_id`."""
        opacity = 0.5 if kind is LayerKind.MASK else 1.0
        surface = {
            LayerKind.MASK: Surface.mask(),
            LayerKind.RETOUCH: Surface.retouch(self.channels),
        }.get(kind)
        layer = Layer(self.next_id, kind, name, surface=surface, opacity=opacity)
        return replace(self, layers=(*self.layers, layer), next_id=self.next_id + 1)

    def duplicating(self, layer_id: int, name: str) -> "LayerStack":
        """Return a stack with an unlocked copy right above the layer; its id is `next_id`.

        A group is copied with its members.
        """
        layer, run = self.layer(layer_id), self.run(layer_id)
        group = self.group_of(layer)
        if layer.kind is LayerKind.SOURCE or (group is not None and group.is_locked):
            raise TypeError("neither the source nor what is in a locked group is duplicated")
        copy = replace(layer, id=self.next_id, name=name, is_locked=False)
        members = tuple(
            replace(member, id=self.next_id + number, group=copy.id)
            for number, member in enumerate(run[:-1], 1)
        )
        at = self.index(layer_id) + 1
        layers = (*self.layers[:at], *members, copy, *self.layers[at:])
        return replace(self, layers=layers, next_id=self.next_id + len(run))

    def removing(self, layer_id: int) -> "LayerStack":
        """Return a stack without the layer; a group goes with its members."""
        self._check_free(*self.run(layer_id))
        gone = {layer.id for layer in self.run(layer_id)}
        return replace(self, layers=tuple(la for la in self.layers if la.id not in gone))

    def moving(self, layer_id: int, index: int, group: int | None = None) -> "LayerStack":
        """Return a stack with the layer at a position ≥ 1, in a group or in none.

        A group takes its members along. index counts what is left without them; which places
        there are `groups.places` says. Raises ValueError for others.
        """
        run, layer = self.run(layer_id), self.layer(layer_id)
        self._check_free(layer, *([self.layer(group)] if group is not None else ()))
        if index < 1:
            raise TypeError("the source layer stays at the bottom")
        rest = [other for other in self.layers if other not in run]
        rest[index:index] = [*run[:-1], replace(layer, group=group)]
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
        origins = placing_origins(layer.origins, patch)
        surface = layer.pixels.writing(patch.rect, pixels)
        return self.replacing(replace(layer, surface=surface, origins=origins))

    def run(self, layer_id: int) -> tuple[Layer, ...]:
        """Return a layer with its members, bottom to top: the layer is the last. KeyError."""
        return (*self.members(layer_id), self.layer(layer_id))

    def changed_rect(self, other: "LayerStack") -> Rect:
        """Return where the two may look different (whole tiles, clipped to the picture)."""
        mine = {layer.id: layer for layer in self.layers}
        theirs = {layer.id: layer for layer in other.layers}
        rect = EMPTY_RECT
        is_reordered = [la.id for la in self.layers if la.id in theirs] != [
            la.id for la in other.layers if la.id in mine
        ]
        for layer_id in mine.keys() | theirs.keys():
            one, two = mine.get(layer_id), theirs.get(layer_id)
            if one is None or two is None or is_reordered or self._look(one) != other._look(two):
                rect = rect.union(self._bounds(one)).union(self._bounds(two))
            elif one.surface is not None and two.surface is not None:
                for key in one.surface.differing_keys(two.surface):
                    rect = rect.union(key.rect)
        return rect.intersection(self.rect)

    def _bounds(self, layer: Layer | None) -> Rect:
        """Return where a layer may be seen."""
        if layer is None or layer.kind is LayerKind.GROUP:
            return EMPTY_RECT
        if layer.evidence is not None:
            return layer.evidence.bounds(self.rect)
        return self.rect if layer.surface is None else layer.surface.bounds()

    def _look(self, layer: Layer) -> tuple[object, ...]:
        """Return what a layer's look depends on beside its pixels: its own and its group's."""
        group = self.group_of(layer)
        above = () if group is None else self._look(group)
        own = (layer.is_visible, layer.opacity, layer.color, layer.blend, layer.evidence)
        return (*own, layer.group, *above)

    def _check_free(self, *layers: Layer) -> None:
        """Raise TypeError if one of the layers is the source, or locked."""
        for layer in layers:
            if layer.kind is LayerKind.SOURCE:
                raise TypeError("the source layer can be neither moved nor removed")
            if self.is_locked(layer):
                raise TypeError("a locked layer cannot be edited")
