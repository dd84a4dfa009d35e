"""Keeps the Restore dock in step with the shown painting, and starts what it asks for."""

from PySide6.QtCore import QObject

from core.inpainting.catalogue import catalogue
from core.inpainting.recommend import recommend
from desktop.notices import Notices
from desktop.painting_page import PaintingPage
from desktop.panels.restore_panel import RestorePanel
from desktop.preferences import Preferences
from desktop.session import Obstacle, Session


class RestoreDock(QObject):
    """GUI thread only. `show_page` whenever what is shown, or another painting, has changed."""

    def __init__(
        self, panel: RestorePanel, preferences: Preferences, notices: Notices, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._preferences = preferences
        self._page: PaintingPage | None = None
        cards, errors = catalogue((preferences.places.generators,))
        for error in errors:
            notices.show_notice(str(error))
        self._cards = cards
        settings = preferences.settings
        panel.set_cards(cards, settings.generator, settings.device)
        panel.generator_chosen.connect(lambda card_id: preferences.change(generator=card_id))
        panel.device_chosen.connect(lambda device: preferences.change(device=device))
        panel.restore_asked.connect(self.start)
        panel.cancel_asked.connect(self.cancel)
        self.update()

    @property
    def can_restore(self) -> bool:
        """Whether a restoration can be started now."""
        session = None if self._page is None else self._page.session
        return (
            session is not None
            and self._panel.card is not None
            and not session.restoring.is_running
            and session.obstacle is Obstacle.NONE
        )

    def show_page(self, page: PaintingPage | None) -> None:
        """Show a painting's state from now on; None when none is open."""
        self._page = page
        self.update()

    def start(self) -> None:
        """Restore what is marked with the chosen generator."""
        page, card = self._page, self._panel.card
        if page is None or card is None:
            return
        page.canvas.end_stroke()
        if self.can_restore:
            operator = self._preferences.settings.operator
            page.session.restore(card, self._panel.device, operator)

    def cancel(self) -> None:
        """Stop a restoration under way."""
        if self._page is not None:
            self._page.session.restoring.cancel()

    def update(self) -> None:
        """Bring the panel up to date."""
        session = None if self._page is None else self._page.session
        self._panel.setEnabled(session is not None)
        if session is None:
            self._panel.show_area("–")
            self._panel.show_target("–")
            self._panel.show_idle(self.tr("Open a painting to restore it."))
            return
        self._panel.show_area(self._area_text(session))
        self._follow_recommendation(session)
        target = session.layers.retouch_target
        new = self.tr("a new layer")
        self._panel.show_target(new if target is None else f"“{target.name}”")
        restoring = session.restoring
        if restoring.is_cancelling:
            self._panel.show_cancelling()
        elif restoring.is_running:
            self._panel.show_running(restoring.fraction, restoring.text)
        else:
            self._panel.show_idle(self._advice(session), can_restore=self.can_restore)

    def _follow_recommendation(self, session: Session) -> None:
        """Mark the generator that suits what is marked; choose it until the user chose one."""
        if session.watch.marked.is_empty:
            return
        card = recommend(self._cards, session.watch.marked.thickness_px)
        self._panel.recommend(card.id)
        if not self._preferences.settings.generator and not session.restoring.is_running:
            self._panel.select(card.id)

    def _advice(self, session: Session) -> str:
        history = session.document.history
        if history.position and history.commands[history.position - 1].provenance:
            return self.tr("Filled. Hold \\ to see the original.")
        return {
            Obstacle.NONE: "",
            Obstacle.NO_MASK: self.tr("Add a mask layer and brush over the losses."),
            Obstacle.EMPTY_MASK: self.tr("Nothing is marked yet: brush over the losses."),
            Obstacle.HIDDEN_MASK: self.tr("The masks are hidden; show the one to be restored."),
            Obstacle.FULL_MASK: self.tr(
                "Everything is marked: no sound paint is left to fill from."
            ),
        }[session.obstacle]

    def _area_text(self, session: Session) -> str:
        marked = session.watch.marked
        if marked.is_empty:
            return self.tr("nothing")
        percent = f"{marked.percent:.2f}" if marked.percent >= 0.01 else "< 0.01"
        text = self.tr("{0} px · {1} %").format(f"{marked.pixels:,}", percent)
        square_cm = marked.square_cm(session.opened.info.dpi)
        if square_cm is not None:
            text += self.tr(" · {0} cm²").format(f"{square_cm:.2f}")
        return text
