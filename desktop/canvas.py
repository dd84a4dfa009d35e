"""The canvas: a document in view, and the tools at work on it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QTabletEvent,
)
from PySide6.QtWidgets import QWidget

from core.document.document import Document
from core.document.layer import LayerKind
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from desktop.brush_cursor import brush_cursor, shape_cursor
from desktop.brush_outlines import BrushOutlines
from desktop.display_memory import DisplayMemory
from desktop.draft import Draft
from desktop.easels import Easels
from desktop.gestures import Gestures
from desktop.held_keys import HeldKeys
from desktop.masking import Masking
from desktop.paint_colors import PaintColors
from desktop.pen import PenFeel
from desktop.pointer import Pointer, Press, held_keys
from desktop.retouch_settings import RetouchSettings
from desktop.retouching import Retouching
from desktop.sampling import samples_at
from desktop.seen_view import SeenView
from desktop.selecting import Selecting
from desktop.selection_tools import SELECTING, SelectionSettings
from desktop.tools import RETOUCHING, BrushSettings, Gesture, ToolName, Touch
from desktop.turning import turn
from desktop.view import View

_PAINTING = (ToolName.BRUSH, ToolName.ERASER, ToolName.LINE, *RETOUCHING)


class Canvas(SeenView):
    """Shows one document and lets the conservator paint masks and retouch. GUI thread only.

    hovered(Point | None): the document point under the pointer, None outside the picture.
    stroke_finished: a stroke was committed. picked(tuple): the document's samples under the pick
    tool. tool_hint(str): why a tool cannot work on a mask. brush_changed(BrushSettings): those of
    the current tool, changed by hand or because another tool was chosen. menu_asked(QPoint): a
    menu is wanted at a place of the screen.
    """

    hovered = Signal(object)
    stroke_finished = Signal()
    picked = Signal(object)
    tool_hint = Signal(str)
    brush_changed = Signal(object)
    menu_asked = Signal(object)

    def __init__(
        self,
        document: Document,
        profile: ColorProfile,
        icc: bytes | None,
        parent: QWidget | None = None,
        memory: DisplayMemory | None = None,
    ) -> None:
        super().__init__(document, profile, icc, parent, memory)
        self._pointer_at: Point | None = None
        self._easels = Easels(document, self._renderer, PaintColors(profile, icc), self)
        self._outlines = BrushOutlines(self._easels, self._update_device_rect)
        self._pen_feel = PenFeel()
        self._string_px = 0.0
        self._held = HeldKeys(self.set_show_original, self._update_cursor)
        masks = document.stack.of_kind(LayerKind.MASK)
        self.masking = Masking(document, self)
        self._draft = Draft(lambda: self._view, self._update_device_rect)
        self._selecting = Selecting(
            document, profile, self.masking, self._easels.mask, self._draft, self
        )
        self._gestures = Gestures(
            self._easels,
            self._selecting,
            self.looking,
            lambda: self._view,
            pan_by=self.pan_by,
            pick_at=self._pick_at,
            take_from=self._take_from,
        )
        self.set_mask_layer(masks[0].id if masks else None)
        self.masking.hinted.connect(self.tool_hint)
        self._easels.mask.hinted.connect(self.tool_hint)
        self._easels.finished.connect(self.stroke_finished)
        self._easels.resized.connect(self._on_resized)
        self._pointer = Pointer(self._gesture, self._touch_at, self)
        self._pointer.changed.connect(self._update_cursor)
        self.monitor_changed.connect(self.retouching.colors.set_monitor)
        self._pointer.changed.connect(lambda: self.masking.hold(self._pointer.is_active))
        self.setAttribute(Qt.WidgetAttribute.WA_TabletTracking)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._update_cursor()

    @property
    def tool(self) -> ToolName:
        """The chosen tool."""
        return self._easels.tool

    @property
    def retouching(self) -> Retouching:
        """The easel of the colour tools."""
        return self._easels.color

    def set_tool(self, tool: ToolName) -> None:
        """Choose a tool; a gesture under way ends."""
        self._pointer.end()
        if tool is not self.tool:
            self._selecting.drop()
            self.looking.measuring.clear()
        self._easels.choose(tool)
        self._update_cursor()
        self.brush_changed.emit(self.brush)

    @property
    def brush(self) -> BrushSettings:
        """The settings of the eraser while it is chosen, else of the brush."""
        return self._easels.brush

    def set_brush(self, settings: BrushSettings) -> None:
        """Change the eraser's settings while it is chosen, else the brush's."""
        self._easels.set_brush(settings)
        self._update_outline()

    def set_retouch(self, is_color: bool, layer_id: int | None) -> None:
        """Let brush and eraser work on retouch, or on the mask; choose the retouch layer."""
        if not self._easels.is_target(is_color, layer_id):
            self._pointer.end()
        self._easels.set_target(is_color, layer_id)
        self._update_outline()

    def set_retouch_options(self, options: RetouchSettings) -> None:
        """Retouch in another way from the next press on."""
        self.retouching.options = options
        self._update_outline()

    def set_selection(self, settings: SelectionSettings) -> None:
        """Select in another way from the next press on."""
        self._selecting.settings = settings

    def set_split(self, is_shown: bool) -> None:
        """Show the original left of a line that can be dragged, or the picture alone."""
        super().set_split(is_shown)
        self._update_cursor()

    def set_hand(self, feel: PenFeel, string_px: float) -> None:
        """Feel the pen so, and lead strokes by a string of so many units of the screen."""
        self._pen_feel, self._string_px = feel, string_px

    def set_held_keys(self, pan_key: int, original_key: int, turn_key: int) -> None:
        """Pan, show the original, and turn, while these keys are held."""
        self._let_go()
        self._held.pan_key, self._held.original_key = pan_key, original_key
        self._held.turn_key = turn_key

    @property
    def mask_layer(self) -> int | None:
        """The id of the mask that brush and eraser work on."""
        return self._easels.mask.layer_id

    def set_mask_layer(self, layer_id: int | None) -> None:
        """Choose the mask that brush and eraser work on, from the next stroke on."""
        self._easels.mask.layer_id = self.masking.layer_id = layer_id

    def end_stroke(self) -> None:
        """End a gesture under way as if released; a stroke is committed, and it is finished."""
        self._pointer.end()
        self._easels.settle()

    def cancel_stroke(self) -> None:
        """Give a gesture under way up; a stroke changes nothing."""
        self._pointer.cancel()

    @property
    def is_gesture_active(self) -> bool:
        """Whether the pointer is at work: painting, panning, picking, sizing."""
        return self._pointer.is_active

    def sample_at(self, point: Point) -> tuple[int, ...] | None:
        """Return the samples shown at a document point, in the document's profile.

        None outside the picture, and where they cannot be had at once. While the file is still
        being read it may be the mean of a neighbourhood.
        """
        return samples_at(self._document.shown, point, self._is_original_shown)

    def detach(self) -> None:
        """Commit a stroke under way, let go of the document, stop the workers."""
        self.end_stroke()
        self.masking.close()
        super().detach()

    # Events.

    def event(self, event: QEvent) -> bool:
        """Keep the keys that are held here from shortcuts; end gestures with the window."""
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate:
            self._let_go()
        elif kind == QEvent.Type.DevicePixelRatioChange:
            self._update_cursor()
        elif kind == QEvent.Type.ShortcutOverride and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the tool does."""
        self._pointer.mouse_press(event)
        self._hover(self._touch_at(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        self._pointer.mouse_move(event)
        self._hover(self._touch_at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        self._pointer.mouse_release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Close a polygon or a chain of lines; else the second of two quick presses is one."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        if not (is_left and self._selecting.close_outline()):
            self.mousePressEvent(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Do the same by pen, with its pressure."""
        self._pointer.tablet(event)
        self._hover(self._touch_at(event))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu, by the mouse or the keyboard; not in the middle of a stroke."""
        event.accept()
        if not self.is_gesture_active:
            self.menu_asked.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Held keys pan and show the original; arrows pan; Escape gives up what is under way."""
        if self.tool in SELECTING or self.tool is ToolName.MEASURE:
            self._pointer.follow_keys(event)
        if event.key() == Qt.Key.Key_Escape and self.is_gesture_active:
            self.cancel_stroke()
        elif self._selecting.takes(event.key()):
            self._selecting.press_key(event.key())
        elif event.key() == Qt.Key.Key_Escape and self.looking.measuring.text:
            self.looking.measuring.clear()
        elif not self._held.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End what was held."""
        if self.tool in SELECTING or self.tool is ToolName.MEASURE:
            self._pointer.follow_keys(event)
        if not self._held.release(event):
            super().keyReleaseEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Show no outline where the pointer is not."""
        self._pointer_at = None
        self._update_outline()
        self.hovered.emit(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End gestures: their release may never come."""
        self._let_go()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """End gestures: their release may never come."""
        self._let_go()
        super().hideEvent(event)

    # What they do.

    def _gesture(self, press: Press) -> Gesture | None:
        if self._held.is_turn_held and press.button == Qt.MouseButton.LeftButton:
            return turn(self, press.touch)
        string_px = self._string_px * self.devicePixelRatioF()
        return self._gestures.begun_by(press, is_hand=self._is_hand, string_px=string_px)

    @property
    def _is_hand(self) -> bool:
        return self._held.is_pan_held or self._held.is_turn_held or self.tool is ToolName.PAN

    def _touch_at(self, event: QMouseEvent | QTabletEvent) -> Touch:
        device = self._to_device(event.position())
        pressure = self._pen_feel.pressed(event) if isinstance(event, QTabletEvent) else 1.0
        return Touch(
            self._view.to_document(device), device, pressure, True, *held_keys(event.modifiers())
        )

    def _takes(self, event: QEvent) -> bool:
        """Whether a key means something here, so that no shortcut shall have it."""
        if not isinstance(event, QKeyEvent):
            return False
        is_escape = event.key() == Qt.Key.Key_Escape
        is_under_way = self.is_gesture_active or bool(self.looking.measuring.text)
        return (
            self._held.takes(event)
            or self._selecting.takes(event.key())
            or (is_escape and is_under_way)
        )

    def _pick_at(self, point: Point) -> None:
        samples = self.sample_at(point)
        if samples is not None:
            self.picked.emit(samples)
            self.retouching.colors.use(samples)

    def _take_from(self, point: Point) -> None:
        self._easels.take_from(point)
        self._update_outline()

    def _let_go(self) -> None:
        self.end_stroke()
        self._held.let_go()

    def _hover(self, touch: Touch) -> None:
        was_near = self._is_near_split()
        self._pointer_at = touch.device
        if was_near != self._is_near_split():
            self._update_cursor()
        self._update_outline()
        if not self._pointer.is_active:
            self._selecting.hover(touch.point)
        picture = self._document.shown
        is_inside = 0 <= touch.point.x < picture.width and 0 <= touch.point.y < picture.height
        self.hovered.emit(touch.point if is_inside else None)

    def _is_near_split(self) -> bool:
        return self._pointer_at is not None and self.looking.split.is_near(self._pointer_at)

    def _on_resized(self, is_eraser: bool) -> None:
        self._update_outline()
        if is_eraser == (self.tool is ToolName.ERASER):
            self.brush_changed.emit(self.brush)

    # How the pointer looks.

    def _show_through(self, view: View) -> None:
        super()._show_through(view)
        self._update_outline()

    def _paint(self, painter: QPainter, device: Rect) -> None:
        super()._paint(painter, device)
        self._draft.draw(painter, device)
        self._outlines.draw(painter, device)

    def _outline_centre(self) -> Point | None:
        if self.tool not in _PAINTING or self._is_hand:
            return None
        pinned = self._easels.current.pinned
        if pinned is not None:
            return self._view.to_device(pinned)
        return None if self._is_near_split() else self._pointer_at

    def _update_outline(self) -> None:
        self._outlines.show(self._outline_centre(), self._view)

    def _update_cursor(self) -> None:
        is_middle = self._pointer.button == Qt.MouseButton.MiddleButton
        shape = shape_cursor(
            self.tool,
            is_hand=self._is_hand,
            is_gripping=self._pointer.is_active and (self._is_hand or is_middle),
            is_on_split=self._is_near_split(),
        )
        self.setCursor(brush_cursor(self.devicePixelRatioF()) if shape is None else shape)
        self._update_outline()
