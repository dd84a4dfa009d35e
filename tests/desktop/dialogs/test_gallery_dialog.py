from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QPushButton
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from core.inpainting.card import GeneratorCard
from core.inpainting.loss_labels import LossLabels
from core.inpainting.variants import Variant
from desktop.dialogs.gallery_dialog import GalleryDialog
from desktop.jobs import Jobs
from desktop.trying import Attempt, Choice, TryRequest

LEFT = Qt.MouseButton.LeftButton
LOSSES = (Rect(80, 80, 120, 120), Rect(480, 280, 80, 80))
CARDS = [GeneratorCard(name, name, f"Fills {name}.", "classical") for name in ("red", "blue", "no")]


class FakeTrying(QObject):
    labelled = Signal(object)
    progressed = Signal(int, float, str)
    arrived = Signal(int, object)
    missed = Signal(int, str)
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_running = False

    def start(self) -> None:
        self.is_running = True

    def cancel(self) -> None:
        if self.is_running:
            self.is_running = False
            self.ended.emit()


def variant(layers: LayerStack, number: int, notices: tuple[str, ...] = ()) -> Variant:
    surface = layers.adding(LayerKind.RETOUCH, "").layers[-1].pixels
    for rect in LOSSES:
        pixels = np.zeros((rect.height, rect.width, 4), np.uint16)
        pixels[..., (0, 2)[number]] = pixels[..., 3] = 65535
        surface = surface.writing(rect, pixels)
    return Variant(CARDS[number], 0, (), surface, 1.25 + number, 0.0123, "cpu", notices)


@pytest.fixture
def layers(make_document: Callable[..., Document]) -> LayerStack:
    stack = make_document().stack
    surface = stack.layers[1].pixels
    for rect in LOSSES:
        surface = surface.writing(rect, np.full((rect.height, rect.width), 255, np.uint8))
    return stack.with_surface(2, surface)


@pytest.fixture
def trying() -> FakeTrying:
    return FakeTrying()


@pytest.fixture
def gallery(qtbot: QtBot, layers: LayerStack, trying: FakeTrying) -> Iterator[GalleryDialog]:
    attempts = tuple(Attempt(card) for card in CARDS)
    request = TryRequest(layers, ColorProfile.of(None, 3), attempts, "cpu", "auto")
    jobs = Jobs()
    shown = GalleryDialog(request, None, jobs, lambda: trying)  # type: ignore[arg-type,return-value]
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.resize(1000, 500)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    shown.detach()
    assert jobs.close()


def filled(gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying) -> None:
    trying.labelled.emit(LossLabels.of(layers))
    for number in (0, 1):
        trying.progressed.emit(number, 0.5, "Filling")
        trying.arrived.emit(number, variant(layers, number))
    trying.missed.emit(2, "It is broken.")
    trying.cancel()


def click(gallery: GalleryDialog, number: int, point: Point) -> None:
    view = gallery.cells[number].view
    place = view.view.to_device(point)
    ratio = view.devicePixelRatioF()
    at = QPoint(round(place.x / ratio), round(place.y / ratio))
    QTest.mouseClick(view, LEFT, pos=at)


def button(gallery: GalleryDialog, text: str, number: int = 0) -> QPushButton:
    return [b for b in gallery.findChildren(QPushButton) if b.text() == text][number]


def box(gallery: GalleryDialog, text: str, number: int = 0) -> QCheckBox:
    return [b for b in gallery.findChildren(QCheckBox) if b.text() == text][number]


def test_fills_are_shown_as_they_come_with_what_is_known_of_them(
    qtbot: QtBot,
    gallery: GalleryDialog,
    layers: LayerStack,
    trying: FakeTrying,
    settle: Callable[[object], None],
) -> None:
    assert not button(gallery, "Place Chosen Fill").isEnabled()
    assert [cell.facts for cell in gallery.cells] == ["Waiting for its turn…"] * 3
    trying.progressed.emit(0, 0.5, "Filling window 2 of 4")
    assert gallery.cells[0].facts == "Filling window 2 of 4 · 50%"
    filled(gallery, layers, trying)
    assert gallery.cells[0].facts == "1.2 s on the CPU · edge error 1.23 %"
    assert gallery.cells[2].reason == "It is broken."
    assert not gallery.cells[2].view.isVisible()
    assert gallery.choice == Choice({1: 0, 2: 0}, [])
    for number, channel in ((0, 0), (1, 2)):
        view = gallery.cells[number].view
        settle(view)
        place = view.view.to_device(Point(140, 140))
        color = view.grab().toImage().pixelColor(int(place.x), int(place.y))
        assert color.getRgb()[channel] > 200
        assert color.green() < 60


