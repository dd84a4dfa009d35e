"""A document against a plain NumPy model of it, through any order of edits, undo and crashes."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.document.document import Document
from core.document.history import History
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.document.project import Project
from core.image.blend import over, premultiplied
from core.image.geometry import Rect
from core.image.surface import U16

WIDTH, HEIGHT = 300, 270
PICTURE = Rect(0, 0, WIDTH, HEIGHT)
RECTS = st.builds(
    lambda x, y, w, h: Rect(x, y, w, h).intersection(PICTURE),
    st.integers(0, WIDTH - 1),
    st.integers(0, HEIGHT - 1),
    st.integers(1, WIDTH),
    st.integers(1, HEIGHT),
)
PROVENANCE = Provenance("telea", "Telea", "1", "classical", "cpu", False)


class Source:
    """A painting of which nobody asks for a pixel."""

    width, height, channels = WIDTH, HEIGHT, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        return np.zeros((rect.height, rect.width, 3), np.uint16)


@dataclass(frozen=True)
class ModelLayer:
    """A layer as whole arrays."""

    id: int
    kind: LayerKind
    pixels: np.ndarray
    is_visible: bool = True
    opacity: float = 1.0


Model = tuple[ModelLayer, ...]


@dataclass(frozen=True)
class Info:
    path: Path


class DocumentMachine(RuleBasedStateMachine):
    """Each rule does the same to the document and to the model, which keeps every state."""

    budget_bytes = 1 << 30

    def __init__(self) -> None:
        super().__init__()
        self.document = Document(LayerStack.of(Source(), "Painting"), History(self.budget_bytes))
        losses = ModelLayer(2, LayerKind.MASK, np.zeros((HEIGHT, WIDTH), np.uint8), True, 0.5)
        self.states: list[Model] = [(losses,)]
        self.position = 0
        self.fresh_id = 3

    @property
    def model(self) -> Model:
        return self.states[self.position]

    def _do(self, label: str, after: LayerStack, model: Model) -> None:
        command = self.document.do(label, after)
        if _is_equal(model, self.model):
            assert command is None
            return
        assert command is not None
        assert command.after is self.document.stack
        del self.states[self.position + 1 :]
        self.states.append(model)
        self.position += 1

    def _layer(self, data: st.DataObject, kind: LayerKind | None = None) -> ModelLayer | None:
        layers = [la for la in self.model if kind is None or la.kind is kind]
        return data.draw(st.sampled_from(layers)) if layers else None

    def _replaced(self, layer: ModelLayer) -> Model:
        return tuple(layer if la.id == layer.id else la for la in self.model)

    @rule(data=st.data(), rect=RECTS, value=st.sampled_from([0, 1, 128, 255]))
    def paint(self, data: st.DataObject, rect: Rect, value: int) -> None:
        layer = self._layer(data, LayerKind.MASK)
        if layer is None:
            return
        stack = self.document.stack
        stroke = np.full((rect.height, rect.width), value, np.uint8)
        surface = stack.layer(layer.id).pixels.writing(rect, stroke)
        pixels = layer.pixels.copy()
        pixels[rect.slices(PICTURE)] = value
        model = self._replaced(replace(layer, pixels=pixels))
        self._do("Paint", stack.with_surface(layer.id, surface), model)

    @rule(data=st.data(), rect=RECTS, seed=st.integers(0, 99))
    def place(self, data: st.DataObject, rect: Rect, seed: int) -> None:
        layer = self._layer(data, LayerKind.RETOUCH)
        if layer is None:
            return
        rng = np.random.default_rng(seed)
        colours = rng.integers(0, 65536, (rect.height, rect.width, 3), np.uint16)
        coverage = rng.choice(np.array([0, 30000, 65535], np.uint16), (rect.height, rect.width))
        stack = self.document.stack.placing(Patch(rect, colours, coverage, PROVENANCE), layer.id)
        pixels = layer.pixels.copy()
        part = rect.slices(PICTURE)
        pixels[part] = over(premultiplied(colours, coverage), pixels[part])
        self._do("Restore", stack, self._replaced(replace(layer, pixels=pixels)))

    @rule(kind=st.sampled_from([LayerKind.MASK, LayerKind.RETOUCH]))
    def add(self, kind: LayerKind) -> None:
        stack = self.document.stack
        shape = (HEIGHT, WIDTH) if kind is LayerKind.MASK else (HEIGHT, WIDTH, 4)
        pixels = np.zeros(shape, np.uint8 if kind is LayerKind.MASK else np.uint16)
        opacity = 0.5 if kind is LayerKind.MASK else 1.0
        layer = ModelLayer(stack.next_id, kind, pixels, True, opacity)
        self._do("Add", stack.adding(kind, "Layer"), (*self.model, layer))

    @rule(data=st.data())
    def duplicate(self, data: st.DataObject) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is not None:
            at = self.model.index(layer) + 1
            copy = replace(layer, id=stack.next_id)
            model = (*self.model[:at], copy, *self.model[at:])
            self._do("Duplicate", stack.duplicating(layer.id, "Copy"), model)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        layer = self._layer(data)
        if layer is not None:
            model = tuple(la for la in self.model if la is not layer)
            self._do("Remove", self.document.stack.removing(layer.id), model)

    @rule(data=st.data(), to=st.integers(1, 4))
    def move(self, data: st.DataObject, to: int) -> None:
        layer = self._layer(data)
        if layer is not None:
            rest = [la for la in self.model if la is not layer]
            rest.insert(to - 1, layer)
            self._do("Move", self.document.stack.moving(layer.id, to), tuple(rest))

    @rule(data=st.data(), opacity=st.sampled_from([0.0, 0.25, 1.0]), is_visible=st.booleans())
    def look(self, data: st.DataObject, opacity: float, is_visible: bool) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is not None:
            look = {"opacity": opacity, "is_visible": is_visible}
            after = stack.replacing(replace(stack.layer(layer.id), **look))  # type: ignore[arg-type]
            self._do("Look", after, self._replaced(replace(layer, **look)))  # type: ignore[arg-type]

    @rule(rect=RECTS)
    def preview(self, rect: Rect) -> None:
        self.document.preview(self.document.stack.adding(LayerKind.MASK, "Passing"), rect)

    @rule()
    def undo(self) -> None:
        assert (self.document.undo() is not None) == (self.position > 0)
        self.position = max(0, self.position - 1)

    @rule()
    def redo(self) -> None:
        assert (self.document.redo() is not None) == (self.position < len(self.states) - 1)
        self.position = min(len(self.states) - 1, self.position + 1)

    @rule(data=st.data())
    def go_to(self, data: st.DataObject) -> None:
        self.position = data.draw(st.integers(0, len(self.states) - 1))
        self.document.go_to(self.position)

    @invariant()
    def agrees(self) -> None:
        assert self.document.history.position == self.position
        assert len(self.document.history.commands) == len(self.states) - 1
        layers = self.document.stack.layers[1:]
        assert [la.id for la in layers] == [la.id for la in self.model]
        for layer, model in zip(layers, self.model, strict=True):
            assert (layer.kind, layer.is_visible, layer.opacity) == (
                model.kind,
                model.is_visible,
                model.opacity,
            )
            assert np.array_equal(layer.pixels.read(PICTURE), model.pixels)


class ProjectMachine(DocumentMachine):
    """The same with a project, a history that spills at once, and crashes."""

    budget_bytes = 0

    @initialize()
    def create(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lacuna-"))
        self.path = self.folder / "a.lacuna"
        painting = self.folder / "painting.tif"
        painting.write_bytes(b"painting")
        self.generation = 0
        self.project = Project.create(self.path, Info(painting), self.document)

    @rule()
    def close_and_open(self) -> None:
        self.project.close()
        self._open()

    @rule()
    def crash_and_recover(self) -> None:
        """Take file and log as they lie there once all is reported safe; drop all else."""
        assert self.project.flush(30)
        self.generation += 1
        path = self.folder / f"{self.generation}.lacuna"
        for end in ("", "-wal"):
            source = self.path.with_name(self.path.name + end)
            if source.exists():
                shutil.copy2(source, path.with_name(path.name + end))
        self.project.close(is_discarding=True)
        self.path = path
        self._open()

    @precondition(lambda self: hasattr(self, "project"))
    @rule()
    def verify(self) -> None:
        assert self.project.verify() == []

    def _open(self) -> None:
        self.project, self.document = Project.open(
            self.path, lambda _: Source(), budget_bytes=self.budget_bytes
        )
        assert self.project.problems == ()

    def teardown(self) -> None:
        if hasattr(self, "project"):
            self.project.close(is_discarding=True)
            shutil.rmtree(self.folder)


def _is_equal(one: Model, other: Model) -> bool:
    return len(one) == len(other) and all(
        (a.id, a.is_visible, a.opacity) == (b.id, b.is_visible, b.opacity)
        and np.array_equal(a.pixels, b.pixels)
        for a, b in zip(one, other, strict=True)
    )


QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck)}
TestDocument = DocumentMachine.TestCase
TestDocument.settings = settings(max_examples=25, stateful_step_count=25, **QUICK)
TestProject = ProjectMachine.TestCase
TestProject.settings = settings(max_examples=8, stateful_step_count=25, **QUICK)
