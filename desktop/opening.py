"""Opening a painting, or the sample, with all that was ever done to it; runs in a job."""

from dataclasses import dataclass
from pathlib import Path

from core.document.document import Document
from core.document.layer import LayerStack
from core.document.project import Project
from core.errors import Cancelled, ProjectError, ProjectLockedError
from core.image.color import ColorProfile
from core.image.files import open_image
from core.image.info import ImageInfo
from core.image.pyramid import Pyramid
from core.image.raster import RasterSource
from core.image.tiff import TiffSource
from core.image.tile_cache import TileCache
from desktop.jobs import Work


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


def open_painting(
    path: Path, projects: Path, cache: TileCache, work: Work, *, allow_changed: bool = False
) -> Opened:
    """Open a painting read-only, and its project: the one it had, else a new one.

    projects: the folder of projects. cache: for the pixels of all open paintings.
    allow_changed: take up earlier work though the painting's file is another one now.
    Raises ImageReadError, ProjectError if it had a project that cannot be opened (a new one
    would hide the old), Cancelled.
    """
    source = open_image(path)
    try:
        if work.is_cancelled():
            raise Cancelled("Opening was cancelled.")
        pyramid = Pyramid(source, cache)
        pyramid.sketch()
        document, project, notices = _document(path, projects, pyramid, source.info, allow_changed)
    except BaseException:
        source.close()
        raise
    profile = ColorProfile.of(source.info.icc_profile, source.info.channels)
    notices = (*source.info.notices, *notices)
    return Opened(path, source.info, source, pyramid, profile, document, project, notices)


def _document(
    path: Path, projects: Path, pyramid: Pyramid, info: ImageInfo, allow_changed: bool
) -> tuple[Document, Project | None, tuple[str, ...]]:
    place = Project.default_path(path, projects)
    if place.exists():
        project, document = Project.open(
            place, lambda _path: pyramid, painting=path, allow_changed=allow_changed
        )
        return document, project, project.problems
    document = Document(LayerStack.of(pyramid, path.name))
    try:
        project = Project.create(place, info, document)
    except ProjectLockedError:
        raise
    except ProjectError as error:
        return document, None, (f"Strokes on this painting are not kept on disk. {error}",)
    return document, project, ()
