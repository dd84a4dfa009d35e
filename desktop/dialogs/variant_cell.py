"""One variant in the gallery: its picture, and above it who made it, how long, how well it fits."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.document.document import Document
from core.image.color import ColorProfile
from core.inpainting.variants import Variant
from desktop.display_memory import DisplayMemory
from desktop.panels.card_words import facts_text
from desktop.theme import muted, scaled_font
from desktop.trying import Attempt, with_variant
from desktop.variant_view import VariantView

_SMALL = 0.92
_LEAST_PX = 150


class VariantCell(QWidget):
    """GUI thread only. taken: use this fill for all losses. kept: its box was ticked or cleared."""

    taken = Signal()
    kept = Signal()

    def __init__(
        self,
        attempt: Attempt,
        document: Document,
        profile: ColorProfile,
        icc: bytes | None,
        memory: DisplayMemory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self.variant: Variant | None = None
        self.has_failed = False
        self.view = VariantView(document, profile, icc, self, memory)
        self.view.setAccessibleName(self.tr("Fill by {0}").format(attempt.name))
        self._name = QLabel(attempt.name, self)
        self._facts = muted(QLabel(self.tr("Waiting for its turn…"), self), _SMALL)
        self._share = muted(QLabel(self), _SMALL)
        self._reason = muted(QLabel(self))
        self._all = QPushButton(self.tr("Use for All"), self)
        self._keep = QCheckBox(self.tr("Keep as hidden layer"), self)
        card = attempt.card
        self._name.setToolTip(
            "\n".join(filter(None, (card.summary, facts_text(card), card.limits)))
        )
        self._build()
        self._enable(False)
        self._all.clicked.connect(self.taken)
        self._keep.toggled.connect(lambda _is_on: self.kept.emit())

    @property
    def is_kept(self) -> bool:
        """Whether it shall stay as a hidden layer."""
        return self.variant is not None and self._keep.isChecked()

    @property
    def reason(self) -> str:
        """Why there is no fill."""
        return self._reason.text()

    @property
    def facts(self) -> str:
        """What is said of it."""
        return self._facts.text()

    def show_progress(self, fraction: float, text: str) -> None:
        """Tell how far it is; a negative fraction means nobody knows."""
        done = "" if fraction < 0 else f" · {fraction:.0%}"
        self._facts.setText(f"{text}{done}")

    def show_variant(self, variant: Variant) -> None:
        """Show the fill."""
        self.variant = variant
        text = self.tr("{0} s on the {1} · edge error {2} %").format(
            f"{variant.seconds:.1f}", variant.device.upper(), f"{100 * variant.edge_error:.2f}"
        )
        self._facts.setText(text)
        explained = self.tr(
            "Edge error: how much more the fill steps off the paint beside it than that paint "
            "varies itself, in percent of the range from black to white."
        )
        self._facts.setToolTip("\n".join((explained, *variant.notices)))
        self._document.do("", with_variant(self._document.stack, variant))
        self._enable(True)

    def show_missing(self, sentence: str) -> None:
        """Say why there is no fill."""
        self.has_failed = True
        self._facts.setText(self.tr("Not filled"))
        self._reason.setText(sentence)
        self.view.hide()
        self._reason.show()

    def show_share(self, chosen: int, losses: int) -> None:
        """Tell for how many losses it is used."""
        if self.variant is None or losses == 0:
            self._share.setText("")
        elif chosen == losses:
            self._share.setText(self.tr("Used for all losses"))
        elif chosen:
            self._share.setText(self.tr("Used for {0} of {1} losses").format(chosen, losses))
        else:
            self._share.setText(self.tr("Not used"))
        self._name.setFont(scaled_font(self._name, 1.0, is_bold=chosen > 0))

    def _enable(self, is_there: bool) -> None:
        for widget in (self._all, self._keep):
            widget.setEnabled(is_there)

    def _build(self) -> None:
        for label in (self._name, self._facts):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._reason.setWordWrap(True)
        self._reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._reason.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._reason.hide()
        self._share.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.view.setMinimumSize(QSize(_LEAST_PX, _LEAST_PX))
        self.view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._share)
        foot.addWidget(self._keep, 1)
        foot.addWidget(self._all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(self._facts)
        column.addWidget(self.view, 1)
        column.addWidget(self._reason, 1)
        column.addLayout(foot)
