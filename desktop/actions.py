"""All actions of the window as data: names, texts, keys, icons, and the menus they stand in."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from desktop.icons import icon


class Spec(NamedTuple):
    """One action. `keys` are portable key sequences; `needs` says when it is enabled."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    needs: str = "painting"
    is_checkable: bool = False
    is_checked: bool = False


def _t(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("Actions", text))


TOOLS = (
    "brush", "eraser", "line", "rectangle", "ellipse", "polygon", "lasso", "wand", "loss", "pan",
    "pick", "measure", "clone", "heal", "smudge",
)  # fmt: skip
UNITS = ("unit_px", "unit_mm", "unit_cm")

_SPECS = (
    Spec("open", _t("&Open Painting…"), ("Ctrl+O",), "open", needs=""),
    Spec("sample", _t("Open the &Sample Painting"), needs=""),
    Spec("import_mask", _t("&Import Mask…")),
    Spec("import_evidence", _t("Import E&vidence…")),
    Spec("align", _t("&Align Evidence…"), needs="evidence"),
    Spec("export_mask", _t("Export &Mask…"), needs="mask"),
    Spec("export", _t("&Export as TIFF…"), ("Ctrl+Shift+E",), "export"),
    Spec("close", _t("&Close Painting"), ("Ctrl+W",)),
    Spec("quit", _t("&Quit"), ("Ctrl+Q",), needs=""),
    Spec("undo", _t("&Undo"), ("Ctrl+Z",), "undo", needs="undo"),
    Spec("redo", _t("&Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", needs="redo"),
    Spec("clear_mask", _t("&Clear Mask"), ("Ctrl+D",), needs="mask"),
    Spec("brush", _t("&Brush"), ("B",), "brush", is_checkable=True, is_checked=True),
    Spec("eraser", _t("&Eraser"), ("E",), "eraser", is_checkable=True),
    Spec("line", _t("Li&ne Brush"), ("Shift+B",), "line", is_checkable=True),
    Spec("rectangle", _t("&Rectangle"), ("M",), "rectangle", is_checkable=True),
    Spec("ellipse", _t("E&llipse"), ("Shift+M",), "ellipse", is_checkable=True),
    Spec("polygon", _t("Poly&gon"), ("Shift+L",), "polygon", is_checkable=True),
    Spec("lasso", _t("L&asso"), ("L",), "lasso", is_checkable=True),
    Spec("wand", _t("Magic &Wand"), ("W",), "wand", is_checkable=True),
    Spec("loss", _t("Select &Loss"), ("Shift+W",), "loss", is_checkable=True),
    Spec("pan", _t("&Pan"), ("H",), "pan", is_checkable=True),
    Spec("pick", _t("P&ick Samples"), ("I",), "pick", is_checkable=True),
    Spec("clone", _t("&Clone Stamp"), ("S",), "clone", is_checkable=True),
    Spec("heal", _t("&Heal"), ("J",), "heal", is_checkable=True),
    Spec("smudge", _t("S&mudge"), ("Shift+S",), "smudge", is_checkable=True),
    Spec("measure", _t("&Measure"), ("Shift+I",), "measure", is_checkable=True),
    Spec("smaller", _t("Brush &Smaller"), ("[",)),
    Spec("larger", _t("Brush &Larger"), ("]",)),
    Spec("softer", _t("Brush S&ofter"), ("{",)),
    Spec("harder", _t("Brush &Harder"), ("}",)),
    Spec("invert_mask", _t("&Invert"), ("Ctrl+Shift+I",), needs="mask"),
    Spec("grow_mask", _t("&Grow…"), needs="mask"),
    Spec("shrink_mask", _t("&Shrink…"), needs="mask"),
    Spec("feather_mask", _t("&Feather…"), needs="mask"),
    Spec("fill_holes", _t("Fill &Holes"), needs="mask"),
    Spec("mask_from_retouch", _t("Mask from &Retouch"), needs="retouch"),
    Spec("limit_retouch", _t("&Limit Retouch to Mask"), needs="retouch on mask"),
    Spec("mask_color", _t("Mask C&olour…"), needs=""),
    Spec("operator", _t("Your &Name for the Record…"), needs=""),
    Spec("hand", _t("Pen and S&trokes…"), needs=""),
    Spec("memory", _t("Memory and &Disk…"), needs=""),
    Spec("shortcuts", _t("&Keyboard Shortcuts…"), needs=""),
    Spec("zoom_in", _t("Zoom &In"), ("Ctrl++", "Ctrl+=")),
    Spec("zoom_out", _t("Zoom &Out"), ("Ctrl+-",)),
    Spec("fit", _t("&Fit in Window"), ("Ctrl+0",)),
    Spec("actual", _t("&Actual Pixels (100 %)"), ("Ctrl+1",)),
    Spec("original", _t("Show the &Original"), (), "original", is_checkable=True),
    Spec("assessment", _t("Assessment &Surround"), ("Ctrl+B",), is_checkable=True),
    Spec("split", _t("Before and After, Split"), ("Y",), is_checkable=True),
    Spec("beside", _t("Before and After, Side b&y Side"), ("Shift+Y",), is_checkable=True),
    Spec("blink", _t("Before and After, Blin&king"), ("K",), is_checkable=True),
    Spec(
        "origins", _t("&Where Brushwork Comes From"), ("Ctrl+Shift+O",), needs="", is_checkable=True
    ),
    Spec("turn_right", _t("Turn &Right by 90°"), ("Ctrl+.",)),
    Spec("turn_left", _t("Turn &Left by 90°"), ("Ctrl+,",)),
    Spec("turn_right_step", _t("Turn Right by &15°"), ("Ctrl+Alt+.",)),
    Spec("turn_left_step", _t("Turn L&eft by 15°"), ("Ctrl+Alt+,",)),
    Spec("turn_by", _t("&Turn by…")),
    Spec("mirror", _t("&Mirror"), ("Ctrl+M",)),
    Spec("upright", _t("&As It Is"), ("Ctrl+Alt+0",)),
    Spec("rulers", _t("&Rulers"), ("Ctrl+Shift+R",), needs="", is_checkable=True),
    Spec("grid", _t("&Grid"), ("Ctrl+'",), needs="", is_checkable=True),
    Spec("unit_px", _t("&Pixels"), needs="", is_checkable=True, is_checked=True),
    Spec("unit_mm", _t("&Millimetres"), needs="", is_checkable=True),
    Spec("unit_cm", _t("&Centimetres"), needs="", is_checkable=True),
    Spec("dimensions", _t("&Dimensions of the Painting…")),
    Spec("stretch", _t("&Stretch Contrast to What Is Seen"), ("Ctrl+Shift+L",)),
    Spec("natural", _t("&Natural Tones and Colours")),
    Spec("monitor", _t("Monitor Pro&file…"), needs=""),
    Spec("next_area", _t("Go to the &Next Area"), ("F6",), needs=""),
    Spec("panels", _t("Hide &Panels"), ("Tab",), needs="", is_checkable=True),
    Spec("full_screen", _t("F&ull Screen"), ("F11",), needs="", is_checkable=True),
    Spec("add_mask", _t("New &Mask"), ("Ctrl+Shift+M",), "add-mask"),
    Spec("add_retouch", _t("New &Retouch Layer"), ("Ctrl+Shift+N",), "add-layer"),
    Spec("duplicate", _t("D&uplicate Layer"), ("Ctrl+J",), "duplicate", needs="layer"),
    Spec("raise", _t("Move &Up"), ("Ctrl+]",), "up", needs="raise"),
    Spec("lower", _t("Move &Down"), ("Ctrl+[",), "down", needs="lower"),
    Spec("group", _t("&Group"), ("Ctrl+G",), "group"),
    Spec("ungroup", _t("U&ngroup"), ("Ctrl+Shift+G",), needs="group"),
    Spec("merge", _t("Mer&ge Down"), ("Ctrl+E",), "merge", needs="merge"),
    Spec("lock", _t("&Lock or Unlock"), ("/",), "lock", needs="layer"),
    Spec("solo", _t("Show &Only This"), ("Ctrl+Shift+H",), needs="layer"),
    Spec("delete", _t("D&elete Layer"), (), "delete", needs="layer"),
    Spec("restore", _t("&Restore Losses"), ("Ctrl+Return", "Ctrl+Enter"), needs="restore"),
    Spec("try_several", _t("Try &Several…"), ("Ctrl+Shift+Return",), needs="restore"),
    Spec("cancel", _t("&Cancel"), ("Esc",), needs="running"),
    Spec("about", _t("&About Lacuna"), needs=""),
)

_MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_t("&File"), ("open", "*recent", "sample", "-", "import_mask", "export_mask", "-", "export",
                   "-", "close", "quit")),
    (_t("&Edit"), ("undo", "redo", "-", *TOOLS, "-", "smaller", "larger", "softer", "harder", "-",
                   "operator", "hand", "shortcuts", "memory")),
    (_t("&Mask"), ("add_mask", "import_mask", "export_mask", "-", "invert_mask", "clear_mask", "-",
                   "grow_mask", "shrink_mask", "feather_mask", "fill_holes", "-",
                   "mask_from_retouch", "limit_retouch", "-", "mask_color")),
    (_t("&View"), ("zoom_in", "zoom_out", "fit", "actual", "-", "original", "split", "beside",
                   "blink", "origins", "assessment", "-", "*turn", "*rulers", "*look", "monitor",
                   "-", "*docks", "panels", "full_screen", "next_area")),
    (_t("&Layer"), ("add_mask", "add_retouch", "duplicate", "merge", "delete", "-", "group",
                    "ungroup", "-", "raise", "lower", "-", "lock", "solo", "-",
                    "import_evidence", "align")),
    (_t("&Restore"), ("restore", "try_several", "cancel")),
    (_t("&Help"), ("about",)),
)  # fmt: skip

