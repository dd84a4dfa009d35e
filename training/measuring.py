"""What is not yet measured is measured: the figures of a folder, extended and kept as it goes."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import GeneratorError
from core.inpainting.card import GeneratorCard
from training.contact_sheet import Example
from training.evaluate import Row
from training.figure_store import FigureStore, Key
from training.fill_cache import FillCache
from training.gallery import Gallery
from training.identity import identity
from training.measure_progress import MeasureProgress
from training.measure_workers import Filled, Task, work
from training.metrics import Pixels

FIGURES = "figures.csv"
FILLS = "fills"
_SAVE_EVERY_S = 15.0


@dataclass(frozen=True)
class Plan:
    """What is asked for: where figures are kept, which kinds, how many examples of each kind."""

    out: Path
    kinds: tuple[str, ...]
    features: Path | None = None
    examples: int = 1
    workers: int = 1


@dataclass(frozen=True)
class Outcome:
    """What is known of all generators asked for, now or from before.

    rows are complete: a generator has, for a kind, a row for every painting or none. identities
    are by generator; failures are sentences.
    """

    cards: tuple[GeneratorCard, ...]
    identities: dict[str, str]
    rows: tuple[Row, ...]
    examples: tuple[Example, ...]
    failures: tuple[str, ...]


def measure_missing(
    cards: Sequence[GeneratorCard],
    gallery: Gallery,
    plan: Plan,
    say: Callable[[str], None],
) -> Outcome:
    """Measure what the folder's figures lack, and return all that was asked for.

    Figures are kept every few seconds and at the end, however it ends: a run that was stopped
    goes on where it was, and another generator costs its own fills only.
    Raises StoreError, FileNotFoundError, ValueError or ChildProcessError.
    """
    plan.out.mkdir(parents=True, exist_ok=True)
    campaign = _Campaign(cards, gallery, plan)
    tasks = campaign.missing()
    progress = MeasureProgress(tasks, len(gallery.crops), say)
    saved = time.monotonic()
    try:
        for filled in work(tasks, gallery, plan.features, plan.workers):
            campaign.take(filled)
            progress.done(filled)
            if time.monotonic() - saved > _SAVE_EVERY_S:
                campaign.store.save()
                saved = time.monotonic()
    finally:
        campaign.store.save()
    return campaign.outcome()


class _Campaign:
    """The keys of all fills asked for, and what is known of them."""

    def __init__(self, cards: Sequence[GeneratorCard], gallery: Gallery, plan: Plan) -> None:
        self.store = FigureStore(plan.out / FIGURES)
        self._cache = FillCache(plan.out / FILLS)
        self._gallery, self._plan = gallery, plan
        self._failures: dict[str, None] = {}
        self._identities = self._identified(cards)
        self._cards = tuple(card for card in cards if card.id in self._identities)
        self._features = _digest(plan.features)
        count = len(gallery.crops)
        self._scenes = {
            (kind, index): gallery.scene(kind, index)
            for kind in plan.kinds
            for index in range(count)
        }
        self._shown = {
            (kind, index)
            for number, kind in enumerate(plan.kinds)
            for index in shown(count, plan.examples, number / len(plan.kinds))
        }

    def missing(self) -> list[Task]:
        """Return what is to be filled, generator by generator."""
        tasks = []
        for card in self._cards:
            for index in range(len(self._gallery.crops)):
                kinds = tuple(kind for kind in self._plan.kinds if self._lacks(card, kind, index))
                pictures = frozenset(kind for kind in kinds if (kind, index) in self._shown)
                if kinds:
                    tasks.append(Task(card, index, kinds, pictures))
        return tasks

    def take(self, filled: Filled) -> None:
        """Keep what a task gave."""
        card, index = filled.task.card, filled.task.index
        self.store.add({self._key(card, row.kind, index): row for row in filled.rows})
        for kind, composed in filled.composites.items():
            scene = self._scenes[kind, index]
            self._cache.keep(card.id, self._identities[card.id], scene, composed)
        for kind, sentence in filled.failures.items():
            self._failures[f"{card.id}, {kind}: {sentence}"] = None

    def outcome(self) -> Outcome:
        """Return the rows and examples of all that was asked for."""
        rows: list[Row] = []
        for card in self._cards:
            for kind in self._plan.kinds:
                keys = [self._key(card, kind, index) for index in range(len(self._gallery.crops))]
                if all(key in self.store for key in keys):
                    rows += [self.store[key] for key in keys]
        examples = tuple(self._example(kind, index) for kind, index in self._in_order())
        return Outcome(self._cards, self._identities, tuple(rows), examples, tuple(self._failures))

    def _identified(self, cards: Sequence[GeneratorCard]) -> dict[str, str]:
        found = {}
        for card in cards:
            try:
                found[card.id] = identity(card)
            except GeneratorError as error:
                self._failures[f"{card.id}: {error}"] = None
        return found

    def _key(self, card: GeneratorCard, kind: str, index: int) -> Key:
        return Key(
            kind, card.id, self._identities[card.id], self._gallery.names[index],
            self._gallery.size, self._scenes[kind, index], self._features,
        )  # fmt: skip

    def _lacks(self, card: GeneratorCard, kind: str, index: int) -> bool:
        if self._key(card, kind, index) not in self.store:
            return True
        return (kind, index) in self._shown and self._composite(card, kind, index) is None

    def _composite(self, card: GeneratorCard, kind: str, index: int) -> Pixels | None:
        return self._cache.find(
            card.id, self._identities[card.id], self._scenes[kind, index],
            self._gallery.crops[index], self._gallery.mask(kind, index),
        )  # fmt: skip

    def _example(self, kind: str, index: int) -> Example:
        found = {card.id: self._composite(card, kind, index) for card in self._cards}
        fills = {name: composed for name, composed in found.items() if composed is not None}
        return Example(kind, self._gallery.crops[index], self._gallery.mask(kind, index), fills)

    def _in_order(self) -> list[tuple[str, int]]:
        order = {kind: number for number, kind in enumerate(self._plan.kinds)}
        return sorted(self._shown, key=lambda place: (order[place[0]], place[1]))


def shown(count: int, examples: int, offset: float) -> set[int]:
    """Return which paintings to show: at even distances, moved by a share of one distance."""
    examples = min(examples, count)
    return {int((index + offset) * count / examples) for index in range(examples)}


def _digest(features: Path | None) -> str:
    if features is None:
        return ""
    if not features.is_file():
        raise FileNotFoundError(f"The feature file {features} does not exist.")
    return hashlib.sha256(features.read_bytes()).hexdigest()[:12]
