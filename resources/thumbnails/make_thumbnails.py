"""Draw the classical fills' thumbnails: `python resources/thumbnails/make_thumbnails.py`."""

from pathlib import Path

from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.thumbnail import draw_thumbnail, encoded_thumbnail


def main() -> None:
    """Write one PNG per classical fill beside this script."""
    folder = Path(__file__).resolve().parent
    for card in classical_cards():
        picture = draw_thumbnail(ClassicalGenerator(card))
        (folder / f"{card.id}.png").write_bytes(encoded_thumbnail(picture))


if __name__ == "__main__":
    main()
