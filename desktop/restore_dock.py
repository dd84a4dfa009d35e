"""Keeps the Restore dock in step with the shown painting, and starts what it asks for."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.inpainting.catalogue import catalogue
from core.inpainting.engines import EngineStatus, installed_engines
from core.inpainting.recommend import Suited, suited
from desktop.engine_choice import EngineChoice, device_of, runtime_of
from desktop.jobs import Jobs
from desktop.notices import Notices
from desktop.painting_page import PaintingPage
from desktop.panels.restore_panel import RestorePanel
from desktop.preferences import Preferences
from desktop.session import Obstacle, Session
from desktop.settings import Settings
from desktop.shortcuts import HELD, HOLD_ORIGINAL, Keymap

_CLOSE_TIMEOUT_S = 0.2

Probe = Callable[[], tuple[EngineStatus, ...]]


class RestoreDock(QObject):
    """GUI thread only. `show_page` whenever what is shown, or another painting, has changed.

    several_asked: the user wants several generators tried. changed: another generator, engine or
    device was chosen, or an engine was found out about.
    """

    changed = Signal()
    several_asked = Signal()

    def __init__(
        self, panel: RestorePanel, preferences: Preferences, notices: Notices, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._preferences = preferences
        self._notices = notices
        self._page: PaintingPage | None = None
        self._advised: Session | None = None
        self._awaited: PaintingPage | None = None
        self._jobs = Jobs(self)
        self._cards, errors = catalogue((preferences.places.generators,))
        for error in errors:
            notices.show_notice(str(error))
        settings = preferences.settings
        self._follows = not any(card.id == settings.generator for card in self._cards)
        self._choice = EngineChoice(
            installed_engines(), runtime_of(settings.engine), device_of(settings.device)
        )
        panel.set_cards(self._cards, settings.generator)
        self._tell_of_unknown(settings)
        self._fall_back()
        panel.show_choice(self._choice)
        panel.generator_chosen.connect(self._choose_generator)
        panel.engine_chosen.connect(self._choose_engine)
        panel.device_chosen.connect(self._choose_device)
        panel.restore_asked.connect(self.start)
        panel.several_asked.connect(self.several_asked)
        panel.cancel_asked.connect(self.cancel)
        self.update()

    @property
    def choice(self) -> EngineChoice:
        """The engines there are, and what is chosen of them."""
        return self._choice

    @property
    def can_restore(self) -> bool:
        """Whether a restoration can be started now."""
        can_run = self._panel.card is not None and not self._panel.obstacle
        return can_run and self._page is not None and can_fill(self._page.session)

    def suited(self, session: Session) -> list[Suited]:
        """Return the generators that run here, those first that suit what is marked."""
        marked = session.watch.marked
        able = [card for card in self._cards if not self._choice.obstacle(card)]
        return suited(able, marked.thickness_px, marked.pixels)

    def look_for_engines(self, probe: Probe) -> None:
        """Really try the engines, in a job: graphics cards are only then known of."""
        job = self._jobs.create("engines", lambda _work: probe())
        job.succeeded.connect(self._show_engines)
        # It was tried, and nothing more than before is known.
        job.failed.connect(lambda _sentence: self._show_engines(self._choice.engines))
        # The window comes first.
        QTimer.singleShot(0, job, job.start)

    def close(self) -> None:
        """Hear nothing more of the engines."""
        self._jobs.close(_CLOSE_TIMEOUT_S)

    def adopt(self, page: PaintingPage) -> None:
        """Tell of a painting's restorations that fail half-way, and offer to keep what is done."""
        restoring = page.session.restoring

        def tell(sentence: str, count: int) -> None:
            text = self.tr("Keep the {0} Filled Areas and Mark the Rest")
            one = self.tr("Keep the Filled Area and Mark the Rest")
            name = one if count == 1 else text.format(count)
            self._notices.show_notice(sentence, (name, restoring.keep_filled))

        restoring.interrupted.connect(tell)

    def show_page(self, page: PaintingPage | None) -> None:
        """Show a painting's state from now on; None when none is open."""
        self._page = page
        if page is not self._awaited:
            self._awaited = None
        self.update()

    def start(self) -> None:
        """Restore what is marked with the chosen generator."""
        page, card = self._page, self._panel.card
        if page is None or card is None:
            return
        page.canvas.end_stroke()
        watch = page.session.watch
        if self._follows and watch.is_counting:
            # Which generator suits the last stroke is known in a moment.
            if self._awaited is not page:
                watch.changed.connect(self._start_awaited, Qt.ConnectionType.SingleShotConnection)
                self._await(page)
        elif self.can_restore:
            operator = self._preferences.settings.operator
            page.session.restore(card, self._choice.device, operator, self._choice.runtime)

    @property
    def is_waiting(self) -> bool:
        """Whether a restoration begins as soon as it is known what is marked."""
        return self._awaited is not None

    def _await(self, page: PaintingPage | None) -> None:
        self._awaited = page
        self.update()
        self.changed.emit()

    def _start_awaited(self) -> None:
        page = self._awaited
        if page is not None:
            self._await(None)
            self.start()

    def cancel(self) -> None:
        """Stop a restoration under way."""
        if self.is_waiting:
            self._await(None)
        elif self._page is not None:
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
        elif self.is_waiting:
            self._panel.show_running(-1.0, self.tr("Looking at what is marked…"))
        elif restoring.is_running:
            self._panel.show_running(restoring.fraction, restoring.text)
        else:
            self._panel.show_idle(self._advice(session), can_restore=self.can_restore)

    def _tell_of_unknown(self, settings: Settings) -> None:
        """Say what was remembered and is not known: the file may be of another Lacuna."""
        text = self.tr("The generator “{0}” is not there any more; the recommended one is used.")
        if settings.generator and self._follows:
            self._notices.show_notice(text.format(settings.generator))
        text = self.tr("“{0}” was chosen last time and is not known; Automatic is used.")
        for name, known in ((settings.engine, self._choice.runtime),
                            (settings.device, self._choice.device)):  # fmt: skip
            if name not in ("", known):
                self._notices.show_notice(text.format(name))

    def _choose_generator(self, card_id: str) -> None:
        self._follows = not card_id
        self._preferences.change(generator=card_id)
        self.update()
        self.changed.emit()

    def _choose_engine(self, name: str) -> None:
        self._preferences.change(engine=name)
        self._show_choice(replace(self._choice, runtime=runtime_of(name)))

    def _choose_device(self, name: str) -> None:
        self._preferences.change(device=name)
        self._show_choice(replace(self._choice, device=device_of(name)))

    def _show_engines(self, engines: tuple[EngineStatus, ...]) -> None:
        self._choice = replace(self._choice, engines=engines, is_probed=True)
        self._fall_back()
        self._show_choice(self._choice)

    def _show_choice(self, choice: EngineChoice) -> None:
        self._choice = choice
        self._panel.show_choice(choice)
        self.update()
        self.changed.emit()

    def _fall_back(self) -> None:
        """Take Automatic for what was chosen last time and is not there now; the choice is kept.

        So it holds again once the graphics card, or the engine, is back.
        """
        lost = [option for option in self._choice.engine_options()
                if option.value == self._choice.runtime and option.reason]  # fmt: skip
        if lost:
            self._choice = replace(self._choice, runtime="auto")
        devices = self._choice.device_options() if self._choice.is_probed else []
        if any(o.value == self._choice.device and o.reason for o in devices):
            lost.extend(o for o in devices if o.value == self._choice.device)
            self._choice = replace(self._choice, device="auto")
        for option in lost:
            text = self.tr("“{0}” was chosen last time and is not used now: {1}")
            self._notices.show_notice(text.format(option.text, option.reason))

    def _follow_recommendation(self, session: Session) -> None:
        """Mark the generator that suits what is marked; choose it until the user chose one."""
        marked = session.watch.marked
        if marked.is_empty:
            # A fill hides its mask: what was said of it stays until another painting is shown.
            if session is not self._advised:
                self._panel.recommend(())
            return
        self._advised = session
        ordered = self.suited(session)
        self._panel.recommend(ordered)
        if ordered and self._follows and not session.restoring.is_running:
            self._panel.select(ordered[0].card.id)

    def _advice(self, session: Session) -> str:
        if self._panel.obstacle:
            return self._panel.obstacle
        history = session.document.history
        if history.position and history.commands[history.position - 1].provenance:
            keys = Keymap(HELD, self._preferences.settings.keys).keys(HOLD_ORIGINAL)
            text = self.tr("Filled. Hold {0} to see the original.")
            return text.format(keys[0]) if keys else self.tr("Filled.")
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
        square_cm = marked.square_cm(session.dpi)
        if square_cm is not None:
            text += self.tr(" · {0} cm²").format(f"{square_cm:.2f}")
        return text


def can_fill(session: Session) -> bool:
    """Whether a painting has something to be filled, and is not being filled already."""
    return not session.restoring.is_running and session.obstacle is Obstacle.NONE
