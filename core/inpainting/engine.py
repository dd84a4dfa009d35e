"""Filling losses: from layers and a generator to patches, one region after the other."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from core.document.layer import LayerStack
from core.document.patch import Patch, Provenance
from core.errors import Cancelled, GeneratorMemoryError, LacunaError, MaskError
from core.image.color import ColorProfile, ColorTransform
from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.backends import is_out_of_memory
from core.inpainting.card import GeneratorCard
from core.inpainting.finishing import Finish, FinishedPiece, covered_origins
from core.inpainting.finishing_crew import FinishingCrew
from core.inpainting.generator import Generator
from core.inpainting.harmonize import harmonized
from core.inpainting.laying import coverage_of, laid_pixels
from core.inpainting.loss_map import map_losses, masks_of
from core.inpainting.output_check import check_output
from core.inpainting.padding import padded
from core.inpainting.pieces import Piece, largest_first, pieces_of
from core.inpainting.pyramid_fill import filled_from_coarse
from core.inpainting.regions import (
    THIN_CONTEXT_PX,
    WINDOW_PX_MAX,
    Region,
    cells_within,
    regions,
)
from core.inpainting.seams import Seams
from core.inpainting.stages import in_stages
from core.inpainting.texture import TEXTURE_FROM_PX
from core.inpainting.view import at_native, native_view, view

# Of pieces under way or waiting for their turn, in pixels: of 40 bytes each, 320 MB.
_UNDER_WAY_PX = 8 << 20


@dataclass(frozen=True)
class FillOptions:
    """How losses are filled.

    context_px: least width of paint a generator sees around a loss (None: regions.CONTEXT_PX,
    and THIN_CONTEXT_PX around cracks where a net is asked).
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
    progress and is_cancelled are called from the calling thread; the generator is called in
    another one, window by window, while earlier windows are finished in yet others.
    Raises MaskError if nothing or everything is marked, Cancelled, or GeneratorError, also for
    want of memory: then drop what was yielded.
    """
    try:
        yield from _patches(layers, profile, generator, options, mask_ids, progress, is_cancelled)
    except Exception as error:  # whatever OpenCV makes of too little memory
        if isinstance(error, LacunaError) or not is_out_of_memory(error):
            raise
        raise GeneratorMemoryError(
            "There is too little memory to fill the losses; nothing was changed. Close other "
            "programs and try again."
        ) from error


def _patches(
    layers: LayerStack,
    profile: ColorProfile,
    generator: Generator,
    options: FillOptions,
    mask_ids: Collection[int] | None,
    progress: Callable[[Progress], None] | None,
    is_cancelled: Callable[[], bool] | None,
) -> Iterator[Patch]:
    losses = map_losses([layer.pixels for layer in masks_of(layers, mask_ids)], layers.rect)
    if losses.is_empty:
        raise MaskError("The mask marks nothing, so there is nothing to fill; brush a loss first.")
    if losses.is_full:
        raise MaskError(
            "The mask marks the whole painting, so there is no paint left to fill from; "
            "mark the losses only."
        )
    todo = largest_first(
        regions(
            losses,
            multiple_of=generator.card.multiple_of,
            context_px=options.context_px,
            thin_context_px=_thin_context_px(generator.card, options),
            window_px_max=options.window_px_max,
        )
    )
    stop = threading.Event()

    def check() -> None:
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("The fill was cancelled; nothing was changed.")

    def tell(done: int) -> None:
        if progress is not None:
            text = _text(done, todo) if done < len(todo) else "All losses are filled."
            progress(Progress(done, len(todo), text))

    pieces = [piece for number, region in enumerate(todo) for piece in pieces_of(region, number)]
    with closing(FinishingCrew(sum(piece.cost for piece in pieces))) as crew:
        run = _Run(layers, ColorTransform(profile), generator, options, mask_ids, crew, stop)
        made = in_stages(
            pieces, run.begun, run.finished, cost=lambda piece: piece.cost, budget=_UNDER_WAY_PX,
            finishers=len(crew), check=check, stop=stop,
        )  # fmt: skip
        with closing(made):
            check()
            tell(0)
            for piece, (shown, provenance) in zip(pieces, made, strict=True):
                check()
                patch = run.patch(piece.region, shown, provenance)
                if patch is not None:
                    yield patch
                if piece.is_last:
                    tell(piece.number + 1)


class _View(NamedTuple):
    """What a generator saw of a region, at its scale, and made of it."""

    filled: F32
    image: F32
    mask: F32
    provenance: Provenance


def _thin_context_px(card: GeneratorCard, options: FillOptions) -> int | None:
    """Return what a trained net needs to see around cracks; others take paint from farther away."""
    return THIN_CONTEXT_PX if card.crop_px > 0 and options.context_px is None else None


def _text(done: int, todo: Sequence[Region]) -> str:
    scale = todo[done].scale
    text = f"Filling window {done + 1} of {len(todo)}"
    return text if scale == 1 else f"{text}, at 1/{scale} of the resolution"


class _Run:
    """One call of inpaint: what stays the same from region to region.

    `begun` is called in one thread, `finished` in others, `patch` in the calling one.
    """

    def __init__(
        self,
        layers: LayerStack,
        color: ColorTransform,
        generator: Generator,
        options: FillOptions,
        mask_ids: Collection[int] | None,
        crew: FinishingCrew,
        stop: threading.Event,
    ) -> None:
        self._layers = layers
        self._color = color
        self._generator = generator
        self._options = options
        self._mask_ids = mask_ids
        self._crew = crew
        self._stop = stop
        self._seams = Seams()
        self._view: tuple[int, _View] | None = None
        self._time = datetime.now().astimezone().isoformat(timespec="seconds")

    def begun(self, piece: Piece) -> _View:
        """Have a piece's region filled, once for all its pieces, which follow each other."""
        if self._view is not None and self._view[0] == piece.number:
            return self._view[1]
        self._view = None
        region = piece.region
        image, mask = view(self._layers, region, self._color, self._mask_ids)
        filled = self._filled(image, mask)
        if region.scale > 1:
            # What it says outside the loss means nothing, and must not be enlarged into it.
            filled = np.where(mask[..., None] > 0, filled, image)
            if self._options.is_harmonized:
                filled = harmonized(filled, image, mask.astype(np.uint8))
        made = _View(filled, image, mask, self._provenance(region))
        self._view = None if piece.is_last else (piece.number, made)
        return made

    def _filled(self, image: F32, mask: F32) -> F32:
        """Fill a window; what reaches to the picture's edge goes on beyond it by reflection."""
        generator, (height, width) = self._generator, mask.shape
        image, mask = padded(image, mask, generator.card.multiple_of, 1)
        if self._options.is_coarse_to_fine:
            filled = filled_from_coarse(generator, image, mask)
        else:
            filled = generator(image, mask)
            check_output(filled, image, mask, generator.card)
        return filled[:height, :width]

    def finished(self, piece: Piece, seen: _View) -> tuple[FinishedPiece, Provenance]:
        """Return a piece with brushwork and in tone, at native scale."""
        options, region, window = self._options, piece.region, piece.window
        finish = Finish(options.is_harmonized, options.texture_from_px, options.seed)
        filled, image, mask = seen[:3]
        if region.scale > 1:
            filled = at_native(filled, region, window)
            image, mask = native_view(self._layers, window, self._color, self._mask_ids)
            # Pieces would each be moved to the paint they see, and part where they meet.
            is_whole = piece.rect == region.hole
            finish = finish._replace(is_harmonized=finish.is_harmonized and is_whole)
        wanted = cells_within(region, window)
        made = self._crew.finished(filled, image, mask, window, finish, wanted, self._stop)
        shown = FinishedPiece(piece.rect, window, filled, image, mask, made)
        return shown, seen.provenance

    def patch(self, region: Region, shown: FinishedPiece, provenance: Provenance) -> Patch | None:
        """Return a piece as a patch, the earlier ones faded in; None if it covers nothing."""
        piece = shown.piece
        within = piece.slices(shown.window)
        samples = self._seams.blended(region, piece, shown.finished.samples[within])
        coverage = coverage_of(
            self._layers, self._mask_ids, region, piece, self._options.feather_px
        )
        rows, columns = np.flatnonzero(coverage.any(1)), np.flatnonzero(coverage.any(0))
        if len(rows) == 0:
            return None
        tight = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        rect = Rect.from_edges(
            piece.x + int(columns[0]),
            piece.y + int(rows[0]),
            piece.x + int(columns[-1]) + 1,
            piece.y + int(rows[-1]) + 1,
        )
        origins = shown.finished.origins
        if origins is not None:
            origins = covered_origins(origins[within][tight], coverage[tight])
        return Patch(
            rect,
            laid_pixels(self._layers, self._color, rect, samples[tight], coverage[tight]),
            coverage[tight],
            provenance,
            origins,
            shown.seam(samples, coverage),
        )

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
