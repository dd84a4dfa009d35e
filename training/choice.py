"""Which images of a collection are used: data sets by name, classes, and splits by painting."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

# Where torchvision's data sets keep their images below their root.
FOLDERS: Mapping[str, str] = {
    "celeba": "celeba/img_align_celeba",
    "dtd": "dtd/dtd/images",
    "flowers102": "flowers-102/jpg",
    "places365": "data_256_standard",
}


def data_folder(text: str) -> Path:
    """Return the folder that `--data` means: a path, or NAME=ROOT for a data set of FOLDERS."""
    name, equals, root = text.partition("=")
    return Path(root) / FOLDERS[name] if equals and name in FOLDERS else Path(text)


def data_set_of(folder: Path) -> tuple[str, Path] | None:
    """Return the name of the data set that lies at a folder of FOLDERS, and its root."""
    for name, place in FOLDERS.items():
        parts = Path(place).parts
        if folder.parts[-len(parts) :] == parts:
            return name, Path(*folder.parts[: -len(parts)])
    return None


@dataclass(frozen=True)
class Choice:
    """Which of the images below a folder are used.

    classes, where given, are the names of the folders an image may lie in (`forest/broadleaf`
    names two levels). shares, as (0.85, 0.1, 0.05), split the images; part is the number of the
    share taken, -1 the last. An image's place hangs on its name alone, so that it stays where it
    is when others come or go, and all crops of a painting are on one side.
    """

    classes: Sequence[str] = ()
    shares: Sequence[float] = (1.0,)
    part: int = 0

    def takes(self, path: Path) -> bool:
        """Return whether an image is of the classes and of the part."""
        return self._is_of_classes(path) and self._part_of(path.name) == self.part % len(
            self.shares
        )

    def _is_of_classes(self, path: Path) -> bool:
        folder = f"/{path.parent.as_posix()}"
        return not self.classes or any(folder.endswith(f"/{name}") for name in self.classes)

    def _part_of(self, name: str) -> int:
        digest = hashlib.sha256(name.encode("utf-8")).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64 * sum(self.shares)
        ends = list(accumulate(self.shares))
        return next((part for part, end in enumerate(ends) if place < end), len(ends) - 1)


def shares(text: str) -> tuple[float, ...]:
    """Read the shares of a split, as “85,10,5”. Raises ValueError unless all are above 0."""
    values = tuple(float(value) for value in text.split(","))
    if not all(value > 0 for value in values):
        raise ValueError("shares are above 0")
    return values
