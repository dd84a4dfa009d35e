"""All generators there are: shipped, added by the user, and classical."""

from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_data_path

from core.errors import CardError
from core.inpainting.card import GeneratorCard, find_cards
from core.inpainting.classical import classical_cards
from core.resources import generators_dir


def catalogue(extra_dirs: Sequence[Path] = ()) -> tuple[list[GeneratorCard], list[CardError]]:
    """Return all cards, trained ones first, then by id; and one error per unreadable card.

    They come from extra_dirs, the shipped folder and the user's (`user_generators_dir`), each
    with one folder per generator; folders that do not exist count as empty. Where ids repeat, the
    first wins: a folder named on purpose goes before the shipped one, and nothing that merely
    lies in the user's takes a shipped one's place. No card takes the id of a classical fill.
    """
    folders = dict.fromkeys((*extra_dirs, generators_dir(), user_generators_dir()))
    found, errors = find_cards(*folders)
    cards = {card.id: card for card in classical_cards()}
    for card in found:
        if card.id in cards or card.engine == "classical":
            errors.append(
                CardError(f"The card in {card.folder} takes the name of a classical fill.")
            )
        else:
            cards[card.id] = card
    return sorted(cards.values(), key=lambda card: (not card.is_trained, card.id)), errors


def user_generators_dir() -> Path:
    """Return the folder for generators the user adds; it need not exist."""
    return user_data_path("Lacuna", appauthor=False) / "generators"
