"""A picture seen in the colour space of another: for evidence beside the painting."""

from core.image.color import ColorProfile, ColorTransform
from core.image.geometry import Rect
from core.image.surface import U16, PixelSource


class Recolored:
    """A PixelSource in a document's profile and channels. Any thread may read it.

    Colours that the document's space cannot hold are clipped: it is to be looked at only.
    """

    def __init__(
        self, source: PixelSource, profile: ColorProfile, to_profile: ColorProfile
    ) -> None:
        self._source = source
        self._is_same = profile.icc == to_profile.icc and profile.channels == to_profile.channels
        self._from, self._to = ColorTransform(profile), ColorTransform(to_profile)
        self.width, self.height = source.width, source.height
        self.channels = to_profile.channels

    def read(self, rect: Rect, level: int = 0) -> U16:
        """Return (h, w, channels) samples of `rect.at_level(level)`. Raises ImageReadError."""
        samples = self._source.read(rect, level)
        return samples if self._is_same else self._to.from_srgb(self._from.to_srgb(samples))
