from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.document.composite import composite
from core.document.document import Document
from core.document.evidence import Evidence, EvidenceMode, evidence_pixels
from core.document.evidence_layers import adding_evidence, aligning, with_evidence
from core.document.layer import Layer, LayerKind, LayerStack
from core.document.project_layers import layers_from_json, layers_to_json
from core.document.project_painting import PaintingReference, hash_file
from core.errors import ImageReadError
from core.image.alignment import IDENTITY, AlignmentKind, ControlPoint, Matrix
from core.image.geometry import EMPTY_RECT, Point, Rect
from core.image.surface import U16, PixelSource

NOWHERE = PaintingReference("/nowhere/x-ray.tif", "x-ray.tif", 9, 9)
DOUBLE: Matrix = (2.0, 0.0, 100.0, 0.0, 2.0, 50.0, 0.0, 0.0, 1.0)


@pytest.fixture
def xray(make_source: Callable[..., Any]) -> PixelSource:
    return make_source(150, 120)


def evidence_of(source: PixelSource, matrix: Matrix = IDENTITY) -> Evidence:
    return Evidence(NOWHERE, source.width, source.height, matrix, source=source)


@pytest.fixture
def looked_at(stack: LayerStack, xray: PixelSource) -> LayerStack:
    return adding_evidence(stack, evidence_of(xray), "x-ray")


def test_evidence_lies_pixel_on_pixel_where_it_is_not_moved(xray) -> None:
    seen = evidence_pixels(evidence_of(xray), Rect(40, 30, 200, 150))
    assert seen is not None
    assert np.array_equal(seen[:90, :110, :3], xray.read(Rect(40, 30, 110, 90)))
    assert (seen[:90, :110, 3] == 65535).all()
    assert not seen[90:].any()
    assert not seen[:, 110:].any()
    assert evidence_pixels(evidence_of(xray), Rect(150, 0, 50, 50)) is None


def test_evidence_is_moved_and_scaled_by_its_matrix(make_source) -> None:
    class Ramp:
        width, height, channels = 150, 120, 3

        def read(self, rect: Rect, level: int = 0) -> U16:
            area = rect.at_level(level)
            x = (np.arange(area.x, area.right) + 0.5) * (1 << level) * 100
            y = (np.arange(area.y, area.bottom) + 0.5)[:, None] * (1 << level) * 100
            return np.stack(np.broadcast_arrays(x, y, 0 * x + 7), -1).astype(np.uint16)

    seen = evidence_pixels(evidence_of(Ramp(), DOUBLE), Rect(0, 0, 700, 500))
    assert seen is not None
    covered = seen[..., 3] > 0
    rows, columns = np.nonzero(covered)
    assert (columns.min(), rows.min()) == (100, 50)
    assert (columns.max() + 1, rows.max() + 1) == (400, 290)
    y, x = 150, 200
    assert abs(int(seen[y, x, 0]) - 100 * (x + 0.5 - 100) / 2) <= 1
    assert abs(int(seen[y, x, 1]) - 100 * (y + 0.5 - 50) / 2) <= 1


@pytest.mark.parametrize("level", [1, 2, 4])
def test_what_is_shown_reduced_is_read_reduced(make_source, level) -> None:
    asked: list[int] = []
    big = make_source(700, 500)

    class Noting:
        width, height, channels = 700, 500, 3

        def read(self, rect: Rect, level: int = 0) -> U16:
            asked.append(level)
            assert rect.x % (1 << level) == 0
            return big.read(rect, level)

    seen = evidence_pixels(evidence_of(Noting()), Rect(0, 0, 700, 500), level)
    assert seen is not None
    assert asked == [level]
    inner = np.s_[1:-2, 1:-2]
    expected = big.read(Rect(0, 0, 700, 500), level)
    assert np.abs(seen[inner][..., :3].astype(int) - expected[inner]).max() <= 1


