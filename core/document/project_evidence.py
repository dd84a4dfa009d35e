"""The evidence of a project's layers: files found again, opened once, or named as missing."""

from collections.abc import Callable
from pathlib import Path

from core.document.layer import LayerStack
from core.document.project_painting import PaintingReference, find_painting
from core.errors import ImageReadError, ProjectError
from core.image.surface import PixelSource

_Key = tuple[str, str]


class EvidenceFiles:
    """Called with a reference, it gives the picture, or None if that is missing or changed.

    Without `open_evidence` it opens none, and gives only those it knows from stacks.
    """

    def __init__(
        self, project: Path, open_evidence: Callable[[Path], PixelSource] | None = None
    ) -> None:
        self._project = project
        self._open = open_evidence
        self._sources: dict[_Key, PixelSource | None] = {}
        self._missing: list[str] = []

    @property
    def missing(self) -> tuple[str, ...]:
        """A sentence for each picture that was asked for and not found."""
        return tuple(self._missing)

    def know(self, layers: LayerStack) -> None:
        """Remember the pictures that a stack's evidence has."""
        for layer in layers:
            if layer.evidence is not None and layer.evidence.source is not None:
                self._sources[_key(layer.evidence.reference)] = layer.evidence.source

    def __call__(self, reference: PaintingReference) -> PixelSource | None:
        key = _key(reference)
        if key not in self._sources:
            self._sources[key] = self._opened(reference)
        return self._sources[key]

    def _opened(self, reference: PaintingReference) -> PixelSource | None:
        if self._open is None:
            return None
        name = Path(reference.path).name
        try:
            return self._open(find_painting(reference, self._project))
        except ProjectError:
            why = "was not found, or is another file by now"
        except ImageReadError:
            why = "can no longer be read"
        self._missing.append(
            f"The evidence {name} {why}, so its layer shows nothing; put it back at "
            f"{reference.path} and open the painting again."
        )
        return None


def _key(reference: PaintingReference) -> _Key:
    return reference.path, reference.sha256
