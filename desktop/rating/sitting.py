"""One rater's way through the fills: which one comes now, what is behind, skipped and left."""

from collections.abc import Sequence

from desktop.rating.composites import Fill
from desktop.rating.scores import Score, ScoreSheet


class Sitting:
    """Where a rater is in the blind order; begins at the first fill not judged yet. One thread."""

    def __init__(self, order: Sequence[Fill], sheet: ScoreSheet, rater: str) -> None:
        self.rater = rater
        self._order, self._sheet = order, sheet
        self._unreadable: set[int] = set()
        self._place = self._frontier = 0
        self.return_to_skipped()

    @property
    def fill(self) -> Fill | None:
        """The fill to be judged now; None at the end."""
        return self._order[self._place] if self._place < len(self._order) else None

    @property
    def number(self) -> int:
        """Its place in the order, from 1."""
        return self._place + 1

    @property
    def total(self) -> int:
        """How many fills there are, unreadable ones not counted."""
        return len(self._order) - len(self._unreadable)

    @property
    def done(self) -> int:
        """How many are judged."""
        return sum(self._is_judged(place) for place in range(len(self._order)))

    @property
    def left(self) -> int:
        """How many are not judged yet."""
        return len([place for place in range(len(self._order)) if self._is_open(place)])

    @property
    def unreadable(self) -> list[Fill]:
        """Fills that cannot be shown."""
        return [self._order[place] for place in sorted(self._unreadable)]

    @property
    def can_go_back(self) -> bool:
        """Whether a fill that can be shown lies behind."""
        return self._before() is not None

    def score(self, fill: Fill) -> Score | None:
        """Return what the rater gave a fill, if anything."""
        return self._sheet.of(self.rater, fill.name, fill.method)

    def go_on(self) -> None:
        """Go to the next fill: what was walked back is walked forth, what is judged is passed."""
        self._place += 1
        while self._place < len(self._order) and (
            self._place in self._unreadable
            or (self._place > self._frontier and self._is_judged(self._place))
        ):
            self._place += 1
        self._frontier = max(self._frontier, self._place)

    def go_back(self) -> None:
        """Go to the fill before; nowhere from the first."""
        before = self._before()
        if before is not None:
            self._place = before

    def set_aside(self) -> None:
        """Leave out the present fill, which cannot be shown, and go on."""
        self._unreadable.add(self._place)
        self.go_on()

    def return_to_skipped(self) -> None:
        """Go to the first fill that is not judged; to the end if there is none."""
        places = range(len(self._order))
        self._place = next((place for place in places if self._is_open(place)), len(self._order))
        self._frontier = self._place

    def _before(self) -> int | None:
        behind = (place for place in range(self._place - 1, -1, -1))
        return next((place for place in behind if place not in self._unreadable), None)

    def _is_judged(self, place: int) -> bool:
        return self.score(self._order[place]) is not None

    def _is_open(self, place: int) -> bool:
        return place not in self._unreadable and not self._is_judged(place)
