"""A small synthetic painting and edits on it, shared by the document's tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance, Seam, recorded
from core.document.project import Project
from core.image.geometry import Rect
from core.image.surface import U16, PixelSource


@dataclass(frozen=True)
class ArraySource:
    """A painting held in memory; level L is the plain mean of 2**L squares."""

    pixels: U16 = field(repr=False)

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def channels(self) -> int:
        return self.pixels.shape[2]

    def read(self, rect: Rect, level: int = 0) -> U16:
        part = self.pixels[rect.slices(Rect(0, 0, self.width, self.height))]
        step = 1 << level
        rows = np.add.reduceat(part.astype(np.float64), range(0, rect.height, step), axis=0)
        sums = np.add.reduceat(rows, range(0, rect.width, step), axis=1)
        ones = np.ones(part.shape[:2])
        count = np.add.reduceat(
            np.add.reduceat(ones, range(0, rect.height, step), axis=0),
            range(0, rect.width, step),
            axis=1,
        )
        return np.round(sums / count[..., None]).astype(np.uint16)


@pytest.fixture(scope="session")
def make_source() -> Callable[..., ArraySource]:
    def make(width: int = 700, height: int = 500, channels: int = 3) -> ArraySource:
        rng = np.random.default_rng(7)
        return ArraySource(rng.integers(0, 65536, (height, width, channels), np.uint16))

    return make


@pytest.fixture(scope="session")
def source(make_source: Callable[..., ArraySource]) -> ArraySource:
    return make_source()


@pytest.fixture
def stack(source: ArraySource) -> LayerStack:
    return LayerStack.of(source, "Painting")


def _paint(stack: LayerStack, rect: Rect, value: int = 255, layer_id: int = 2) -> LayerStack:
    """Return the stack with a rectangle of a mask layer set to a value."""
    rect = rect.intersection(stack.rect)
    pixels = np.full((rect.height, rect.width), value, np.uint8)
    return stack.with_surface(layer_id, stack.layer(layer_id).pixels.writing(rect, pixels))


@pytest.fixture(scope="session")
def paint() -> Callable[..., LayerStack]:
    return _paint


@pytest.fixture
def painting_file(tmp_path: Path) -> Path:
    """Return a file that stands for the painting; its content is never decoded here."""
    path = tmp_path / "painting.tif"
    path.write_bytes(np.random.default_rng(1).bytes(100_000))
    return path


@dataclass(frozen=True)
class Info:
    path: Path


@dataclass
class Desk:
    """A painting file, its pixels, and the projects opened on it, closed at the end."""

    painting: Path
    source: PixelSource
    projects: list[Project]

    @property
    def path(self) -> Path:
        return self.painting.with_name("painting.lacuna")

    def create(self, document: Document | None = None) -> tuple[Project, Document]:
        if document is None:
            document = Document(LayerStack.of(self.source, "Painting"))
        project = Project.create(self.path, self.info, document)
        self.projects.append(project)
        return project, document

    def open(self, path: Path | None = None, **options: object) -> tuple[Project, Document]:
        project, document = Project.open(
            path or self.path,
            lambda _: self.source,
            **options,  # type: ignore[arg-type]
        )
        self.projects.append(project)
        return project, document

    @property
    def info(self) -> "Info":
        return Info(self.painting)

    paint = staticmethod(_paint)

    @staticmethod
    def same(one: LayerStack, other: LayerStack) -> None:
        def seen(stack: LayerStack) -> list[object]:
            return [(la.id, la.kind, la.name, la.is_visible, la.opacity) for la in stack]

        assert seen(one) == seen(other)
        assert (one.next_id, one.rect, one.channels) == (other.next_id, other.rect, other.channels)
        for mine, theirs in zip(one, other, strict=True):
            pairs = (mine.surface, theirs.surface), (mine.origins, theirs.origins)
            for own, other_surface in pairs:
                assert (own is None) == (other_surface is None)
                if own is None or other_surface is None:
                    continue
                assert own.tiles.keys() == other_surface.tiles.keys()
                assert own.dtype == other_surface.dtype
                for key, tile in own.tiles.items():
                    assert np.array_equal(tile, other_surface.tiles[key])

    @staticmethod
    def patch(stack: LayerStack, rect: Rect) -> Patch:
        rng = np.random.default_rng(3)
        pixels = rng.integers(0, 65536, (rect.height, rect.width, stack.channels), np.uint16)
        coverage = rng.integers(0, 65536, (rect.height, rect.width), np.uint16)
        origin = Provenance(
            "telea", "Telea", "1", "classical", "cpu", False, {"a": "b"}, {"radius": np.float32(3)}
        )
        origins = rng.integers(-1, 500, (*coverage.shape, 2), np.int32)
        origins[(origins < 0).any(-1)] = -1
        return Patch(rect, pixels, coverage, origin, origins, Seam(0.02, 0.01, 99))

    def work(self, document: Document) -> list[LayerStack]:
        """Do one edit of each kind; return the states passed through."""
        states = [document.stack]

        def do(label: str, after: LayerStack, *provenance: Provenance) -> None:
            assert document.do(label, after, provenance) is not None
            states.append(after)

        do("Paint mask", self.paint(document.stack, Rect(10, 10, 600, 30)))
        do("Erase mask", self.paint(document.stack, Rect(100, 0, 50, 50), 0))
        do("Add layer", document.stack.adding(LayerKind.RETOUCH, "Füllung “1” \u4fee\u5fa9"))
        patch = self.patch(document.stack, Rect(200, 200, 120, 150))
        do("Restore 1 loss", document.stack.placing(patch, 3), *recorded([patch]))
        do("Opacity", document.stack.replacing(replace(document.stack.layer(3), opacity=0.3)))
        do("Hide", document.stack.replacing(replace(document.stack.layer(2), is_visible=False)))
        do("Duplicate", document.stack.duplicating(3, "Copy"))
        do("Move", document.stack.moving(4, 1))
        do("Remove", document.stack.removing(2))
        return states


@pytest.fixture
def desk(painting_file: Path, source: ArraySource) -> Iterator[Desk]:
    desk = Desk(painting_file, source, [])
    yield desk
    for project in desk.projects:
        project.close(is_discarding=True)
