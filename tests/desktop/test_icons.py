import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage
from pytestqt.qtbot import QtBot

from core.image.surface import U8
from desktop.actions import _SPECS
from desktop.icons import _OUTLINES, app_icon, icon


def pixels(image: QImage) -> U8:
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), np.uint8)
    return rows.reshape(image.height(), image.width(), 4).copy()


@pytest.mark.parametrize("name", sorted(_OUTLINES))
def test_every_icon_is_drawn_without_hue_at_every_size(qtbot: QtBot, name: str) -> None:
    for side in (16, 20, 48):
        drawn = pixels(icon(name).pixmap(QSize(side, side)).toImage())
        assert drawn.shape[:2] == (side, side)
        assert drawn[..., 3].any()
        visible = drawn[drawn[..., 3] == 255]
        assert (visible[:, 0] == visible[:, 1]).all()
        assert (visible[:, 1] == visible[:, 2]).all()


def test_icons_are_drawn_anew_for_each_pixel_ratio_and_not_scaled(qtbot: QtBot) -> None:
    once, twice = icon("pan").pixmap(QSize(20, 20), 1.0), icon("pan").pixmap(QSize(20, 20), 2.0)
    assert (once.width(), twice.width()) == (20, 40)
    enlarged = once.toImage().scaled(40, 40)
    assert not np.array_equal(pixels(twice.toImage()), pixels(enlarged))


def test_a_disabled_icon_is_fainter(qtbot: QtBot) -> None:
    normal = pixels(icon("undo").pixmap(QSize(32, 32), QIcon.Mode.Normal).toImage())
    disabled = pixels(icon("undo").pixmap(QSize(32, 32), QIcon.Mode.Disabled).toImage())
    assert disabled[..., :3].max() < normal[..., :3].max()


def test_every_icon_an_action_names_exists() -> None:
    assert {spec.icon for spec in _SPECS if spec.icon} <= set(_OUTLINES)


def test_the_program_has_an_icon_of_its_own(qtbot: QtBot) -> None:
    assert pixels(app_icon().pixmap(64, 64).toImage())[..., 3].any()
