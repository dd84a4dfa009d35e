"""Filling losses: from layers and a generator to patches, one region after the other."""

import math
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import cv2
import numpy as np

from core.document.composite import composite, mask_coverage
from core.document.layer import LayerStack
from core.document.patch import Patch, Provenance
from core.errors import Cancelled, MaskError
from core.image.color import ColorProfile, ColorTransform
from core.image.geometry import Rect
from core.image.surface import F32, U8, U16
from core.inpainting.finishing import Finish, FinishedPiece, Texturer, covered_origins, finished
from core.inpainting.generator import Generator
from core.inpainting.harmonize import harmonized
from core.inpainting.loss_map import map_losses, masks_of
from core.inpainting.output_check import check_output
from core.inpainting.pyramid_fill import filled_from_coarse
from core.inpainting.regions import WINDOW_PX_MAX, Region, cells_within, regions
from core.inpainting.seams import Seams
from core.inpainting.texture import REACH_PX, TEXTURE_FROM_PX
from core.inpainting.texture_process import TextureProcess
from core.inpainting.view import at_native, native_view, view

# Fills of reduced windows are brought back in squares of this side, to bound memory.
_PIECE_PX = 1024


@dataclass(frozen=True)
class FillOptions:
    """How losses are filled.

    context_px: least width of paint a generator sees around a loss (None: regions.CONTEXT_PX).
    feather_px: over how many pixels inwards from the mask's edge a fill sets in; 0 = at once.
    window_px_max: largest side of what a generator sees at a time, at least 384.
    is_coarse_to_fine: whether the middle of losses wider than a trained generator knows is
    filled at a reduced scale.
    is_harmonized: whether a fill's tone is joined to the paint around it.
    texture_from_px: losses as wide as this are pieced together from the painting's own paint,
    guided by the generator's fill; None: none is.
    seed: of the texture; it and the operator are written to the provenance.
    """

    context_px: int | None = None
    feather_px: float = 0.0
    is_coarse_to_fine: bool = True
    is_harmonized: bool = True
    texture_from_px: int | None = TEXTURE_FROM_PX
    seed: int = 0
    operator: str = ""
    window_px_max: int = WINDOW_PX_MAX


class Progress(NamedTuple):
    """How far a fill is: `done` of `total` regions, and a sentence for the conservator."""

    done: int
    total: int
    text: str


