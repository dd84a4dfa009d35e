"""The achromatic dark look: every colour of the chrome has R = G = B, so it tints no judgement."""

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QStyleFactory, QWidget

# Grey levels. Text on WINDOW: 10 : 1; MUTED on WINDOW: 5.5 : 1; FAINT is for what is disabled.
FIELD = 0x1E
WINDOW = 0x2B
RAISED = 0x3A
HOVER = 0x46
SELECTED = 0x54
EDGE = 0x1A
LINE = 0x42
FAINT = 0x76
MUTED = 0xA6
TEXT = 0xDC
BRIGHT = 0xF2


def grey(level: int) -> QColor:
    """Return an opaque neutral grey, 0..255."""
    return QColor(level, level, level)


def apply_theme(app: QApplication) -> None:
    """Give the application its style, palette, font rendering and style sheet."""
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(_palette())
    font = app.font()
    # Subpixel rendering would fringe every letter with colour.
    font.setStyleStrategy(
        QFont.StyleStrategy.PreferAntialias | QFont.StyleStrategy.NoSubpixelAntialias
    )
    app.setFont(font)
    app.setStyleSheet(_style_sheet())


def scaled_font(widget: QWidget, factor: float, *, is_bold: bool = False) -> QFont:
    """Return a widget's font at another size, so that the user's own size still counts."""
    font = QFont(widget.font())
    font.setPointSizeF(max(6.0, QApplication.font().pointSizeF() * factor))
    font.setBold(is_bold)
    return font


def muted(label: QLabel, factor: float = 1.0) -> QLabel:
    """Make a label secondary: greyer, and of another size if asked; return it."""
    label.setProperty("role", "muted")
    if factor != 1.0:
        label.setFont(scaled_font(label, factor))
    return label


def _palette() -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    levels = {
        role.Window: WINDOW,
        role.WindowText: TEXT,
        role.Base: FIELD,
        role.AlternateBase: 0x24,
        role.Text: TEXT,
        role.PlaceholderText: FAINT,
        role.Button: RAISED,
        role.ButtonText: TEXT,
        role.BrightText: 0xFF,
        role.ToolTipBase: 0x14,
        role.ToolTipText: TEXT,
        role.Highlight: SELECTED,
        role.HighlightedText: BRIGHT,
        role.Accent: 0xC8,
        role.Link: BRIGHT,
        role.LinkVisited: MUTED,
        role.Light: HOVER,
        role.Midlight: LINE,
        role.Mid: 0x24,
        role.Dark: EDGE,
        role.Shadow: 0x0C,
    }
    for which, level in levels.items():
        palette.setColor(which, grey(level))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, grey(FAINT))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Accent, grey(FAINT))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, grey(RAISED))
    return palette


def _style_sheet() -> str:
    names = {
        "FIELD": FIELD, "WINDOW": WINDOW, "RAISED": RAISED, "HOVER": HOVER, "SELECTED": SELECTED,
        "EDGE": EDGE, "LINE": LINE, "FAINT": FAINT, "MUTED": MUTED, "TEXT": TEXT, "BRIGHT": BRIGHT,
    }  # fmt: skip
    sheet = _SHEET
    for name, level in names.items():
        sheet = sheet.replace(f"@{name};", f"{grey(level).name()};")
    return sheet