_SUBMENUS: dict[str, tuple[str, tuple[str, ...]]] = {
    "turn": (
        _t("&Turn and Mirror"),
        (
            "turn_right",
            "turn_left",
            "turn_right_step",
            "turn_left_step",
            "turn_by",
            "mirror",
            "-",
            "upright",
        ),
    ),
    "rulers": (_t("&Rulers and Grid"), ("rulers", "grid", "-", *UNITS, "-", "dimensions")),
    "look": (_t("Tones and &Colours"), ("stretch", "natural")),
}


class Actions(QObject):
    """The actions by name, and the menus. What they do is connected by others with `on`."""

    def __init__(self, parent: QObject, keys: Mapping[str, str] | None = None) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        self._needs: dict[str, str] = {}
        self.submenus: dict[str, QMenu] = {}
        for spec in _SPECS:
            self._make(spec, keys or {})
        for names in (TOOLS, UNITS):
            group = QActionGroup(self)
            for name in names:
                group.addAction(self._actions[name])

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def on(self, name: str, function: Callable[[], object]) -> None:
        """Call a function when the action is triggered."""
        self._actions[name].triggered.connect(lambda _checked=False: function())

    def enable(self, abilities: set[str]) -> None:
        """Enable the actions whose need is among what is possible now, disable the others."""
        for name, action in self._actions.items():
            need = self._needs[name]
            action.setEnabled(not need or need in abilities)

    def fill(self, bar: QMenuBar) -> None:
        """Build the menus; places marked * become sub-menus, found in `submenus`."""
        for title, names in _MENUS:
            self._fill(bar.addMenu(_translated(title)), names)

    def rebind(self, keys: Mapping[str, str]) -> None:
        """Give actions other keys than their own; those not named get their own."""
        for spec in _SPECS:
            self._bind(spec, keys)

    def own_keys(self) -> dict[str, tuple[str, ...]]:
        """Return the keys of each action before any is given others, by name."""
        return {spec.name: spec.keys for spec in _SPECS}

    def plain_texts(self) -> dict[str, str]:
        """Return what each action is called, whatever it would do just now, by name."""
        return {spec.name: _plain(_translated(spec.text)) for spec in _SPECS}

    def _fill(self, menu: QMenu, names: tuple[str, ...]) -> None:
        for name in names:
            if name == "-":
                menu.addSeparator()
            elif name.startswith("*"):
                title, inner = _SUBMENUS.get(name[1:], ("", ()))
                self.submenus[name[1:]] = QMenu(_translated(title) if title else "", menu)
                self._fill(self.submenus[name[1:]], inner)
                menu.addMenu(self.submenus[name[1:]])
            else:
                menu.addAction(self._actions[name])

    def _make(self, spec: Spec, keys: Mapping[str, str]) -> None:
        action = QAction(_translated(spec.text), self)
        action.setObjectName(spec.name)
        action.setCheckable(spec.is_checkable)
        action.setChecked(spec.is_checked)
        if spec.icon:
            action.setIcon(icon(spec.icon))
            # Icons stand on buttons; menus stay quiet.
            action.setIconVisibleInMenu(False)
        if spec.name == "panels":
            # Elsewhere Tab moves the focus, without which the window cannot be used by keyboard.
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._actions[spec.name] = action
        self._needs[spec.name] = spec.needs
        self._bind(spec, keys)

    def _bind(self, spec: Spec, keys: Mapping[str, str]) -> None:
        action = self._actions[spec.name]
        names = (keys[spec.name],) if spec.name in keys else spec.keys
        action.setShortcuts([QKeySequence(name) for name in names if name])
        plain = _plain(action.text())
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{plain}  ({key})" if key else plain)


def _plain(text: str) -> str:
    return text.replace("&", "").rstrip("…")


def _translated(text: str) -> str:
    return QCoreApplication.translate("Actions", text)
