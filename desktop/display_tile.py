"""Display tiles: what one is, and how a worker makes it from a stack of layers."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from PySide6.QtGui import QImage, QPainter

from core.document.composite import Ground, composite, composite_on, ground_of
from core.document.evidence_layers import with_evidence
from core.document.layer import LayerKind, LayerStack
from core.errors import LacunaError
from core.image.geometry import EMPTY_RECT, TILE_SIZE, Rect, tiles_touching
from core.image.reduction import surface_parts
from core.image.surface import U16, PixelSource
from core.image.tile_cache import TileCache
from desktop.display_color import DisplayColor
from desktop.overlay import KeptOverlay, Tints, lay_overlay, overlay_pixels

log = logging.getLogger(__name__)


class DisplayKey(NamedTuple):
    """A tile of the grid of TILE_SIZE squares at a reduced level."""

    level: int
    tx: int
    ty: int

    @property
    def square(self) -> Rect:
        """Its pixels at its level, were it not cut by the picture's edge."""
        return Rect(self.tx * TILE_SIZE, self.ty * TILE_SIZE, TILE_SIZE, TILE_SIZE)

    def within(self, picture: Rect) -> Rect:
        """Return its pixels at its level that belong to the picture."""
        return self.square.intersection(picture.at_level(self.level))

    def document_rect(self, picture: Rect) -> Rect:
        """Return the level-0 pixels under it."""
        return self.square.from_level(self.level).intersection(picture)

    @property
    def parent(self) -> "DisplayKey":
        """The tile of the next coarser level that holds it."""
        return DisplayKey(self.level + 1, self.tx // 2, self.ty // 2)

    def children(self) -> Iterator["DisplayKey"]:
        """Yield the four of the next finer level, if there is one."""
        if self.level > 0:
            for ty in (2 * self.ty, 2 * self.ty + 1):
                for tx in (2 * self.tx, 2 * self.tx + 1):
                    yield DisplayKey(self.level - 1, tx, ty)


def keys_touching(rect: Rect, level: int) -> Iterator[DisplayKey]:
    """Yield the keys of all tiles of a level that show a pixel of a level-0 rectangle."""
    for tx, ty in tiles_touching(rect.at_level(level)):
        yield DisplayKey(level, tx, ty)


def urgency(key: DisplayKey, top: DisplayKey, middle: tuple[float, float]) -> float:
    """Return a sort key: the coarsest tile first, as all fall back on it; then by distance."""
    if key == top:
        return -1.0
    x, y = (key.tx + 0.5) * TILE_SIZE, (key.ty + 0.5) * TILE_SIZE
    step = 1 << key.level
    return (x * step - middle[0]) ** 2 + (y * step - middle[1]) ** 2


@runtime_checkable
class ProgressiveSource(PixelSource, Protocol):
    """A source some of whose reads are slow, and which has something to show meanwhile."""

    def has(self, rect: Rect, level: int) -> bool:
        """Whether `read` would answer from memory."""

    @property
    def is_growing(self) -> bool:
        """Whether more and more of it is being made quick to read."""

    def is_near(self, level: int) -> bool:
        """Whether to read a tile of a level now rather than wait until there is a quicker way."""

    def coarse(self, rect: Rect, level: int) -> U16:
        """Return what `read` would, as well as can be had at once."""


@dataclass(frozen=True)
class TileRequest:
    """What a worker needs to make a tile: values, and things that any thread may use."""

    key: DisplayKey
    layers: LayerStack
    color: DisplayColor
    tints: Tints
    cache: TileCache
    may_wait: bool
    """Whether it shall read from the file what is slow to read, or be content with less."""
    ground_id: int | None = None
    """The retouch layer that a brush is about to paint on."""


@dataclass
class DisplayTile:
    """One tile ready to be drawn. Made by a worker; from then on only the GUI thread has it.

    base: source, retouch, evidence. shown: base under the masks' overlay, None where there is none.
    original: the source alone, None where base is just that. is_coarse: a better one will come.
    is_stale: its base is of an older state. dirty: pixels (at its level, in the picture's
    coordinates) whose overlay is of an older state. live: those of them whose base is, too, and
    that cannot wait for a worker: a brush is on them. ground: of all its pixels, what lies below
    the layer `ground_id`, which a brush is on or about to be; None until it is asked for.
    overlay: what the masks lay over all of them, kept for as long.
    """

    key: DisplayKey
    base: QImage
    shown: QImage | None = None
    original: QImage | None = None
    is_coarse: bool = False
    is_stale: bool = False
    dirty: Rect = EMPTY_RECT
    live: Rect = EMPTY_RECT
    ground: Ground | None = None
    ground_id: int | None = None
    overlay: KeptOverlay | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of all that it holds."""
        images = (self.base, self.shown, self.original)
        nbytes = sum(image.sizeInBytes() for image in images if image is not None)
        kept = (self.ground, self.overlay)
        return nbytes + sum(one.nbytes for one in kept if one is not None)

    def image(self, is_original: bool) -> QImage:
        """Return what to draw."""
        if is_original:
            return self.base if self.original is None else self.original
        return self.base if self.shown is None else self.shown

    def refresh_base(
        self,
        layers: LayerStack,
        painted_id: int,
        part: Rect,
        color: DisplayColor,
        cache: TileCache,
    ) -> None:
        """Make some of its pixels anew (at its level, picture coordinates).

        painted_id: the layer that the brush is on. Never reads the painting's file; that of
        evidence, where some is shown.
        """
        rect = part.from_level(self.key.level).intersection(layers.rect)
        if self.original is None:
            self.original = self.base.copy()
        if self.ground is None:
            self.ground, self.ground_id = self._ground(layers, painted_id, cache), painted_id
        ground = self.ground.part(part.slices(self.key.square))
        pixels = composite_on(ground, layers, painted_id, rect, self.key.level, cache)
        image = color.to_display(_with_evidence(layers, rect, self.key.level, pixels))
        origin = self.key.square
        painter = QPainter(self.base)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(part.x - origin.x, part.y - origin.y, image)
        painter.end()

    def _ground(self, layers: LayerStack, painted_id: int, cache: TileCache) -> Ground:
        rect = self.key.document_rect(layers.rect)
        source = layers.layers[0].source
        if isinstance(source, ProgressiveSource) and not source.has(rect, self.key.level):
            layers = _coarsened(layers, source)
        return ground_of(layers, painted_id, rect, self.key.level, cache)

    def refresh_overlay(
        self, layers: LayerStack, part: Rect, tints: Tints, cache: TileCache, keeps: bool = False
    ) -> None:
        """Lay the masks anew over some of its pixels (at its level, picture coordinates).

        keeps: a brush is on the base, or about to be, and the masks over it stay as they are.
        """
        level = self.key.level
        if not keeps:
            rect = part.from_level(level).intersection(layers.rect)
            colors = overlay_pixels(layers, rect, level, tints, cache)
        else:
            if self.overlay is None:
                self.overlay = KeptOverlay(self.key.document_rect(layers.rect), level)
            whole = self.overlay.pixels(layers, tints, cache)
            at = part.slices(self.key.square)
            colors = None if whole is None else np.ascontiguousarray(whole[at])
        if self.shown is None:
            if colors is None:
                return
            self.shown = self.base.copy()
        origin = self.key.square
        lay_overlay(self.shown, self.base, part.translated(-origin.x, -origin.y), colors)


class FailedTile(NamedTuple):
    """A tile that could not be made, and the sentence that says why (empty: our own fault)."""

    key: DisplayKey
    sentence: str


def make_tile(request: TileRequest) -> DisplayTile | FailedTile:
    """Make a tile; runs in a worker and never raises."""
    try:
        return _made(request)
    except LacunaError as error:
        log.warning("tile %s: %s", request.key, error)
        return FailedTile(request.key, str(error))
    except Exception:
        log.exception("tile %s", request.key)
        return FailedTile(request.key, "")


def _made(request: TileRequest) -> DisplayTile:
    key, layers = request.key, request.layers
    rect = key.document_rect(layers.rect)
    source = layers.layers[0].source
    is_coarse = False
    if isinstance(source, ProgressiveSource) and not request.may_wait:
        is_coarse = not source.has(rect, key.level)
        if is_coarse:
            layers = _coarsened(layers, source)
    ground = None
    if request.ground_id is None:
        pixels = composite(layers, rect, key.level, request.cache)
    else:
        # What a brush will need of the tile at its first touch, made on the way.
        ground = ground_of(layers, request.ground_id, rect, key.level, request.cache)
        pixels = composite_on(ground, layers, request.ground_id, rect, key.level, request.cache)
    pixels = _with_evidence(layers, rect, key.level, pixels)
    image = request.color.to_display(pixels)
    tile = DisplayTile(key, image, is_coarse=is_coarse, ground=ground, ground_id=request.ground_id)
    if _has_retouch(layers, rect) or _has_evidence(layers, rect):
        bare = replace(layers, layers=layers.layers[:1])
        pixels = composite(bare, rect, key.level, request.cache)
        tile.original = request.color.to_display(pixels)
    tile.refresh_overlay(
        layers,
        key.within(layers.rect),
        request.tints,
        request.cache,
        keeps=request.ground_id is not None,
    )
    return tile


def _coarsened(layers: LayerStack, source: ProgressiveSource) -> LayerStack:
    bottom = replace(layers.layers[0], source=_Coarse(source))
    return replace(layers, layers=(bottom, *layers.layers[1:]))


def _with_evidence(layers: LayerStack, rect: Rect, level: int, ground: U16) -> U16:
    try:
        return with_evidence(layers, rect, ground, level)
    except LacunaError as error:
        # The painting is shown all the same.
        log.warning("evidence: %s", error)
        return ground


def _has_evidence(layers: LayerStack, rect: Rect) -> bool:
    return any(
        layer.evidence is not None and not layer.evidence.bounds(rect).is_empty
        for layer in layers.seen(LayerKind.EVIDENCE)
        if layers.opacity_of(layer) > 0.0
    )


def _has_retouch(layers: LayerStack, rect: Rect) -> bool:
    return any(
        next(surface_parts(layer.pixels, rect, 0, layers.rect), None) is not None
        for layer in layers.seen(LayerKind.RETOUCH)
        if layers.opacity_of(layer) > 0.0
    )


class _Coarse:
    """A source that gives at once what it can."""

    def __init__(self, source: ProgressiveSource) -> None:
        self._source = source
        self.width, self.height, self.channels = source.width, source.height, source.channels

    def read(self, rect: Rect, level: int = 0) -> U16:
        return self._source.coarse(rect, level)
