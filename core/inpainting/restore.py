"""A whole restoration without a window: painting and mask in, TIFF out."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.document.composite import mask_area
from core.document.export import ExportReport, export_tiff, refuse_format
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Provenance, recorded
from core.errors import ImageWriteError
from core.image.color import ColorProfile
from core.image.files import open_image, read_mask
from core.image.geometry import Rect
from core.image.info import ImageInfo
from core.image.surface import U16
from core.image.tiff import refuse_painting
from core.inpainting.engine import FillOptions, Progress, inpaint
from core.inpainting.generator import Generator
from core.inpainting.loss_map import loss_thickness
from core.inpainting.patched import PatchedTiles


@dataclass(frozen=True)
class MarkedPainting:
    """A painting and its losses, ready to be restored. `layers` reads the file until `close`."""

    info: ImageInfo
    layers: LayerStack
    close: Callable[[], None]

    @property
    def thickness_px(self) -> int:
        """The widest disc inside any loss."""
        return loss_thickness(self.layers)

    @property
    def area_px(self) -> int:
        """How many pixels are marked."""
        return mask_area(self.layers)


@dataclass(frozen=True)
class RestoreReport:
    """What was done: the export, by which device, and how many patches and seconds it took.

    provenance: who filled, and how all patches together meet the paint.
    """

    export: ExportReport
    device: str
    patches: int
    seconds: float
    provenance: tuple[Provenance, ...]


class _LevelZero:
    """A file as a PixelSource of its native pixels, which are all that an export needs."""

    def __init__(self, read: Callable[[Rect], U16], info: ImageInfo) -> None:
        self._read = read
        self.width, self.height, self.channels = info.width, info.height, info.channels

    def read(self, rect: Rect, level: int = 0) -> U16:
        if level != 0:
            raise ValueError("only native pixels are read here")
        return self._read(rect)


def open_marked(painting: Path, mask: Path) -> MarkedPainting:
    """Open a painting and read its mask.

    Raises ImageReadError or UnsupportedImageError for the painting or the mask, MaskError for a
    mask of another size or one that marks nothing or everything.
    """
    source = open_image(painting)
    info = source.info
    try:
        losses = read_mask(mask, info.width, info.height)
    except BaseException:
        source.close()
        raise
    layers = LayerStack.of(_LevelZero(source.read, info), painting.name)
    return MarkedPainting(info, layers.with_surface(layers.layers[1].id, losses), source.close)


def check_output(out: Path, marked: MarkedPainting, mask: Path, may_replace: bool) -> None:
    """Raise ImageWriteError at once for an output that could not or must not be written.

    That is the painting or the mask itself (through whatever link), a name of another format, an
    existing file unless may_replace, a folder that is missing or not writable. The export checks
    again as it writes.
    """
    refuse_painting(out, marked.info)
    if out.exists() and mask.exists() and out.samefile(mask):
        raise ImageWriteError(f"“{out.name}” is the mask itself; choose another name.")
    refuse_format(out)
    if out.is_dir() or not out.parent.is_dir():
        what = "is a folder" if out.is_dir() else "lies in a folder that does not exist"
        raise ImageWriteError(f"“{out}” {what}; choose another name.")
    if os.path.lexists(out) and not may_replace:
        raise ImageWriteError(
            f"“{out}” exists already and was left as it is; choose another name, or replace it "
            "with --force."
        )
    if not os.access(out.parent, os.W_OK):
        raise ImageWriteError(f"The folder “{out.parent}” may not be written to.")


def restore(
    marked: MarkedPainting,
    generator: Generator,
    out: Path,
    options: FillOptions,
    *,
    record_in_xmp: bool = False,
    progress: Callable[[Progress], None] | None = None,
    write_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> RestoreReport:
    """Fill the losses and write the result beside nothing but itself: a TIFF like the painting's.

    Nothing is written unless every loss was filled. Raises GeneratorError, MaskError, Cancelled,
    ImageReadError or ImageWriteError.
    """
    start = time.perf_counter()
    profile = ColorProfile.of(marked.info.icc_profile, marked.info.channels)
    placed = PatchedTiles(marked.info.channels)
    made = inpaint(marked.layers, profile, generator, options, None, progress, is_cancelled)
    # One patch at a time: those of a crack network would fill the memory.
    provenance = recorded(placed.placing(made))
    layers = marked.layers.adding(LayerKind.RETOUCH, "Restoration")
    export = export_tiff(
        layers.with_surface(marked.layers.next_id, placed.surface()),
        marked.info,
        out,
        provenance=provenance,
        record_in_xmp=record_in_xmp,
        progress=write_progress,
        is_cancelled=is_cancelled,
    )
    return RestoreReport(
        export, generator.device, placed.patches, time.perf_counter() - start, tuple(provenance)
    )
