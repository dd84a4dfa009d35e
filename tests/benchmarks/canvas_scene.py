"""What the canvas benchmark works on: a big painting with ten layers, and a restoration of it."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import imagecodecs
import numpy as np
import tifffile
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch
from core.errors import Cancelled
from core.image.blend_modes import BlendMode
from core.image.color import ColorProfile
from core.image.geometry import TILE_SIZE, Rect, TileKey
from core.image.surface import Surface, Tile
from core.inpainting.catalogue import catalogue
from core.inpainting.engine import inpaint
from core.inpainting.worker import WorkerGenerator

SIZES = {50: (6132, 8176), 400: (17400, 23200)}
_STRIP_ROWS = 256


def write_painting(path: Path, width: int, height: int) -> None:
    """Write a noisy 16-bit Adobe-RGB-like TIFF, uncompressed, and push it out of the page cache."""
    rng = np.random.default_rng(0)
    grain = rng.integers(0, 9000, (_STRIP_ROWS, width, 3), np.uint16)
    ramp = np.linspace(8000, 50000, width, dtype=np.uint16)[None, :, None]

    def strips() -> Iterator[np.ndarray]:
        for top in range(0, height, _STRIP_ROWS):
            strip = grain + ramp + np.uint16(top * 4000 // height)
            yield strip[: min(_STRIP_ROWS, height - top)]

    tifffile.imwrite(
        path,
        strips(),
        shape=(height, width, 3),
        dtype=np.uint16,
        photometric="rgb",
        rowsperstrip=_STRIP_ROWS,
        iccprofile=imagecodecs.cms_profile("adobergb"),
    )
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class Scene(NamedTuple):
    """A document of ten layers, and the two to be painted on."""

    document: Document
    mask_id: int
    retouch_id: int


def scene(source: LayerStack) -> Scene:
    """Return the painting under nine layers; each has content on every third tile.

    Two masks, four retouch layers (one multiplied, two in a group of half the opacity), and on
    top the mask and the retouch layer that are painted on.
    """
    stack = _filled(source, source.layers[-1].id, 0)
    stack = _filled(stack.adding(LayerKind.MASK, "varnish"), stack.next_id, 1)
    for number, blend in enumerate((BlendMode.NORMAL, BlendMode.MULTIPLY)):
        layer_id = stack.next_id
        stack = _filled(stack.adding(LayerKind.RETOUCH, f"retouch {number}"), layer_id, number)
        stack = stack.replacing(replace(stack.layer(layer_id), blend=blend))
    members = stack.next_id, stack.next_id + 1
    for number, layer_id in enumerate(members):
        stack = _filled(stack.adding(LayerKind.RETOUCH, f"member {number}"), layer_id, number)
    group = replace(stack.adding(LayerKind.GROUP, "group").layers[-1], opacity=0.5)
    grouped = tuple(
        replace(layer, group=group.id) if layer.id in members else layer for layer in stack
    )
    stack = replace(stack, layers=(*grouped, group), next_id=group.id + 1)
    mask_id, retouch_id = stack.next_id, stack.next_id + 1
    stack = _filled(stack.adding(LayerKind.MASK, "painted mask"), mask_id, 2)
    stack = _filled(stack.adding(LayerKind.RETOUCH, "painted retouch"), retouch_id, 2)
    assert len(stack.layers) == 10
    return Scene(Document(stack), mask_id, retouch_id)


def _filled(stack: LayerStack, layer_id: int, phase: int) -> LayerStack:
    """Return a stack with a soft spot on every third tile of a layer; all share one array."""
    surface, tiles_across = stack.layer(layer_id).pixels, -(-stack.width // TILE_SIZE)
    tile = _spot(surface)
    changes: dict[TileKey, Tile | None] = {
        TileKey(tx, ty): tile
        for ty in range(-(-stack.height // TILE_SIZE))
        for tx in range((ty + phase) % 3, tiles_across, 3)
    }
    return stack.with_surface(layer_id, surface.with_tiles(changes))


def _spot(surface: Surface) -> Tile:
    at = np.arange(TILE_SIZE) - TILE_SIZE / 2
    cover = np.clip(1.5 - np.hypot(at[:, None], at) / (TILE_SIZE / 3), 0.0, 1.0)
    if surface.channels == 1:
        return np.rint(cover * 255).astype(np.uint8)
    return np.rint(cover[..., None] * (30000, 24000, 16000, 65535)).astype(np.uint16)


class Restoration(QObject):
    """Fills many losses, over and over, in the worker process, and shows each patch as it comes."""

    came = Signal(object)

    def __init__(self, document: Document, profile: ColorProfile) -> None:
        super().__init__()
        self.count = 0
        self._document = document
        self._profile = profile
        stack = document.stack.adding(LayerKind.MASK, "losses")
        self._mask_id = stack.layers[-1].id
        surface = Surface.mask()
        for y in range(600, stack.height - 600, 700):
            for x in range(300, stack.width - 300, 700):
                surface = surface.writing(Rect(x, y, 90, 60), np.full((60, 90), 255, np.uint8))
        stack = stack.with_surface(self._mask_id, surface).adding(LayerKind.RETOUCH, "restored")
        self._retouch_id = stack.layers[-1].id
        document.do("Mark losses", stack)
        self._stack = stack
        cards = catalogue()[0]
        self._generator = WorkerGenerator(next((c for c in cards if c.is_trained), cards[0]))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.came.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin, and wait for the first patch."""
        self._thread.start()
        while self.count == 0 and self._thread.is_alive():
            QApplication.processEvents()
        card = self._generator.card
        print(f"restoring with {card.id} in process {self._generator.process_id}")

    def stop(self) -> None:
        """End it."""
        self._stop.set()
        self._generator.cancel()
        self._thread.join()
        self._generator.close()
        print(f"{self.count} patches were shown meanwhile")

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                stack, masks = self._stack, (self._mask_id,)
                patches = inpaint(
                    stack,
                    self._profile,
                    self._generator,
                    mask_ids=masks,
                    is_cancelled=self._stop.is_set,
                )
                for patch in patches:
                    self.came.emit(patch)
        except Cancelled:
            return

    def _show(self, patch: Patch) -> None:
        self.count += 1
        shown = self._document.shown.placing(patch, self._retouch_id)
        self._document.preview(shown, patch.rect)
