"""Try Several: which generators, the gallery of their fills, and placing what was chosen."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt

from core.inpainting.loss_labels import LossLabels
from core.inpainting.variants import Variant
from desktop.dialogs.gallery_dialog import GalleryDialog
from desktop.dialogs.try_dialog import TryDialog
from desktop.painting_page import PaintingPage
from desktop.reach import Reach
from desktop.restore_dock import RestoreDock, can_fill
from desktop.trying import Attempt, Choice, Trying, TryRequest, place_choice
from desktop.workers import Workers


class TryCommands(QObject):
    """Acts on the painting that `shown` gives; one gallery per painting. GUI thread only."""

    def __init__(self, reach: Reach, dock: RestoreDock, workers: Workers) -> None:
        super().__init__(reach.window)
        self._reach = reach
        actions = reach.actions
        self._dock = dock
        self._workers = workers
        self._dialogs: dict[PaintingPage, TryDialog | GalleryDialog] = {}
        actions.on("try_several", self.ask)
        dock.several_asked.connect(self.ask)

    def ask(self) -> None:
        """Let the user tick generators; a gallery that is open already is brought to the front."""
        page = self._reach.shown()
        if page is not None:
            page.canvas.end_stroke()
            self._ask(page)

    def _ask(self, page: PaintingPage) -> None:
        if page in self._dialogs:
            self._dialogs[page].raise_()
            self._dialogs[page].activateWindow()
        elif page is not self._reach.shown() or not self._dock.can_restore:
            return
        elif page.session.watch.is_counting:
            # The generators are ordered by what is marked, which is known in a moment.
            page.session.watch.changed.connect(
                lambda: self._ask(page), Qt.ConnectionType.SingleShotConnection
            )
        else:
            dialog = TryDialog(self._dock.suited(page.session), self._reach.window)
            dialog.chosen.connect(lambda attempts: self.start(page, attempts))
            self._hold(page, dialog)

    def start(self, page: PaintingPage, attempts: tuple[Attempt, ...]) -> None:
        """Have attempts made of what is marked now, and show them as they come."""
        session = page.session
        if not attempts or not can_fill(session):
            return
        request = TryRequest(
            session.document.stack,
            session.opened.profile,
            attempts,
            self._dock.choice.device,
            self._dock.choice.runtime,
            self._reach.preferences.settings.operator,
        )
        gallery = GalleryDialog(
            request,
            session.opened.info.icc_profile,
            session.jobs,
            lambda: Trying(request, session.jobs, self._workers),
            self._reach.window,
        )
        gallery.follow(page.canvas)

        def place(labels: LossLabels, variants: Mapping[int, Variant], choice: Choice) -> None:
            page.canvas.end_stroke()
            place_choice(session.document, request, labels, variants, choice)

        gallery.placed.connect(place)
        self._hold(page, gallery)

    def forget(self, page: PaintingPage) -> None:
        """Close what belongs to a painting that is being closed."""
        dialog = self._dialogs.get(page)
        if dialog is not None:
            dialog.reject()

    def _hold(self, page: PaintingPage, dialog: TryDialog | GalleryDialog) -> None:
        self._dialogs[page] = dialog

        def let_go() -> None:
            if self._dialogs.get(page) is dialog:
                del self._dialogs[page]

        dialog.finished.connect(let_go)
        dialog.show()
