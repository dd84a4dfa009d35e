"""Draws a stack of layers tile by tile: from a cache, coarser where a tile is still being made."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from core.document.layer import LayerStack
from core.image.geometry import EMPTY_RECT, TILE_SIZE, Rect
from core.image.surface import Surface
from core.image.tile_cache import TileCache
from desktop.display_color import DisplayColor
from desktop.display_memory import DisplayMemory
from desktop.display_tile import (
    DisplayKey,
    DisplayTile,
    FailedTile,
    TileRequest,
    keys_touching,
    make_tile,
    urgency,
)
from desktop.layer_changes import has_layer, has_other_base, has_others_changed
from desktop.overlay import Tints
from desktop.readiness import Readiness
from desktop.render_queue import RenderQueue
from desktop.tile_marks import Pending, TileMarks
from desktop.tile_painting import paint_tiles
from desktop.tile_shelf import TileShelf
from desktop.view import View

_COARSE_RETRY_MS = 60
_OVERVIEW_MS = 400
"""The whole picture is made anew after edits out of sight no more often than that."""
_OVERLAY_AT_ONCE_PX = 4 << 20
"""Level-0 pixels of mask reduced within a paint event (at most 10 ms); more go to a worker."""


class TileRenderer(QObject):
    """Only the GUI thread calls it; tiles are made in two worker threads from values.

    landed(Rect): document pixels that can now be drawn (better). failed(str): a sentence why some
    cannot be drawn.
    """

    landed = Signal(object)
    failed = Signal(str)

    def __init__(
        self,
        layers: LayerStack,
        color: DisplayColor,
        parent: QObject | None = None,
        memory: DisplayMemory | None = None,
    ) -> None:
        super().__init__(parent)
        self._layers = layers
        self._color = color
        self._tints = Tints(QColor(255, 0, 0))
        memory = DisplayMemory() if memory is None else memory
        self._cache = memory.reduced
        self._shelf = TileShelf(memory)
        self._tiles = self._shelf.tiles
        self._visible: set[DisplayKey] = set()
        self._failed: set[DisplayKey] = set()
        self._told = ""
        self._readiness = Readiness(layers)
        self._painted: tuple[int, Surface] | None = None
        self._painted_rect = EMPTY_RECT
        self._painted_parts: Sequence[Rect] = ()
        self._is_base_painted = False
        self._ground_id: int | None = None
        self._asked: tuple[View, Rect] | None = None
        self._queue: RenderQueue[TileRequest, DisplayTile | FailedTile] = RenderQueue(
            make_tile, self._take
        )
        self._ask = QTimer(self, singleShot=True, interval=0)
        self._retry = QTimer(self, singleShot=True, interval=_COARSE_RETRY_MS)
        self._overview = QTimer(self, singleShot=True, interval=_OVERVIEW_MS)
        self._ask.timeout.connect(self._ask_workers)
        self._retry.timeout.connect(self._look_again)
        self._overview.timeout.connect(self._ask_workers)
        tiles_across = -(-max(layers.width, layers.height) // TILE_SIZE)
        self.max_level = (tiles_across - 1).bit_length()
        self._top = DisplayKey(self.max_level, 0, 0)
        self._marks = TileMarks(self._shelf, layers.rect, self.max_level)

    @property
    def layers(self) -> LayerStack:
        """What is drawn."""
        return self._layers

    @property
    def level(self) -> int:
        """The reduced level that is looked at."""
        return 0 if self._asked is None else self._asked[0].level(self.max_level)

    @property
    def reduced(self) -> TileCache:
        """Where the reduced tiles of layers are kept."""
        return self._cache

    @property
    def nbytes(self) -> int:
        """Bytes of all tiles kept."""
        return self._shelf.nbytes

    @property
    def has_picture(self) -> bool:
        """Whether there is something to draw for all that was asked for."""
        return bool(self._visible) and all(key in self._tiles for key in self._visible)

    @property
    def is_settled(self) -> bool:
        """Whether all that was asked for is there in its final form, or cannot be had."""
        if self._asked is None or self._ask.isActive() or not self._queue.is_idle:
            return False
        shown = [self._tiles.get(key) for key in self._visible - self._failed]
        return all(tile and not (tile.is_stale or tile.is_coarse) for tile in shown)

    def set_layers(self, layers: LayerStack, dirty: Rect) -> None:
        """Draw another stack from now on, which differs in level-0 pixels of `dirty`."""
        has_new_base = has_other_base(layers, self._layers)
        parts, self._painted_parts = self._painted_parts or (dirty,), ()
        if self._painted is not None:
            self._painted_rect = self._painted_rect.union(dirty)
        is_ground_kept = self._ground_id is not None and not has_others_changed(
            layers, self._layers, self._ground_id
        )
        is_live = self._is_base_painted and is_ground_kept
        self._layers = layers
        if not self._readiness.is_of(layers):
            self._readiness.follow(layers)
        if has_new_base and not is_live:
            self._failed.clear()
            self._told = ""
        if has_new_base and not is_ground_kept:
            self._marks.drop_grounds(dirty)
        self._marks.mark(dirty, has_new_base and not is_live, is_live, parts, self.level)
        # All of that may lie out of sight, so that nothing is drawn.
        is_seen = self._asked is not None and not self._shelf.is_hidden
        if is_seen and self._is_wanting(self._top) and not self._overview.isActive():
            self._overview.start()

    def prepare(self, layer_id: int | None) -> None:
        """Have ready what lies below a retouch layer: a brush is about to paint on it.

        None: no more.
        """
        if layer_id != self._ground_id:
            self._ground_id = layer_id
            self._marks.drop_grounds(self._layers.rect)
            self._ask.start()

    def set_color(self, color: DisplayColor) -> None:
        """Convert samples for the screen in another way."""
        self._color = color
        self._marks.mark(self._layers.rect, has_new_base=True)

    def overview(self, is_original: bool = False) -> QImage | None:
        """Return the whole picture at its coarsest level; None while there is none."""
        tile = self._tiles.get(self._top)
        return None if tile is None else tile.image(is_original)

    def set_overlay_color(self, color: QColor) -> None:
        """Show what is marked in another colour."""
        self._tints = Tints(color)
        self._marks.mark(self._layers.rect, has_new_base=False)

    def begin_stroke(self, layer_id: int, surface: Surface) -> None:
        """From now on that layer's surface is painted on: workers get it as it is now.

        What changes of it is drawn at once, in the GUI thread.
        """
        self._painted = layer_id, surface
        self._painted_rect = EMPTY_RECT
        self._painted_parts = ()
        self._is_base_painted = surface.channels > 1
        if self._is_base_painted and layer_id != self._ground_id:
            self._ground_id = layer_id
            self._marks.drop_grounds(self._layers.rect)

    def paint_over(self, parts: Sequence[Rect]) -> None:
        """Know, for the next change of layers, what it touches of the pixels it calls dirty."""
        step = TILE_SIZE << self.level
        by_tile: dict[tuple[int, int], Rect] = {}
        for part in parts:
            at = part.x // step, part.y // step
            by_tile[at] = part.union(by_tile.get(at, part))
        self._painted_parts = tuple(by_tile.values())

    def end_stroke(self) -> None:
        """All surfaces are values again."""
        self._painted = None
        self._is_base_painted = False

    def draw(
        self, painter: QPainter, view: View, viewport: Rect, device: Rect, is_original: bool = False
    ) -> None:
        """Draw what lies under `device`, a part of the viewport, and have made what it lacks.

        The painter's unit is the device pixel, its origin the viewport's corner.
        """
        self._shelf.is_hidden = False
        level = view.level(self.max_level)
        keys = list(keys_touching(view.document_rect(device, self._layers.rect), level))
        self._refresh(keys)
        paint_tiles(painter, view, device, keys, self._tiles, self._layers.rect, is_original)
        for key in keys:
            if key in self._tiles:
                self._tiles.move_to_end(key)
        if self._asked != (view, viewport) or any(map(self._is_wanting, keys)):
            self._asked = view, viewport
            self._ask.start()

    def drop_unseen(self) -> None:
        """Give back the memory of all tiles out of sight: the widget is hidden."""
        self._shelf.is_hidden = True
        self._shelf.shrink_to(0, self._visible)

    def close(self) -> None:
        """Stop the workers. Nothing is made or signalled any more."""
        self._queue.close()
        for timer in (self._ask, self._retry, self._overview):
            timer.stop()

    def _ask_workers(self) -> None:
        """Ask for what the viewport lacks, nearest to its middle first; drop what waited before."""
        if self._asked is None:
            return
        view, viewport = self._asked
        rect = view.document_rect(viewport, self._layers.rect)
        self._visible = {self._top, *keys_touching(rect, view.level(self.max_level))}
        middle = (rect.x + rect.right) / 2, (rect.y + rect.bottom) / 2
        keys = sorted(self._visible, key=lambda key: urgency(key, self._top, middle))
        requests = list(self._requests(keys))
        # What shows nothing yet goes before what can be made better, and that before grounds.
        requests.sort(key=self._rank)
        begun = self._queue.want(requests)
        pending = {key: kept for key, kept in self._marks.pending.items() if key in begun}
        dirty = self._painted_rect if self._painted is not None else EMPTY_RECT
        for request in requests:
            if request.key not in begun:
                pending[request.key] = Pending(self._marks.part(request.key, dirty))
        self._marks.pending = pending
        if any(tile.is_coarse for tile in self._visible_tiles()):
            self._retry.start()

    def _rank(self, request: TileRequest) -> int:
        tile = self._tiles.get(request.key)
        return 0 if tile is None else 1 if tile.is_stale or tile.is_coarse else 2

    def _look_again(self) -> None:
        """See whether the pyramid has come to what is only coarsely drawn."""
        has_come = any(
            self._readiness.is_readable(tile.key)
            for tile in self._visible_tiles()
            if tile.is_coarse
        )
        self._readiness.note(has_come)
        if has_come:
            self._ask_workers()
        else:
            self._retry.start()

    def _requests(self, keys: list[DisplayKey]) -> Iterator[TileRequest]:
        """Yield what is to be made: the tile itself, or at least a coarse one that can be had."""
        layers = self._layers
        if self._painted is not None and self._painted_id(layers) is not None:
            layers = layers.with_surface(*self._painted)
        ground_id = self._ground_id
        if ground_id is not None and not has_layer(layers, ground_id):
            ground_id = None
        wants_grounds = ground_id is not None and self._painted is None
        for key in keys:
            tile = self._tiles.get(key)
            is_readable = self._readiness.is_readable(key)
            is_lacking = tile is None or tile.is_stale or (tile.is_coarse and is_readable)
            is_lacking |= wants_grounds and tile is not None and tile.ground is None
            if is_lacking and key not in self._failed:
                yield TileRequest(
                    key,
                    layers,
                    self._color,
                    self._tints,
                    self._cache,
                    may_wait=is_readable,
                    ground_id=ground_id,
                )

    def _is_wanting(self, key: DisplayKey) -> bool:
        """Whether a tile is lacking and nobody makes it."""
        tile = self._tiles.get(key)
        if key in self._failed or key in self._marks.pending:
            return False
        return tile is None or tile.is_stale

    def _take(self, results: list[DisplayTile | FailedTile]) -> None:
        for result in results:
            pending = self._marks.pending.pop(result.key, Pending())
            if isinstance(result, FailedTile):
                self._fail(result)
                continue
            former = self._tiles.get(result.key)
            if former is not None and pending.is_outdone_by(former):
                # A stroke is on the former one, and not on this.
                if pending.is_stale:
                    self._ask.start()
                else:
                    self._shelf.give_ground(former, result)
                continue
            result.is_stale, result.dirty = pending.is_stale, pending.dirty
            if result.is_stale or result.ground_id != self._ground_id:
                result.ground = None if former is None else former.ground
                result.ground_id = self._ground_id
            if self._is_base_painted:
                result.live = pending.dirty
            self._shelf.keep(result, self._visible)
            if result.key in self._visible:
                self.landed.emit(result.key.document_rect(self._layers.rect))
            if result.is_coarse:
                self._retry.start()
            if result.is_stale:
                self._ask.start()

    def _fail(self, failure: FailedTile) -> None:
        self._failed.add(failure.key)
        unknown = self.tr("A part of the picture could not be drawn; the log says why.")
        sentence = failure.sentence or unknown
        if sentence != self._told:
            self._told = sentence
            self.failed.emit(sentence)

    def _visible_tiles(self) -> Iterator[DisplayTile]:
        return (self._tiles[key] for key in self._visible if key in self._tiles)

    def _painted_id(self, layers: LayerStack) -> int | None:
        """Return the id of the layer painted on, if it is there."""
        if self._painted is None:
            return None
        painted_id = self._painted[0]
        return painted_id if has_layer(layers, painted_id) else None

    def _refresh(self, keys: list[DisplayKey]) -> None:
        tiles = [self._tiles[key] for key in keys if key in self._tiles]
        tiles = [tile for tile in tiles if not tile.dirty.is_empty]
        painted_id = self._painted_id(self._layers)
        area = sum(tile.dirty.area << 2 * tile.key.level for tile in tiles)
        for tile in tiles:
            if area > _OVERLAY_AT_ONCE_PX and self._painted is None:
                tile.is_stale = True
                continue
            former_bytes = tile.nbytes
            if not tile.live.is_empty and painted_id is not None:
                tile.refresh_base(self._layers, painted_id, tile.live, self._color, self._cache)
            is_live = not tile.live.is_empty
            tile.refresh_overlay(self._layers, tile.dirty, self._tints, self._cache, keeps=is_live)
            self._shelf.nbytes += tile.nbytes - former_bytes
            tile.dirty = tile.live = EMPTY_RECT
