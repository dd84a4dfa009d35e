from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from desktop.notices import Notices


def shown(qtbot: QtBot) -> Notices:
    notices = Notices()
    qtbot.addWidget(notices)
    notices.show()
    return notices


def test_the_newest_comes_first_and_only_a_few_stay(qtbot: QtBot) -> None:
    notices = shown(qtbot)
    for number in range(5):
        notices.show_notice(f"Sentence {number}.")
    assert notices.texts == ["Sentence 4.", "Sentence 3.", "Sentence 2."]


def test_the_same_sentence_is_not_shown_twice(qtbot: QtBot) -> None:
    notices = shown(qtbot)
    notices.show_notice("One.")
    notices.show_notice("Two.")
    notices.show_notice("One.")
    assert notices.texts == ["One.", "Two."]


def test_a_notice_goes_when_dismissed(qtbot: QtBot) -> None:
    notices = shown(qtbot)
    notices.show_notice("Read me.")
    (close,) = notices.findChildren(QToolButton)
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert notices.texts == []


def test_an_offer_is_taken_once(qtbot: QtBot) -> None:
    notices = shown(qtbot)
    taken: list[str] = []
    notices.show_notice("The mask is hidden.", ("Show It", lambda: taken.append("shown")))
    (offer,) = notices.findChildren(QPushButton)
    qtbot.mouseClick(offer, Qt.MouseButton.LeftButton)
    assert taken == ["shown"]
    assert notices.texts == []


def test_text_is_never_taken_for_markup(qtbot: QtBot) -> None:
    notices = shown(qtbot)
    notices.show_notice("<b>painting</b>.tif cannot be read.")
    assert notices.texts == ["<b>painting</b>.tif cannot be read."]


def test_a_hint_goes_when_it_holds_no_longer_and_notices_stay(qtbot: QtBot) -> None:
    notices = Notices()
    qtbot.addWidget(notices)
    notices.show_notice("The disk is full.")
    notices.show_hint("The mask is hidden.")
    notices.show_hint("The mask is locked.")
    assert notices.texts == ["The mask is locked.", "The disk is full."]
    notices.drop_hints()
    assert notices.texts == ["The disk is full."]
