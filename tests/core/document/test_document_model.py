"""A document against a plain NumPy model of it, through any order of edits, undo and crashes."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.document.composite import composite, mask_coverage
from core.document.document import Document
from core.document.groups import grouping, places, ungrouping
from core.document.history import History
from core.document.layer import LayerKind, LayerStack
from core.document.merging import merging_down
from core.document.patch import Patch, Provenance
from core.document.project import Project
from core.image.blend import over, premultiplied
from core.image.blend_modes import BlendMode
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


PAINTING = np.random.default_rng(5).integers(0, 65536, (HEIGHT, WIDTH, 3), np.uint16)
GROUND = Rect(230, 220, 60, 45)
"""Where looks are compared: pixels of all four tiles."""


class Source:
    """A painting of noise."""

    width, height, channels = WIDTH, HEIGHT, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        assert level == 0
        return PAINTING[rect.slices(PICTURE)].copy()


@dataclass(frozen=True)
class ModelLayer:
    """A layer as a whole array; a group has none."""

    id: int
    kind: LayerKind
    pixels: np.ndarray | None
    is_visible: bool = True
    opacity: float = 1.0
    blend: BlendMode = BlendMode.NORMAL
    is_locked: bool = False
    group: int | None = None

    @property
    def traits(self) -> tuple[object, ...]:
        look = (self.is_visible, self.opacity, self.blend, self.is_locked, self.group)
        return (self.id, self.kind, *look)


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
        self.agreed: set[tuple[int, int]] = set()
        self.kept: list[object] = []

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

    def _is_locked(self, layer: ModelLayer) -> bool:
        return any(la.is_locked for la in self.model if la.id in (layer.id, layer.group))

    def _refuses(self, layer: ModelLayer, edit: Callable[[], LayerStack]) -> bool:
        """Whether a layer is locked; then the document must refuse the edit."""
        if self._is_locked(layer):
            with pytest.raises(TypeError):
                edit()
            return True
        return False

    @rule(data=st.data(), rect=RECTS, value=st.sampled_from([0, 1, 128, 255]))
    def paint(self, data: st.DataObject, rect: Rect, value: int) -> None:
        layer = self._layer(data, LayerKind.MASK)
        if layer is None:
            return
        stack = self.document.stack
        stroke = np.full((rect.height, rect.width), value, np.uint8)
        surface = stack.layer(layer.id).pixels.writing(rect, stroke)
        if self._refuses(layer, lambda: stack.with_surface(layer.id, surface)):
            return
        assert layer.pixels is not None
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
        patch, stack = Patch(rect, colours, coverage, PROVENANCE), self.document.stack
        if self._refuses(layer, lambda: stack.placing(patch, layer.id)):
            return
        stack = stack.placing(patch, layer.id)
        assert layer.pixels is not None
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
        if layer is None:
            return
        if any(la.id == layer.group and la.is_locked for la in self.model):
            with pytest.raises(TypeError):
                stack.duplicating(layer.id, "Copy")
            return
        copy = replace(layer, id=stack.next_id, is_locked=False)
        members = [la for la in self.model if la.group == layer.id]
        fresh = [
            replace(la, id=copy.id + number, group=copy.id) for number, la in enumerate(members, 1)
        ]
        at = _index(self.model, layer) + 1
        model = (*self.model[:at], *fresh, copy, *self.model[at:])
        self._do("Duplicate", stack.duplicating(layer.id, "Copy"), model)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is None:
            return
        run = [la for la in self.model if layer.id in (la.id, la.group)]
        if any(self._is_locked(la) for la in run):
            with pytest.raises(TypeError):
                stack.removing(layer.id)
            return
        model = tuple(la for la in self.model if la not in run)
        self._do("Remove", stack.removing(layer.id), model)

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is None:
            return
        found = places(stack, layer.id)
        assert bool(found) != self._is_locked(layer)
        if found:
            to = data.draw(st.sampled_from(found))
            run = [la for la in self.model if layer.id in (la.id, la.group)]
            rest = [la for la in self.model if la not in run]
            rest[to.position - 1 : to.position - 1] = [*run[:-1], replace(layer, group=to.group)]
            self._do("Move", stack.moving(layer.id, *to), tuple(rest))

    @rule(data=st.data())
    def group(self, data: st.DataObject) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is None:
            return
        if layer.kind is LayerKind.GROUP:
            if self._refuses(layer, lambda: ungrouping(stack, layer.id)):
                return
            model = tuple(
                replace(la, group=None) if la.group == layer.id else la
                for la in self.model
                if la is not layer
            )
            self._do("Ungroup", ungrouping(stack, layer.id), model)
        elif layer.group is None and not self._is_locked(layer):
            at, group = _index(self.model, layer), stack.next_id
            run = (replace(layer, group=group), ModelLayer(group, LayerKind.GROUP, None))
            model = (*self.model[:at], *run, *self.model[at + 1 :])
            self._do("Group", grouping(stack, layer.id, "Group"), model)
        else:
            with pytest.raises(TypeError):
                grouping(stack, layer.id, "Group")

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is None or layer.kind is LayerKind.GROUP:
            return
        below = [
            la
            for la in self.model[: _index(self.model, layer)]
            if (la.kind, la.group) == (layer.kind, layer.group)
        ][-1:]
        if not below or any(self._is_locked(la) or not la.is_visible for la in (layer, *below)):
            with pytest.raises(TypeError):
                merging_down(stack, layer.id)
            return
        after = merging_down(stack, layer.id)
        pixels = after.layer(below[0].id).pixels.read(PICTURE)
        if layer.kind is LayerKind.MASK:
            assert layer.pixels is not None
            assert below[0].pixels is not None
            assert np.array_equal(pixels, np.maximum(layer.pixels, below[0].pixels))
            merged = replace(below[0], pixels=pixels)
        else:
            seen = composite(stack, PICTURE).astype(np.int64)
            assert np.abs(seen - composite(after, PICTURE)).max() <= 1
            merged = replace(below[0], pixels=pixels, opacity=1.0, blend=BlendMode.NORMAL)
        model = tuple(merged if la is below[0] else la for la in self.model if la is not layer)
        self._do("Merge", after, model)

    @rule(data=st.data(), is_locked=st.booleans())
    def lock(self, data: st.DataObject, is_locked: bool) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is not None:
            after = stack.replacing(replace(stack.layer(layer.id), is_locked=is_locked))
            self._do("Lock", after, self._replaced(replace(layer, is_locked=is_locked)))

    @rule(data=st.data(), is_visible=st.booleans())
    def show(self, data: st.DataObject, is_visible: bool) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is not None:
            after = stack.replacing(replace(stack.layer(layer.id), is_visible=is_visible))
            self._do("Show", after, self._replaced(replace(layer, is_visible=is_visible)))

    @rule(
        data=st.data(),
        opacity=st.sampled_from([0.0, 0.25, 1.0]),
        blend=st.sampled_from([BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.SCREEN]),
    )
    def look(self, data: st.DataObject, opacity: float, blend: BlendMode) -> None:
        layer, stack = self._layer(data), self.document.stack
        if layer is None:
            return
        look: dict[str, Any] = {"opacity": opacity}
        if layer.kind is LayerKind.RETOUCH:
            look["blend"] = blend
        other = replace(stack.layer(layer.id), **look)
        if not stack.layer(layer.id).is_edit(other):
            return
        if not self._refuses(layer, lambda: stack.replacing(other)):
            self._do("Look", stack.replacing(other), self._replaced(replace(layer, **look)))

    @rule()
    def compare_looks(self) -> None:
        """The model blends in floating point; the document rounds once for each layer."""
        seen = composite(self.document.stack, GROUND)
        part = GROUND.slices(PICTURE)
        expected = _laid(self.model, None, PAINTING[part].astype(np.float64), part)
        assert np.abs(seen - expected).max() <= 1.0 + len(self.model)
        masks = [
            la.pixels[part]
            for la in self.model
            if la.kind is LayerKind.MASK
            and la.pixels is not None
            and all(up.is_visible for up in self.model if up.id in (la.id, la.group))
        ]
        nothing = np.zeros((GROUND.height, GROUND.width), np.uint8)
        coverage = mask_coverage(self.document.stack, GROUND)
        assert np.array_equal(coverage, np.maximum.reduce([nothing, *masks]))

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
            traits = (layer.is_visible, layer.opacity, layer.blend, layer.is_locked, layer.group)
            assert (layer.id, layer.kind, *traits) == model.traits
            assert (layer.surface is None) == (model.pixels is None)
            pair = id(layer.surface), id(model.pixels)
            # Both are values, kept from now on: what agreed once need not be compared again.
            if layer.surface is not None and pair not in self.agreed:
                assert np.array_equal(layer.pixels.read(PICTURE), model.pixels)
                self.agreed.add(pair)
                self.kept += [layer.surface, model.pixels]


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


def _laid(model: Model, group: int | None, ground: np.ndarray, part: Any) -> np.ndarray:
    """Lay the layers of a group, or of none, over a ground: (h, w, 3) of 0..65535."""
    for layer in model:
        if layer.group != group or not layer.is_visible:
            continue
        if layer.kind is LayerKind.GROUP:
            above = _laid(model, layer.id, ground, part)
            ground = ground + (above - ground) * layer.opacity
        elif layer.kind is LayerKind.RETOUCH and layer.pixels is not None:
            pixels = layer.pixels[part] * (layer.opacity / 65535)
            alpha, below = pixels[..., 3:], ground / 65535
            color = pixels[..., :3] / np.maximum(alpha, 1e-12)
            if layer.blend is BlendMode.MULTIPLY:
                color = color * below
            elif layer.blend is BlendMode.SCREEN:
                color = color + below - color * below
            ground = (alpha * color + (1 - alpha) * below) * 65535
    return ground


def _index(model: Model, layer: ModelLayer) -> int:
    return [la.id for la in model].index(layer.id)


def _is_equal(one: Model, other: Model) -> bool:
    return len(one) == len(other) and all(
        a.traits == b.traits and (a.pixels is b.pixels or np.array_equal(a.pixels, b.pixels))
        for a, b in zip(one, other, strict=True)
    )


QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck)}
TestDocument = DocumentMachine.TestCase
TestDocument.settings = settings(max_examples=25, stateful_step_count=25, **QUICK)
TestProject = ProjectMachine.TestCase
TestProject.settings = settings(max_examples=8, stateful_step_count=25, **QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_10_000_sequences_of_edits_match_the_model(part: int) -> None:
    # In parts: a test that takes more than ten minutes counts as hanging.
    many = settings(max_examples=1250, stateful_step_count=25, database=None, **QUICK)
    run_state_machine_as_test(DocumentMachine, settings=many)
