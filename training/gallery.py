"""What every generator is measured on: crops of paintings, and for each a hole of every kind."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from training.data import Paintings, centre_crop
from training.masks import Mask, evaluation_mask
from training.metrics import Pixels

# Raised when the figures of the same fill come to mean something else.
_PROTOCOL = b"lacuna evaluation 1"


@dataclass(frozen=True)
class Gallery:
    """Square crops, (size, size, 3) uint8 each, their paintings' names, and real craquelure.

    Painting number i gets mask number i of each kind, the same for all generators.
    """

    crops: tuple[Pixels, ...]
    names: tuple[str, ...]
    bank: tuple[Mask, ...] = ()

    @property
    def size(self) -> int:
        """The crops' side in px."""
        return len(self.crops[0])

    def mask(self, kind: str, index: int) -> Mask:
        """Return the hole of that kind in painting number `index`."""
        return evaluation_mask(kind, self.size, index, self.bank)

    def scene(self, kind: str, index: int) -> str:
        """Return a digest of the crop and its hole: equal if and only if both are."""
        digest = hashlib.sha256(_PROTOCOL)
        digest.update(self.crops[index].tobytes())
        digest.update(self.mask(kind, index).tobytes())
        return digest.hexdigest()[:12]


def gallery_of(paintings: Paintings, size: int, bank: Sequence[Mask]) -> Gallery:
    """Return the centre crops of all paintings."""
    crops = tuple(centre_crop(painting, size) for painting in paintings.images)
    return Gallery(crops, paintings.names, tuple(bank))
