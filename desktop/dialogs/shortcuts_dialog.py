"""The dialog that gives commands other keys."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.dialog_size import resize_on_screen
from desktop.shortcuts import HELD, Keymap, held_key, normal
from desktop.theme import BRIGHT, MUTED, TEXT, grey, muted

_NAME = Qt.ItemDataRole.UserRole


class ShortcutsDialog(QDialog):
    """changed(Keymap): at once, with every change. `texts` names the commands, in their order."""

    changed = Signal(object)

    def __init__(
        self, keymap: Keymap, texts: Mapping[str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.keymap = keymap
        self._texts = texts
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        resize_on_screen(self, QSize(560, 620))
        self._filter = QLineEdit(self)
        self._filter.setPlaceholderText(self.tr("Look for a command or a key"))
        self._filter.setAccessibleName(self._filter.placeholderText())
        self._filter.setClearButtonEnabled(True)
        self._list = QTreeWidget(self)
        self._list.setAccessibleName(self.tr("Commands and their keys"))
        self._list.setHeaderLabels([self.tr("Command"), self.tr("Keys")])
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._list.header().setStretchLastSection(False)
        self._edit = QKeySequenceEdit(self)
        self._edit.setMaximumSequenceLength(1)
        self._edit.setAccessibleName(self.tr("New key"))
        self._message = muted(QLabel(self))
        self._message.setWordWrap(True)
        self._message.setMinimumHeight(2 * self._message.fontMetrics().height() + 4)
        self._assign = QPushButton(self.tr("Assign"), self)
        self._none = QPushButton(self.tr("No Key"), self)
        self._reset = QPushButton(self.tr("Reset"), self)
        self._reset_all = QPushButton(self.tr("Reset All"), self)
        self._build()
        self._filter.textChanged.connect(lambda _text: self._hide_rows())
        self._list.currentItemChanged.connect(lambda *_: self._chosen())
        self._edit.keySequenceChanged.connect(lambda _keys: self._judge())
        self._assign.clicked.connect(lambda: self._give(self._typed))
        self._none.clicked.connect(lambda: self._give(""))
        self._reset.clicked.connect(self._reset_one)
        self._reset_all.clicked.connect(self._reset_every)
        self._fill()
        self.choose(next(iter(texts)))

    @property
    def message(self) -> str:
        """What is said of the key that was pressed."""
        return self._message.text()

    def choose(self, name: str) -> None:
        """Choose a command."""
        self._list.setCurrentItem(self._items[name])

    @property
    def _name(self) -> str:
        item = self._list.currentItem()
        return "" if item is None else str(item.data(0, _NAME))

    @property
    def _typed(self) -> str:
        return self._edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _fill(self) -> None:
        self._items: dict[str, QTreeWidgetItem] = {}
        for name, text in self._texts.items():
            item = QTreeWidgetItem([text, ""])
            item.setData(0, _NAME, name)
            item.setSizeHint(0, QSize(0, 2 * self.fontMetrics().height() - 4))
            self._items[name] = item
            self._list.addTopLevelItem(item)
        self._show_keys()

    def _show_keys(self) -> None:
        for name, item in self._items.items():
            keys = [_native(key) for key in self.keymap.keys(name)]
            item.setText(1, self.tr(" or ").join(keys))
            is_own = self.keymap.is_own(name)
            item.setForeground(1, grey(MUTED if is_own else BRIGHT))
            item.setForeground(0, grey(TEXT if is_own else BRIGHT))
            font = item.font(0)
            font.setBold(not is_own)
            for column in (0, 1):
                item.setFont(column, font)
        self._reset_all.setEnabled(bool(self.keymap.chosen))

    def _hide_rows(self) -> None:
        wanted = self._filter.text().casefold()
        for item in self._items.values():
            found = wanted in f"{item.text(0)} {item.text(1)}".casefold()
            item.setHidden(not found)

    def _chosen(self) -> None:
        self._edit.clear()
        self._judge()

    def _judge(self) -> None:
        """Say what giving the key would do."""
        name, key = self._name, self._typed
        owners = self.keymap.owners(key, name) if name else ()
        text = self.tr("Choose a command, then press the new key in the field below.")
        can_assign = bool(name and key) and normal(key) not in map(normal, self.keymap.keys(name))
        if name in HELD and key and not _is_bare(key):
            can_assign = False
            text = self.tr("This key works while it is held: it can only be one key by itself.")
        elif owners:
            text = self.tr("{0} belongs to “{1}”, which would lose it.").format(
                _native(key), "”, “".join(self._texts[owner] for owner in owners)
            )
        elif can_assign:
            text = self.tr("{0} is free.").format(_native(key))
        self._message.setText(text)
        self._assign.setText(self.tr("Assign Anyway") if owners else self.tr("Assign"))
        self._assign.setEnabled(can_assign)
        self._none.setEnabled(bool(name and name not in HELD and self.keymap.keys(name)))
        self._reset.setEnabled(bool(name) and not self.keymap.is_own(name))

    def _give(self, key: str) -> None:
        if self._name:
            self._change(self.keymap.giving(self._name, key))

    def _reset_one(self) -> None:
        self._change(self.keymap.resetting(self._name))

    def _reset_every(self) -> None:
        self._change(Keymap(self.keymap.defaults, {}))

    def _change(self, keymap: Keymap) -> None:
        self.keymap = keymap
        self._show_keys()
        self._chosen()
        self.changed.emit(keymap)

    def _build(self) -> None:
        close = QPushButton(self.tr("Close"), self)
        close.clicked.connect(self.accept)
        for button in (self._assign, self._none, self._reset, self._reset_all, close):
            # Return is a key that may be given to a command, too.
            button.setAutoDefault(False)
        keys = QHBoxLayout()
        keys.addWidget(self._edit, 1)
        keys.addWidget(self._assign)
        keys.addWidget(self._none)
        keys.addWidget(self._reset)
        foot = QHBoxLayout()
        foot.addWidget(self._reset_all)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(10)
        column.addWidget(self._filter)
        column.addWidget(self._list, 1)
        column.addWidget(self._message)
        column.addLayout(keys)
        column.addSpacing(6)
        column.addLayout(foot)


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _is_bare(key: str) -> bool:
    try:
        held_key(key, "")
    except ValueError:
        return False
    return True