def test_a_loss_is_taken_from_the_fill_it_is_clicked_in(
    gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying
) -> None:
    filled(gallery, layers, trying)
    click(gallery, 1, Point(520, 320))
    assert gallery.choice == Choice({1: 0, 2: 1}, [])
    click(gallery, 1, Point(350, 60))
    click(gallery, 2, Point(140, 140))
    assert gallery.choice == Choice({1: 0, 2: 1}, [])
    QTest.mouseClick(button(gallery, "Use for All", 1), LEFT)
    assert gallery.choice == Choice({1: 1, 2: 1}, [])


def test_the_choice_is_placed_and_cancelling_places_nothing(
    gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying
) -> None:
    heard: list[tuple[object, object]] = []
    gallery.placed.connect(
        lambda _labels, variants, choice: heard.append((sorted(variants), choice))
    )
    filled(gallery, layers, trying)
    QTest.mouseClick(box(gallery, "Keep as hidden layer", 1), LEFT)
    assert gallery.choice.hidden == [1]
    gallery.reject()
    assert heard == []
    QTest.mouseClick(button(gallery, "Place Chosen Fill"), LEFT)
    assert heard == [([0, 1], Choice({1: 0, 2: 0}, [1]))]


def test_where_the_fills_differ_is_heated_on_demand(
    qtbot: QtBot, gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying
) -> None:
    assert not box(gallery, "&Where the machines guess").isEnabled()
    filled(gallery, layers, trying)
    assert gallery.heat == []
    box(gallery, "&Where the machines guess").click()
    qtbot.waitUntil(lambda: bool(gallery.heat))
    assert [heat.rect for heat in gallery.heat] == list(LOSSES)
    assert all(cell.view._heat for cell in gallery.cells)
    box(gallery, "&Where the machines guess").click()
    assert not any(cell.view._heat for cell in gallery.cells)


def test_stopping_keeps_what_is_there(
    gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying
) -> None:
    trying.labelled.emit(LossLabels.of(layers))
    trying.arrived.emit(0, variant(layers, 0))
    QTest.mouseClick(button(gallery, "Stop"), LEFT)
    assert not gallery.is_trying
    assert [cell.reason for cell in gallery.cells] == ["", "Stopped.", "Stopped."]
    assert button(gallery, "Place Chosen Fill").isEnabled()
    assert not button(gallery, "Stop").isVisible()


def test_small_losses_are_looked_at_from_near_until_the_user_looks_elsewhere(
    gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying
) -> None:
    mask, far = layers.layers[1].pixels, LOSSES[0]
    without = mask.writing(far, np.zeros((far.height, far.width), np.uint8))
    one = LossLabels.of(layers.with_surface(2, without))
    whole = gallery.cells[0].view.scale
    trying.labelled.emit(LossLabels.of(layers))
    assert gallery.cells[0].view.scale == whole, "far apart: the whole shows them best"
    trying.labelled.emit(one)
    for cell in gallery.cells:
        view = cell.view
        assert view.scale == 1.0
        middle = view.view.to_document(Point(view.width() / 2, view.height() / 2))
        assert (middle.x, middle.y) == pytest.approx((520, 320), abs=8)
    gallery.cells[1].view.pan_by(40, 30)
    looked = gallery.cells[0].view.view
    trying.labelled.emit(one)
    assert gallery.cells[0].view.view == looked


def test_the_middle_stays_in_the_middle_of_all_when_the_window_is_resized(
    qtbot: QtBot, gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying
) -> None:
    filled(gallery, layers, trying)
    gallery.cells[0].view.zoom_to(2.0)
    gallery.cells[0].view.centre_on(Point(500, 300))
    gallery.resize(1300, 750)
    qtbot.waitUntil(lambda: gallery.cells[1].view.width() > 350)
    for cell in gallery.cells[:2]:
        view = cell.view
        middle = view.view.to_document(Point(view.width() / 2, view.height() / 2))
        assert (middle.x, middle.y) == pytest.approx((500, 300), abs=2)


def test_all_pictures_are_looked_at_in_one_place(
    gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying
) -> None:
    filled(gallery, layers, trying)
    first, second = (cell.view for cell in gallery.cells[:2])
    second.zoom_to(2.0)
    assert first.view == second.view
    first.pan_by(13, -7)
    assert first.view == second.view
    box(gallery, "&Unfilled").click()
    assert first.is_original_shown
    assert second.is_original_shown


def test_it_fits_a_screen_of_1024_by_640(
    gallery: GalleryDialog, layers: LayerStack, trying: FakeTrying
) -> None:
    filled(gallery, layers, trying)
    least = gallery.minimumSizeHint()
    assert least.width() <= 1024
    assert least.height() <= 600
