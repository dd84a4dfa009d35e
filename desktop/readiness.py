"""Which tiles are quickly read by now, while the painting's pyramid is still being built."""

from core.document.layer import LayerStack
from desktop.display_tile import DisplayKey, ProgressiveSource

_PATIENCE = 50


class Readiness:
    """Answers for the painting of a stack. GUI thread only."""

    def __init__(self, layers: LayerStack) -> None:
        self._retries = 0
        self.follow(layers)

    def follow(self, layers: LayerStack) -> None:
        """Answer for the painting of another stack."""
        self._picture = layers.rect
        self._painting = layers.layers[0].source
        # To ask for a protocol takes a quarter of a millisecond: too long for each tile of a pan.
        painting = self._painting
        self._source = painting if isinstance(painting, ProgressiveSource) else None

    def is_of(self, layers: LayerStack) -> bool:
        """Whether it answers for the painting of this stack."""
        return layers.layers[0].source is self._painting

    def is_readable(self, key: DisplayKey) -> bool:
        """Whether a tile is quickly read by now, or it is no use to wait for that.

        What the pyramid that is being built will have is waited for, as long as that is at work;
        finer tiles are read from the file or the store as soon as they are in sight.
        """
        source = self._source
        if source is None or (self._retries > _PATIENCE and not source.is_growing):
            return True
        if source.is_near(key.level):
            return True
        return source.has(key.document_rect(self._picture), key.level)

    def note(self, has_come: bool) -> None:
        """Know that what was waited for was looked for, and whether some of it had come."""
        self._retries += 1
        if has_come and self._retries <= _PATIENCE:
            self._retries = 0
