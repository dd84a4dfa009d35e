"""Several fills of the same losses, one after the other in a job, and what is made of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, recorded
from core.errors import Cancelled, LacunaError
from core.image.color import ColorProfile
from core.image.surface import Surface
from core.inpainting.card import GeneratorCard
from core.inpainting.engine import FillOptions, Progress
from core.inpainting.generator import Device, Runtime
from core.inpainting.loss_labels import LossLabels, chosen_patches
from core.inpainting.variants import Variant, fill_variant, laid_on_empty
from desktop.jobs import Job, Jobs, Work
from desktop.workers import Workers

_ASK_AGAIN_MS = 100


class Attempt(NamedTuple):
    """One fill to be tried: by which generator, with which seed (0 where it has none)."""

    card: GeneratorCard
    seed: int = 0

    @property
    def name(self) -> str:
        """What it is called in the gallery and as a layer."""
        if not self.card.has_seed:
            return self.card.name
        return _tr("{0}, seed {1}").format(self.card.name, self.seed + 1)


@dataclass(frozen=True)
class TryRequest:
    """All that the attempts depend on."""

    layers: LayerStack
    profile: ColorProfile
    attempts: tuple[Attempt, ...]
    device: Device
    runtime: Runtime
    operator: str = ""


class _Arrived(NamedTuple):
    number: int
    variant: Variant


class _Missed(NamedTuple):
    number: int
    sentence: str


class _Going(NamedTuple):
    number: int
    fraction: float
    text: str


class _Labelled(NamedTuple):
    labels: LossLabels


class Trying(QObject):
    """The attempts of one request; it lives until they have ended. GUI thread only.

    labelled(LossLabels): the losses, once. progressed(int attempt, float, str), arrived(int,
    Variant), missed(int, str sentence): of an attempt. ended: none is under way any more.
    """

    labelled = Signal(object)
    progressed = Signal(int, float, str)
    arrived = Signal(int, object)
    missed = Signal(int, str)
    ended = Signal()

    def __init__(self, request: TryRequest, jobs: Jobs, workers: Workers) -> None:
        super().__init__(jobs)
        run = _Run(request, workers)
        self._job: Job | None = jobs.create("try several", run)
        self._job.on_cancel = run.cancel
        self._job.delivered.connect(self._take)
        self._job.failed.connect(lambda sentence: self.missed.emit(run.number, sentence))
        self._job.finished.connect(self._end)
        # As in Restoring: a call that begins just after the wish to stop has not heard it.
        self._stopping = QTimer(self, interval=_ASK_AGAIN_MS)
        self._stopping.timeout.connect(run.cancel)

    @property
    def is_running(self) -> bool:
        """Whether attempts are under way."""
        return self._job is not None

    def start(self) -> None:
        """Begin."""
        if self._job is not None:
            self._job.start()

    def cancel(self) -> None:
        """Stop within a second; what has arrived stays."""
        if self._job is not None and not self._job.is_cancelling:
            self._job.cancel()
            self._stopping.start()

    def _take(self, item: _Arrived | _Missed | _Going | _Labelled) -> None:
        if isinstance(item, _Arrived):
            self.arrived.emit(item.number, item.variant)
        elif isinstance(item, _Going):
            self.progressed.emit(*item)
        elif isinstance(item, _Missed):
            self.missed.emit(item.number, item.sentence)
        else:
            self.labelled.emit(item.labels)

    def _end(self) -> None:
        self._job = None
        self._stopping.stop()
        self.ended.emit()
        self.deleteLater()


class _Run:
    """The part that runs in the job's thread. number: of the attempt under way."""

    def __init__(self, request: TryRequest, workers: Workers) -> None:
        self._request = request
        self._workers = workers
        self._stop: Callable[[], None] | None = None
        self.number = 0

    def __call__(self, work: Work) -> None:
        work.deliver(_Labelled(LossLabels.of(self._request.layers)))
        for number, attempt in enumerate(self._request.attempts):
            if work.is_cancelled():
                raise Cancelled("Stopped.")
            self.number = number
            work.deliver(_Going(number, -1.0, _tr("Starting {0}…").format(attempt.name)))
            try:
                work.deliver(_Arrived(number, self._variant(number, attempt, work)))
            except Cancelled:
                raise
            except LacunaError as error:
                # One that fails leaves the others their turn.
                work.deliver(_Missed(number, str(error)))

    def cancel(self) -> None:
        """Make the generator stop in the middle of its work."""
        if self._stop is not None:
            self._stop()

    def _variant(self, number: int, attempt: Attempt, work: Work) -> Variant:
        request = self._request
        card = attempt.card.seeded(attempt.seed)

        def report(progress: Progress) -> None:
            fraction = progress.done / max(1, progress.total)
            work.deliver(_Going(number, fraction, progress.text))

        with self._workers.lent(card, request.device, request.runtime) as generator:
            self._stop = generator.cancel
            options = FillOptions(seed=attempt.seed, operator=request.operator)
            variant = fill_variant(
                request.layers, request.profile, generator, options, report, work.is_cancelled
            )
            self._stop = None
            return replace(variant, notices=generator.notices)


