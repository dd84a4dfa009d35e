"""Opening a painting, or the sample, with all that was ever done to it; runs in a job."""

import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.document.document import Document
from core.document.layer import LayerStack
from core.document.project import Project
from core.errors import Cancelled, ProjectError, ProjectLockedError
from core.image.color import ColorProfile
from core.image.files import open_image
from core.image.info import ImageInfo
from core.image.pyramid import Pyramid
from core.image.raster_source import RasterSource
from core.image.tiff import TiffSource
from core.image.tiff_levels import TiffLevels
from core.image.tile_cache import TileCache
from core.image.tile_store import TileStore
from core.image.tile_stores import TileStores
from core.image.transcoding import prepare
from desktop.evidence_pictures import EvidencePictures
from desktop.jobs import Work
from desktop.painting_watch import earlier_sentence

# So large a painting is made ready only once its first picture has been drawn: on two cores that
# comes half as late then.
_LARGE_PX = 16 << 20
_FIRST_LOOK_S = 0.25
_ASK_S = 0.02


@dataclass(frozen=True)
class Opened:
    """An open painting. `project` is None if its strokes cannot be kept on disk."""

    path: Path
    info: ImageInfo
    source: TiffSource | RasterSource
    pyramid: Pyramid
    profile: ColorProfile
    document: Document
    project: Project | None
    notices: tuple[str, ...] = ()
    levels: TiffLevels | None = None
    store: TileStore | None = None
    evidence: EvidencePictures | None = None

    def prepare(self, work: Work) -> str:
        """Make all levels quick to read; return a sentence if that worked only in part.

        Raises Cancelled, ImageReadError.
        """
        _wait_for_first_look(self.source.width * self.source.height, work)
        if self.store is None:
            self.pyramid.build(work.report, work.is_cancelled)
            return ""
        try:
            return prepare(self.pyramid, self.source, self.store, work.report, work.is_cancelled)
        finally:
            self.pyramid.end_file_reads()

    def close(self) -> None:
        """Let go of the files."""
        if self.evidence is not None:
            self.evidence.close()
        self.pyramid.close()
        self.source.close()
        if self.store is not None:
            self.store.close()


def open_painting(
    path: Path,
    projects: Path,
    cache: TileCache,
    work: Work,
    *,
    stores: TileStores | None = None,
    allow_changed: bool = False,
) -> Opened:
    """Open a painting read-only, and its project: the one it had, else a new one.

    projects: the folder of projects. cache: for the pixels of all open paintings. stores: for
    the tiles of those that are slow to read.
    allow_changed: take up earlier work though the painting's file is another one now.
    Raises ImageReadError, ProjectError if it had a project that cannot be opened (a new one
    would hide the old), Cancelled.
    """
    source = open_image(path, is_deferred=True)
    store: TileStore | None = None
    profile = ColorProfile.of(source.info.icc_profile, source.info.channels)
    evidence = EvidencePictures(cache, profile)
    try:
        if work.is_cancelled():
            raise Cancelled("Opening was cancelled.")
        levels, store, notices = _stored(source, stores)
        if isinstance(source, RasterSource) and (store is None or not store.is_complete):
            # Now, so that a damaged one is not opened. If a store has all, it was sound then.
            source.load()
        stored = [place for place in (store, levels) if place is not None]
        pyramid = Pyramid(source, cache, stored)
        pyramid.sketch()
        document, project, more = _document(
            path, projects, pyramid, source.info, evidence, allow_changed
        )
    except BaseException:
        evidence.close()
        source.close()
        if store is not None:
            store.close()
        raise
    notices = (*source.info.notices, *notices, *more)
    files = path, source.info, source, pyramid, profile
    return Opened(*files, document, project, notices, levels, store, evidence)


def _wait_for_first_look(size_px: int, work: Work) -> None:
    end = time.monotonic() + (_FIRST_LOOK_S if size_px > _LARGE_PX else 0.0)
    while time.monotonic() < end and not work.is_cancelled():
        time.sleep(_ASK_S)


def _stored(
    source: TiffSource | RasterSource, stores: TileStores | None
) -> tuple[TiffLevels | None, TileStore | None, tuple[str, ...]]:
    """Return the levels a file brings along, its store if it needs one, and notices."""
    levels: TiffLevels | None = None
    store: TileStore | None = None
    notices: tuple[str, ...] = ()
    if isinstance(source, TiffSource):
        levels, notices = source.levels()
    if stores is not None and source.is_slow:
        size = source.width, source.height, source.channels
        store, sentence = stores.open(source.identity(), size)
        notices = (*notices, sentence) if sentence else notices
    return levels, store, notices


def _document(
    path: Path,
    projects: Path,
    pyramid: Pyramid,
    info: ImageInfo,
    evidence: EvidencePictures,
    allow_changed: bool,
) -> tuple[Document, Project | None, tuple[str, ...]]:
    place = Project.default_path(path, projects)
    if place.exists():
        project, document = Project.open(
            place,
            lambda _path: pyramid,
            painting=path,
            allow_changed=allow_changed,
            open_evidence=evidence.open,
        )
        changed = earlier_sentence(project.earlier_change)
        notices = (*project.problems, *project.missing, *([changed] if changed else []))
        return document, project, notices
    document = Document(LayerStack.of(pyramid, path.name))
    try:
        project = Project.create(place, info, document)
    except ProjectLockedError:
        raise
    except ProjectError as error:
        text = QCoreApplication.translate(
            "Opening", "Strokes on this painting are not kept on disk. {0}"
        )
        return document, None, (text.format(error),)
    return document, project, ()
