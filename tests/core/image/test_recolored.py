import numpy as np

from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.recolored import Recolored
from core.image.surface import U16


class Flat:
    width, height = 40, 30

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def read(self, rect: Rect, level: int = 0) -> U16:
        area = rect.at_level(level)
        return np.full((area.height, area.width, self.channels), 30000, np.uint16)


def test_grey_is_seen_as_three_equal_channels_and_rgb_as_grey() -> None:
    grey, rgb = ColorProfile.of(None, 1), ColorProfile.of(None, 3)
    for profile, to_profile in ((grey, rgb), (rgb, grey), (rgb, rgb)):
        seen = Recolored(Flat(profile.channels), profile, to_profile)
        assert (seen.width, seen.height, seen.channels) == (40, 30, to_profile.channels)
        samples = seen.read(Rect(0, 0, 40, 30), 1)
        assert samples.shape == (15, 20, to_profile.channels)
        assert np.abs(samples.astype(int) - 30000).max() <= 1
