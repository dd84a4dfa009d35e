"""Where a dragged row of the Layers dock would be dropped."""

from collections.abc import Sequence
from typing import NamedTuple

from core.document.groups import Place
from core.document.layer import Layer, LayerKind

_EDGE = 0.3
"""The part of a group's row, at either end, that means above or below it instead of into it."""


class Drop(NamedTuple):
    """A place, and where it is marked: above the row `gap`, or on it (into that group)."""

    place: Place
    gap: int
    is_on_row: bool = False


def drop_at(
    rows: Sequence[Layer],
    places: Sequence[Place],
    layer_id: int,
    at: float,
    *,
    is_indented: bool,
) -> Drop | None:
    """Return where a layer goes that is dropped at a height, in rows from the top.

    rows: all layers from top to bottom; places: those the dragged one can take, itself and its
    members not counted. is_indented: the pointer is so far to the right that where a group ends
    the place in it is meant. None where it would lie as it lies now, or cannot lie.
    """
    row = min(int(at), len(rows) - 1)
    over, part = rows[row], at - row
    if over.kind is LayerKind.GROUP and _EDGE < part < 1 - _EDGE and over.id != layer_id:
        place = _place(rows, places, layer_id, row + 1, is_inside=True)
        if place is not None and place.group == over.id:
            return Drop(place, row, is_on_row=True)
    gap = row + (part > 0.5)
    place = _place(rows, places, layer_id, gap, is_inside=is_indented)
    return None if place is None else Drop(place, gap)


def _place(
    rows: Sequence[Layer], places: Sequence[Place], layer_id: int, gap: int, *, is_inside: bool
) -> Place | None:
    """Return the place between row gap − 1 and row gap."""
    below = [row for row in rows[gap:] if layer_id not in (row.id, row.group)]
    found = [place for place in places if place.position == len(below)]
    mine = next(row for row in rows if row.id == layer_id)
    wanted = [place for place in found if (place.group is not None) == is_inside] or found
    others = [row for row in rows if layer_id not in (row.id, row.group)]
    start = len([row for row in rows[rows.index(mine) :] if row in others])
    if not wanted or wanted[0] == Place(start, mine.group):
        return None
    return wanted[0]
