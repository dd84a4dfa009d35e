"""Exporting a restored painting as a flat TIFF, and proving that only the retouch changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.document.composite import composite
from core.document.layer import Layer, LayerKind, LayerStack
from core.document.patch import Provenance
from core.errors import ImageWriteError
from core.image.geometry import EMPTY_RECT, Rect, tiles_touching
from core.image.surface import U16, FileBacked, PixelSource
from core.image.tiff import Compression, ImageInfo, refuse_painting, write_tiff
from core.image.xmp import RestorationEvent, XmpError, recording
from core.version import software_version

_OTHER_FORMATS = (".png", ".jpg", ".jpeg", ".jp2", ".webp", ".bmp", ".gif", ".psd", ".ora")


@dataclass(frozen=True)
class ExportReport:
    """What was written, and what was proved of it.

    samples_changed counts samples (a pixel has 1 or 3) that differ from the painting's;
    changed_rect holds them all. is_verified: the file was read back from the disk, and every
    sample outside the retouch is the painting's own, bit for bit. notices are sentences.
    """

    path: Path
    sha256: str
    samples_changed: int
    changed_rect: Rect
    is_verified: bool
    seconds: float
    notices: tuple[str, ...] = ()


def export_tiff(
    document_stack: LayerStack,
    info: ImageInfo,
    path: Path,
    *,
    provenance: Sequence[Provenance] = (),
    record_in_xmp: bool = False,
    compression: Compression = "none",
    bigtiff: bool | Literal["auto"] = "auto",
    progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> ExportReport:
    """Write what is seen (the source and the visible retouch) as a TIFF like the painting's file.

    Profile, resolution, orientation, EXIF, IPTC and XMP are the painting's, byte for byte. With
    record_in_xmp the XMP gains a history entry "virtual restoration", and where provenance
    names a trained generator, its DigitalSourceType; every other property stays.

    Guaranteed: the file is read back and compared before it takes its place; samples that no
    retouch covers are the painting's own. What stood at `path` stays whole if anything fails.
    Raises ImageWriteError (also if `path` is the painting, through whatever link, or is named
    like another format), Cancelled, ImageReadError if the painting can no longer be read.
    """
    start = perf_counter()
    refuse_painting(path, info)
    refuse_format(path)
    retouch = _visible_retouch(document_stack)
    xmp: bytes | None = None
    notices: tuple[str, ...] = ()
    if record_in_xmp and any(layer.pixels.tiles for layer in retouch):
        xmp, notices = _recorded(info, provenance)
    proof = _Proof(document_stack, retouch, info)
    try:
        digest = write_tiff(
            path,
            info,
            lambda rect: composite(document_stack, rect),
            compression=compression,
            bigtiff=bigtiff,
            progress=progress,
            is_cancelled=is_cancelled,
            xmp=xmp,
            inspect=proof.inspect,
            is_plain=proof.is_plain,
            read_plain=proof.read_rows,
        )
    finally:
        proof.end()
    seconds = perf_counter() - start
    return ExportReport(
        path, digest, proof.samples_changed, proof.changed_rect, True, seconds, notices
    )


class _Proof:
    """Compares what was read back with the painting itself, rectangle by rectangle."""

    def __init__(self, stack: LayerStack, retouch: Sequence[Layer], info: ImageInfo) -> None:
        source = _source(stack)
        # The file itself, whatever store of tiles the export was written from.
        self._file = source if isinstance(source, FileBacked) else None
        self._read = source.read if self._file is None else self._file.read_file
        self._retouch = retouch
        self._info = info
        self.samples_changed = 0
        self.changed_rect = EMPTY_RECT

    @property
    def read_rows(self) -> Callable[[Rect], U16] | None:
        """What gives a few stored rows of the painting, past all caches, if that is cheap."""
        is_cheap = self._file is not None and self._file.has_plain_rows
        return self._read if is_cheap else None

    def end(self) -> None:
        """Give back what was decoded for it."""
        if self._file is not None:
            self._file.end_file_reads()

    def is_plain(self, rect: Rect) -> bool:
        """Whether no retouch lies there, so that `inspect` lets nothing pass but the painting."""
        keys = list(tiles_touching(rect))
        return not any(key in layer.pixels.tiles for layer in self._retouch for key in keys)

    def inspect(self, rect: Rect, samples: U16) -> None:
        """Count what differs; raise ImageWriteError if any of it lies outside the retouch."""
        painting = self._read(rect)
        if _is_same(samples, painting):
            return
        differs = samples != painting
        is_changed = differs.any(axis=2)
        if (is_changed & ~self._covered(rect)).any():
            raise ImageWriteError(
                f"The export of “{self._info.path.name}” was not made: outside the retouch it "
                "differed from the painting's file; was that changed while it was open?"
            )
        self.samples_changed += int(np.count_nonzero(differs))
        rows, columns = np.flatnonzero(is_changed.any(1)), np.flatnonzero(is_changed.any(0))
        found = Rect.from_edges(
            int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        )
        self.changed_rect = self.changed_rect.union(found.translated(rect.x, rect.y))

    def _covered(self, rect: Rect) -> NDArray[np.bool_]:
        """Return where any visible retouch has coverage: (h, w) of the rectangle."""
        covered = np.zeros((rect.height, rect.width), np.bool_)
        for layer in self._retouch:
            for key in tiles_touching(rect):
                tile = layer.pixels.tiles.get(key)
                if tile is not None:
                    part = rect.intersection(key.rect)
                    covered[part.slices(rect)] |= tile[part.slices(key.rect)][..., -1] > 0
        return covered


def _is_same(one: U16, other: U16) -> bool:
    """Whether all samples are: four at a time, in half the time that takes one by one."""
    if one.size % 4 or not (one.flags.c_contiguous and other.flags.c_contiguous):
        return bool(np.array_equal(one, other))
    return bool(np.array_equal(one.reshape(-1).view(np.uint64), other.reshape(-1).view(np.uint64)))


def refuse_format(path: Path) -> None:
    """Raise ImageWriteError for a name by which other programs would take a TIFF for a PNG."""
    if path.suffix.lower() in _OTHER_FORMATS:
        raise ImageWriteError(
            f"“{path.name}” would be a TIFF under another format's name; choose a name that ends "
            "in .tif."
        )


def _visible_retouch(stack: LayerStack) -> list[Layer]:
    return [layer for layer in stack.seen(LayerKind.RETOUCH) if stack.opacity_of(layer) > 0]


def _source(stack: LayerStack) -> PixelSource:
    source = stack.layers[0].source
    if source is None:
        raise TypeError("the bottom layer has no source")
    return source


def _recorded(
    info: ImageInfo, provenance: Sequence[Provenance]
) -> tuple[bytes | None, tuple[str, ...]]:
    event = RestorationEvent(
        time=datetime.now().astimezone().isoformat(timespec="seconds"),
        software=f"Lacuna {software_version()}",
        is_trained=any(made.is_trained for made in provenance),
    )
    try:
        return recording(info.metadata.xmp, event), ()
    except XmpError:
        return None, (
            "The painting's XMP could not be added to, so it was exported as it is, without a "
            "record of the restoration.",
        )