def test_evidence_beyond_the_horizon_shows_nothing(xray) -> None:
    matrix = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.01, 0.0, 1.0)
    seen = evidence_pixels(evidence_of(xray, matrix), Rect(0, 0, 700, 500))
    assert seen is not None
    columns = np.nonzero(seen[..., 3].any(axis=0))[0]
    # x / (1 + 0.01 x) stays below 60 up to x = 150.
    assert columns.max() < 60


def test_evidence_is_seen_but_never_part_of_the_composite(looked_at, xray, source) -> None:
    rect = Rect(0, 0, 200, 200)
    ground = composite(looked_at, rect)
    assert np.array_equal(ground, source.read(rect))
    seen = with_evidence(looked_at, rect, ground)
    assert np.array_equal(seen[:120, :150], xray.read(Rect(0, 0, 150, 120)))
    assert np.array_equal(seen[120:], ground[120:])
    half = looked_at.replacing(replace(looked_at.layer(3), opacity=0.5))
    faded = with_evidence(half, rect, ground)[:120, :150].astype(int)
    assert np.abs(2 * faded - seen[:120, :150] - ground[:120, :150]).max() <= 4


def test_hidden_and_missing_evidence_and_evidence_elsewhere_shows_nothing(looked_at) -> None:
    rect = Rect(0, 0, 200, 200)
    ground = composite(looked_at, rect)
    layer = looked_at.layer(3)
    assert layer.evidence is not None
    for other in (
        replace(layer, is_visible=False),
        replace(layer, evidence=replace(layer.evidence, source=None)),
    ):
        assert with_evidence(looked_at.replacing(other), rect, ground) is ground
    elsewhere = Rect(160, 0, 40, 200)
    ground = composite(looked_at, elsewhere)
    assert with_evidence(looked_at, elsewhere, ground) is ground


def test_the_difference_is_that_of_the_samples(looked_at, xray) -> None:
    rect = Rect(0, 0, 200, 100)
    ground, layer = composite(looked_at, rect), looked_at.layer(3)
    evidence = replace(layer.evidence, mode=EvidenceMode.DIFFERENCE)
    stack = looked_at.replacing(replace(layer, evidence=evidence))
    seen = with_evidence(stack, rect, ground)
    expected = np.abs(ground[:, :150].astype(int) - xray.read(Rect(0, 0, 150, 100)))
    assert np.array_equal(seen[:, :150], expected)
    assert np.array_equal(seen[:, 150:], ground[:, 150:])
    assert looked_at.changed_rect(stack) == Rect(0, 0, 150, 120)


def test_aligning_is_an_edit_that_says_where_it_changes(looked_at) -> None:
    moved = aligning(looked_at, 3, DOUBLE)
    assert looked_at.changed_rect(moved) == Rect(0, 0, 400, 290)
    assert looked_at.layer(3).is_edit(moved.layer(3))
    document = Document(looked_at)
    assert document.do("Align", moved) is not None
    assert document.do("Align", aligning(moved, 3, DOUBLE)) is None
    locked = moved.replacing(replace(moved.layer(3), is_locked=True))
    with pytest.raises(TypeError):
        aligning(locked, 3, IDENTITY)
    with pytest.raises(TypeError):
        aligning(looked_at, 2, IDENTITY)
    assert looked_at.changed_rect(looked_at) == EMPTY_RECT


POINTS = (
    ControlPoint(Point(1.5, 2.25), Point(103.0, 54.5)),
    ControlPoint(Point(140.0, 7.0), Point(380.125, 64.0)),
)


def test_its_control_points_are_kept_with_it_and_do_not_move_it(looked_at) -> None:
    kept = aligning(looked_at, 3, IDENTITY, POINTS, AlignmentKind.AFFINE)
    assert looked_at.layer(3).is_edit(kept.layer(3))
    assert kept.layer(3).evidence.points == POINTS
    rect = Rect(0, 0, 200, 150)
    one, other = (evidence_pixels(stack.layer(3).evidence, rect) for stack in (looked_at, kept))
    assert np.array_equal(one, other)
    assert layers_from_json(layers_to_json(looked_at)).layers[2].evidence.keys() == {
        "reference", "width", "height", "matrix", "mode",
    }, "without points it is what earlier projects hold"  # fmt: skip