@dataclass(frozen=True)
class Choice:
    """What is taken of the variants: one for each loss (by number), and some as hidden layers."""

    by_loss: Mapping[int, int]
    hidden: Collection[int] = ()

    @property
    def used(self) -> list[int]:
        """The variants that fill a loss."""
        return sorted(set(self.by_loss.values()))


def place_choice(
    document: Document,
    request: TryRequest,
    labels: LossLabels,
    variants: Mapping[int, Variant],
    choice: Choice,
) -> None:
    """Lay the chosen fill on a new layer, hypotheses on hidden ones below it, in one step.

    The masks that were filled are hidden. Nothing to lay: no step.
    """
    stack, names = document.stack, {n: request.attempts[n].name for n in variants}
    for number in sorted(choice.hidden):
        hidden = variants[number]
        stack = _with_layer(stack, names[number], hidden.surface, hidden.origins, is_visible=False)
    used = choice.used
    taken: tuple[Patch, ...] = ()
    if used:
        taken, surface, origins = _filling(request.layers, labels, variants, choice)
        several = _tr("Fill by several generators")
        name = _tr("Fill by {0}").format(names[used[0]]) if len(used) == 1 else several
        stack = _with_layer(stack, name, surface, origins)
        stack = _without_marks(stack, request.layers)
    if stack is document.stack:
        return
    patches = (*taken, *(p for n in choice.hidden for p in variants[n].patches))
    if not used:
        label = _tr("Keep {0} fills as hidden layers").format(len(choice.hidden))
    elif len(used) == 1:
        label = _tr("Restore with {0}, chosen of {1}").format(names[used[0]], len(variants))
    else:
        label = _tr("Restore with {0} generators, chosen of {1}").format(len(used), len(variants))
    document.do(label, stack, recorded(patches))


def _filling(
    layers: LayerStack, labels: LossLabels, variants: Mapping[int, Variant], choice: Choice
) -> tuple[tuple[Patch, ...], Surface, Surface | None]:
    used = choice.used
    if len(used) == 1 and len(choice.by_loss) == labels.count:
        only = variants[used[0]]
        return only.patches, only.surface, only.origins
    patches = {number: variants[number].patches for number in used}
    mixed = tuple(chosen_patches(labels, patches, choice.by_loss))
    laid = laid_on_empty(mixed, layers)
    return mixed, laid.pixels, laid.origins


def _with_layer(
    stack: LayerStack,
    name: str,
    surface: Surface,
    origins: Surface | None = None,
    is_visible: bool = True,
) -> LayerStack:
    stack = stack.adding(LayerKind.RETOUCH, name)
    layer = replace(stack.layers[-1], surface=surface, origins=origins, is_visible=is_visible)
    return stack.replacing(layer)


def _without_marks(stack: LayerStack, filled: LayerStack) -> LayerStack:
    """Hide the masks that were visible when the fills began: the fill must be seen."""
    there = {layer.id: layer for layer in stack}
    for mask in filled.of_kind(LayerKind.MASK):
        if filled.is_seen(mask) and mask.id in there:
            stack = stack.replacing(replace(there[mask.id], is_visible=False))
    return stack


def unmarked(layers: LayerStack) -> LayerStack:
    """Return layers with all masks hidden: how the painting is looked at while choosing."""
    for mask in layers.of_kind(LayerKind.MASK):
        layers = layers.replacing(replace(mask, is_visible=False))
    return layers


def with_variant(layers: LayerStack, variant: Variant) -> LayerStack:
    """Return layers with a variant on top."""
    return _with_layer(layers, "", variant.surface)


def ordered_attempts(cards: Sequence[GeneratorCard], seeds: int) -> tuple[Attempt, ...]:
    """Return one attempt per card, and `seeds` of one that draws lots."""
    return tuple(
        Attempt(card, seed) for card in cards for seed in range(seeds if card.has_seed else 1)
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Trying", text)