def inpaint(
    layers: LayerStack,
    profile: ColorProfile,
    generator: Generator,
    options: FillOptions = FillOptions(),
    mask_ids: Collection[int] | None = None,
    progress: Callable[[Progress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Iterator[Patch]:
    """Yield the patches that fill all marked losses, each ready to be placed as it comes.

    layers: a value; painting may go on meanwhile. mask_ids: the masks that count (None: all
    visible ones). Patches do not overlap in what they cover: coverage is the mask's value times
    the feather, 0 outside it; outside coverage a patch's pixels are the painting's. Samples go
    from the profile to unclipped sRGB and back, those in the loss alone.
    progress and is_cancelled are called from the calling thread, between regions; is_cancelled
    during the search for texture too.
    Raises MaskError if nothing or everything is marked, Cancelled, or GeneratorError: then drop
    what was yielded.
    """
    losses = map_losses([layer.pixels for layer in masks_of(layers, mask_ids)], layers.rect)
    if losses.is_empty:
        raise MaskError("The mask marks nothing, so there is nothing to fill; brush a loss first.")
    if losses.is_full:
        raise MaskError(
            "The mask marks the whole painting, so there is no paint left to fill from; "
            "mark the losses only."
        )
    todo = regions(
        losses,
        multiple_of=generator.card.multiple_of,
        context_px=options.context_px,
        window_px_max=options.window_px_max,
    )
    color = ColorTransform(profile)
    with closing(TextureProcess()) as texturer:
        run = _Run(layers, color, generator, options, mask_ids, is_cancelled, texturer)
        for done, region in enumerate(todo):
            _stop_if(is_cancelled)
            if progress is not None:
                progress(Progress(done, len(todo), _text(done, len(todo), region)))
            for patch in run.filled(region):
                _stop_if(is_cancelled)
                yield patch
    if progress is not None:
        progress(Progress(len(todo), len(todo), "All losses are filled."))


def _stop_if(is_cancelled: Callable[[], bool] | None) -> None:
    if is_cancelled is not None and is_cancelled():
        raise Cancelled("The fill was cancelled; nothing was changed.")


def _text(done: int, total: int, region: Region) -> str:
    text = f"Filling window {done + 1} of {total}"
    return text if region.scale == 1 else f"{text}, at 1/{region.scale} of the resolution"


class _Run:
    """One call of inpaint: what stays the same from region to region."""

    def __init__(
        self,
        layers: LayerStack,
        color: ColorTransform,
        generator: Generator,
        options: FillOptions,
        mask_ids: Collection[int] | None,
        is_cancelled: Callable[[], bool] | None,
        texturer: Texturer,
    ) -> None:
        self._is_cancelled = is_cancelled
        self._layers = layers
        self._color = color
        self._generator = generator
        self._options = options
        self._mask_ids = mask_ids
        self._seams = Seams()
        self._texturer = texturer
        self._time = datetime.now().astimezone().isoformat(timespec="seconds")

    def filled(self, region: Region) -> Iterator[Patch]:
        image, mask = view(self._layers, region, self._color, self._mask_ids)
        if self._options.is_coarse_to_fine:
            filled = filled_from_coarse(self._generator, image, mask)
        else:
            filled = self._generator(image, mask)
            check_output(filled, image, mask, self._generator.card)
        provenance = self._provenance(region)
        for shown in self._finished(region, filled, image, mask):
            piece = shown.piece
            within = piece.slices(shown.window)
            samples = self._seams.blended(region, piece, shown.finished.samples[within])
            coverage = self._coverage(region, piece)
            rows, columns = np.flatnonzero(coverage.any(1)), np.flatnonzero(coverage.any(0))
            if len(rows) == 0:
                continue
            tight = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            rect = Rect.from_edges(
                piece.x + int(columns[0]),
                piece.y + int(rows[0]),
                piece.x + int(columns[-1]) + 1,
                piece.y + int(rows[-1]) + 1,
            )
            origins = shown.finished.origins
            yield Patch(
                rect,
                self._pixels(rect, samples[tight], coverage[tight]),
                coverage[tight],
                provenance,
                None
                if origins is None
                else covered_origins(origins[within][tight], coverage[tight]),
                shown.seam(samples, coverage),
            )

    def _finished(
        self, region: Region, filled: F32, image: F32, mask: F32
    ) -> Iterator[FinishedPiece]:
        """Yield a region's fill piece by piece, with brushwork and in tone, at native scale."""
        options = self._options
        finish = Finish(options.is_harmonized, options.texture_from_px, options.seed)
        if region.scale == 1:
            wanted = cells_within(region, region.window)
            made = finished(
                filled, image, mask, region.window, finish, wanted, self._texturer,
                self._stop_if_cancelled,
            )  # fmt: skip
            yield FinishedPiece(region.hole, region.window, filled, image, mask, made)
            return
        # What a generator says outside the loss means nothing, and must not be enlarged into it.
        filled = np.where(mask[..., None] > 0, filled, image)
        if options.is_harmonized:
            filled = harmonized(filled, image, mask.astype(np.uint8))
        pieces = list(_pieces(region))
        for piece in pieces:
            window = piece.expanded(REACH_PX).intersection(region.window)
            enlarged = at_native(filled, region, window)
            native, hole = native_view(self._layers, window, self._color, self._mask_ids)
            # Pieces would each be moved to the paint they see, and part where they meet.
            whole = finish._replace(is_harmonized=finish.is_harmonized and len(pieces) == 1)
            wanted = cells_within(region, window)
            made = finished(
                enlarged, native, hole, window, whole, wanted, self._texturer,
                self._stop_if_cancelled,
            )  # fmt: skip
            yield FinishedPiece(piece, window, enlarged, native, hole, made)

    def _stop_if_cancelled(self) -> None:
        _stop_if(self._is_cancelled)

    def _coverage(self, region: Region, piece: Rect) -> U16:
        """Return (h, w) uint16: the mask in the region's own and final cells, feathered."""
        margin = math.ceil(self._options.feather_px) + 1
        area = piece.expanded(margin).intersection(self._layers.rect)
        mask = mask_coverage(self._layers, area, layer_ids=self._mask_ids)
        coverage = mask.astype(np.uint16) * np.uint16(257)
        if self._options.feather_px > 0:
            coverage = np.rint(coverage * _feather(mask, self._options.feather_px)).astype(
                np.uint16
            )
        coverage = coverage[piece.slices(area)]
        cells = cells_within(region, piece)
        is_final = np.zeros_like(cells)
        is_final[piece.intersection(region.final).slices(piece)] = True
        return np.where(cells & is_final, coverage, np.uint16(0))

    def _pixels(self, rect: Rect, samples: F32, coverage: U16) -> U16:
        pixels = composite(self._layers, rect).copy()
        inside = coverage > 0
        pixels[inside] = self._color.from_srgb(samples[inside][:, None])[:, 0]
        return pixels

    def _provenance(self, region: Region) -> Provenance:
        card = self._generator.card
        return Provenance(
            generator_id=card.id,
            generator_name=card.name,
            generator_version=card.version,
            engine=card.engine,
            device=self._generator.device,
            is_trained=card.is_trained,
            files=dict(card.files),
            parameters={
                "context_px": self._options.context_px,
                "feather_px": self._options.feather_px,
                "window_px_max": self._options.window_px_max,
                "is_coarse_to_fine": self._options.is_coarse_to_fine,
                "is_harmonized": self._options.is_harmonized,
                "texture_from_px": self._options.texture_from_px,
                "scale": region.scale,
            },
            seed=self._options.seed,
            operator=self._options.operator,
            time=self._time,
        )


def _pieces(region: Region) -> Iterator[Rect]:
    """Yield the hole of a native region whole, of a reduced one in squares."""
    hole = region.hole
    if region.scale == 1:
        yield hole
        return
    for y in range(hole.y, hole.bottom, _PIECE_PX):
        for x in range(hole.x, hole.right, _PIECE_PX):
            yield Rect(x, y, _PIECE_PX, _PIECE_PX).intersection(hole)


def _feather(mask: U8, feather_px: float) -> F32:
    """Return 0..1: a raised cosine of the distance to the nearest unmarked pixel."""
    distance = cv2.distanceTransform(
        (mask > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    phase = np.minimum(distance / (feather_px + 1), 1)
    return np.asarray((1 - np.cos(np.pi * phase)) / 2, np.float32)