_SHEET = """
QLabel[role="muted"] { color: @MUTED; }
QToolTip { background: #141414; color: @TEXT; border: 1px solid @LINE; padding: 4px 6px; }

QMenuBar { background: @EDGE; padding: 2px 4px; }
QMenuBar::item { padding: 4px 10px; border-radius: 3px; }
QMenuBar::item:selected { background: @HOVER; }
QMenu { background: #222222; border: 1px solid @LINE; padding: 4px 0; }
QMenu::item { padding: 5px 28px 5px 28px; }
QMenu::item:selected { background: @SELECTED; color: @BRIGHT; }
QMenu::item:disabled { color: @FAINT; background: transparent; }
QMenu::separator { height: 1px; background: @LINE; margin: 4px 10px; }

QStatusBar { background: @EDGE; }
QStatusBar::item { border: none; }
QMainWindow::separator { background: @EDGE; width: 4px; height: 4px; }
QMainWindow::separator:hover { background: @HOVER; }

QToolBar { background: @WINDOW; border: none; spacing: 2px; padding: 4px; }
QToolBar::separator:vertical { height: 1px; background: @LINE; margin: 6px 4px; }
QToolBar::separator:horizontal { width: 1px; background: @LINE; margin: 4px 8px; }

QToolButton { border: 1px solid transparent; border-radius: 4px; padding: 4px; }
QToolButton:hover { background: @RAISED; }
QToolButton:pressed { background: @EDGE; }
QToolButton:checked { background: @SELECTED; }
QToolButton:focus { border-color: @BRIGHT; }
QToolButton:checked:disabled { background: #363636; }
QToolButton:disabled { background: transparent; color: @FAINT; }

QDialogButtonBox, QMessageBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton { background: @RAISED; border: 1px solid #4a4a4a; border-radius: 4px;
  padding: 5px 14px; }
QPushButton:hover { background: @HOVER; }
QPushButton:pressed { background: @EDGE; }
QPushButton:focus { border-color: @BRIGHT; }
QPushButton:disabled { color: @FAINT; background: #303030; border-color: #3a3a3a; }
QPushButton[role="primary"] { background: #d2d2d2; color: #141414; border-color: #d2d2d2;
  font-weight: 600; }
QPushButton[role="primary"]:hover { background: @BRIGHT; }
QPushButton[role="primary"]:pressed { background: @MUTED; }
QPushButton[role="primary"]:focus { border: 2px solid #ffffff; padding: 4px 13px; }
QPushButton[role="primary"]:disabled { color: @FAINT; background: #363636;
  border-color: #3a3a3a; }

QLineEdit, QAbstractSpinBox { background: @FIELD; border: 1px solid @LINE; border-radius: 3px;
  padding: 3px 6px; selection-background-color: #8a8a8a; selection-color: #000000; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0 4px 0 0; }
QLineEdit:focus, QAbstractSpinBox:focus { border-color: @BRIGHT; }
QLineEdit:disabled, QAbstractSpinBox:disabled { color: @FAINT; }

QListView { background: @FIELD; border: 1px solid @EDGE; border-radius: 4px; outline: none; }
QListView:focus { border-color: @FAINT; }
QTreeView, QTableView { background: @FIELD; border: 1px solid @EDGE; border-radius: 4px;
  outline: none; }
QTreeView::item, QTableView::item { padding: 0 8px; }
QTreeView::item:selected, QTableView::item:selected { background: @SELECTED; color: @BRIGHT; }
QTableView { gridline-color: @WINDOW; }
QHeaderView::section { background: @WINDOW; color: @MUTED; border: none; padding: 5px 8px;
  border-bottom: 1px solid @LINE; }
QScrollArea { border: none; }

QTabBar { background: @EDGE; }
QTabBar::tab { background: @EDGE; color: @MUTED; padding: 6px 12px; border: none;
  border-right: 1px solid #101010; min-width: 60px; }
QTabBar::tab:selected { background: @WINDOW; color: @TEXT; }
QTabBar::tab:hover:!selected { background: #242424; }
QTabBar::tab:focus { color: @BRIGHT; }
QTabWidget::pane { border: none; }

QProgressBar { background: @FIELD; border: none; border-radius: 3px; min-height: 6px;
  max-height: 6px; }
QProgressBar::chunk { background: #c8c8c8; border-radius: 3px; }

QSlider::groove:horizontal { height: 4px; background: @FIELD; border-radius: 2px; }
QSlider::sub-page:horizontal { background: #8c8c8c; border-radius: 2px; }
QSlider::sub-page:horizontal:disabled { background: #4a4a4a; }
QSlider::handle:horizontal { background: #d2d2d2; width: 12px; height: 12px; margin: -4px 0;
  border-radius: 6px; }
QSlider::handle:horizontal:hover { background: #ffffff; }
QSlider::handle:horizontal:focus { background: #ffffff; border: 2px solid #000000;
  width: 10px; height: 10px; }
QSlider::handle:horizontal:disabled { background: #5a5a5a; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: #4e4e4e; border-radius: 4px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::handle:hover { background: #6a6a6a; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: transparent; border: none; width: 0; height: 0; }

QFrame[role="notice"] { background: #3c3c3c; border: none; border-left: 3px solid @BRIGHT; }
QFrame[role="rule"] { background: @LINE; border: none; max-height: 1px; }
"""
