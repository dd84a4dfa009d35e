"""Every word the window shows goes through Qt's translation: read off the code, file by file."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

DESKTOP = Path(__file__).resolve().parents[2] / "desktop"
TERMINAL = {"__main__.py", "headless.py", "display.py", "request.py"}
"""What these say is printed before there is a window, or instead of one."""
TRANSLATING = {"tr", "_tr", "_t", "_translated", "translate", "QT_TRANSLATE_NOOP"}
UNSEEN = {"exception", "warning", "info", "debug", "error", "setStyleSheet", "setObjectName",
          "getLogger", "cast", "create", "Formatter"}  # fmt: skip
"""Calls whose texts nobody sees on the screen: log lines, style sheets, names of jobs."""
SHOWING = {
    "setText", "setWindowTitle", "setToolTip", "setStatusTip", "setAccessibleName",
    "setAccessibleDescription", "setPlaceholderText", "setTitle", "setSpecialValueText", "addItem",
    "addAction", "addMenu", "addButton", "addTab", "addRow", "setTabText", "setFormat",
    "setHorizontalHeaderLabels", "setLabelText", "setInformativeText", "show_notice", "show_hint",
    "getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory", "QLabel",
    "QAction", "QPushButton", "QCheckBox", "QRadioButton", "QToolButton", "QGroupBox", "QMenu",
    "QMessageBox", "QDockWidget", "QToolBar", "SliderField", "QTableWidgetItem",
}  # fmt: skip
NAMES = {"Lacuna"}
"""Of the program: the same in every language."""
STYLE = {"theme.py", "icons.py", "scale_field.py"}
"""Style sheets and drawings."""
SENTENCE = re.compile(r"^\s*[A-Z“].*[^\W\d_]\s+[^\W\d_]{2,}")


def files() -> list[Path]:
    found = [path for path in sorted(DESKTOP.rglob("*.py")) if path.name not in TERMINAL | STYLE]
    assert len(found) > 100
    return found


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def text_of(node: ast.AST) -> str:
    """Return the letters of a literal; of one with values in it, what is written around them."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else ""  # type: ignore[attr-defined]


def untranslated(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the lines of literals that a user would read, and that no translator would."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}

    def around(node: ast.AST) -> Iterator[ast.AST]:
        while node in parents:
            node = parents[node]
            yield node

    for node in ast.walk(tree):
        text = text_of(node)
        if not any(letter.isalpha() for letter in text) or text in NAMES:
            continue
        outer = list(around(node))
        is_documentation = isinstance(outer[0], ast.Expr)
        is_handled = any(called(each) in TRANSLATING | UNSEEN for each in outer)
        is_for_programmers = any(isinstance(each, ast.Raise | ast.Assert) for each in outer)
        if is_documentation or is_handled or is_for_programmers:
            continue
        is_shown = called(outer[0]) in SHOWING and node in outer[0].args  # type: ignore[attr-defined]
        if is_shown or SENTENCE.search(text):
            yield node.lineno, text  # type: ignore[attr-defined]


def test_what_a_user_reads_is_translated() -> None:
    found = [
        f"{path.name}:{line}: {text}"
        for path in files()
        for line, text in untranslated(ast.parse(path.read_text("utf-8")))
    ]
    assert not found


def test_what_is_translated_holds_no_values_yet() -> None:
    """A translator finds the text by what it is in the code, so values are put in afterwards."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and called(node) in TRANSLATING
        if any(isinstance(argument, ast.JoinedStr) for argument in node.args)
    ]
    assert not found


def test_the_search_finds_what_it_looks_for() -> None:
    code = """
def build(self, number):
    "A docstring is no text on the screen."
    self.label.setText("Retouch")
    self.label.setText(self.tr("Retouch"))
    text = f"Restored {number} losses."
    log.warning("Nobody reads this but us.")
    raise ValueError("Nor does a user read this.")
"""
    assert sorted(line for line, _ in untranslated(ast.parse(code))) == [4, 6]