def test_malformed_evidence_is_refused(xray) -> None:
    for wrong in (
        lambda: Layer(3, LayerKind.EVIDENCE, "none"),
        lambda: Layer(3, LayerKind.RETOUCH, "some", evidence=evidence_of(xray)),
        lambda: Evidence(NOWHERE, 9, 9, IDENTITY, source=xray),
        lambda: evidence_of(xray, (float("nan"), *IDENTITY[1:])),
        lambda: replace(
            evidence_of(xray), points=(ControlPoint(Point(0, 0), Point(float("inf"), 0)),)
        ),
    ):
        with pytest.raises(ValueError):
            wrong()


class TestInAProject:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "x-räy % 1.tif"
        path.write_bytes(b"evidence")
        return path

    @pytest.fixture
    def kept(self, desk: Any, file: Path, xray: PixelSource) -> Any:
        """Make a project whose second step aligned evidence, and whose third removed it."""
        project, document = desk.create()
        reference = replace(PaintingReference.of(file, desk.path), sha256=hash_file(file) or "")
        evidence = Evidence(
            reference, xray.width, xray.height, IDENTITY, EvidenceMode.DIFFERENCE, xray
        )
        document.do("Import", adding_evidence(document.stack, evidence, "x-ray"))
        document.do("Align", aligning(document.stack, 3, DOUBLE, POINTS, AlignmentKind.AFFINE))
        document.do("Remove", document.stack.removing(3))
        document.undo()
        project.close()
        return desk

    def test_it_comes_back_aligned_with_its_history(self, kept, file, xray) -> None:
        opened: list[Path] = []

        def open_evidence(path: Path) -> PixelSource:
            opened.append(path)
            return xray

        project, document = kept.open(open_evidence=open_evidence)
        evidence = document.stack.layer(3).evidence
        assert evidence.matrix == DOUBLE
        assert (evidence.points, evidence.kind) == (POINTS, AlignmentKind.AFFINE)
        assert evidence.mode is EvidenceMode.DIFFERENCE
        assert evidence.source is xray
        assert Path(evidence.reference.path) == file
        document.undo()
        assert document.stack.layer(3).evidence.matrix == IDENTITY
        assert document.stack.layer(3).evidence.points == ()
        assert document.stack.layer(3).evidence.source is xray
        document.go_to(3)
        assert len(document.stack.layers) == 2
        document.undo()
        assert document.stack.layer(3).evidence.source is xray
        assert opened == [file]
        assert project.missing == ()
        assert project.verify() == []

    def test_a_missing_or_changed_file_is_a_notice_and_the_layer_stays(
        self, kept, file, xray
    ) -> None:
        file.write_bytes(b"another")
        project, document = kept.open(open_evidence=lambda _: xray)
        assert document.stack.layer(3).evidence.source is None
        assert "x-räy % 1.tif was not found, or is another file" in project.missing[0]
        project.close()
        file.unlink()
        project, document = kept.open(open_evidence=lambda _: xray)
        assert len(project.missing) == 1
        document.do("Other", document.stack.adding(LayerKind.MASK, "m"))
        project.close()
        file.write_bytes(b"evidence")
        project, document = kept.open(open_evidence=lambda _: xray)
        assert project.missing == ()
        assert document.stack.layer(3).evidence.source is xray

    def test_an_unreadable_file_is_a_notice(self, kept) -> None:
        def open_evidence(path: Path) -> PixelSource:
            raise ImageReadError(f"{path} is damaged.")

        project, _ = kept.open(open_evidence=open_evidence)
        assert "can no longer be read" in project.missing[0]

    def test_without_a_way_to_open_it_nothing_is_missed(self, kept) -> None:
        project, document = kept.open()
        assert document.stack.layer(3).evidence.source is None
        assert project.missing == ()
