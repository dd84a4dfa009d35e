import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.geometry import Rect, TileKey
from core.image.reduced_surface import reduced_surface
from core.image.reduction import area_mean
from core.image.surface import Surface
from core.image.tile_cache import TileCache

PICTURE = Rect(0, 0, 1500, 1100)


@given(st.integers(1, 5), st.sets(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=4))
@settings(max_examples=25)
def test_its_tiles_are_the_area_means_of_the_surface(level: int, places: set) -> None:
    rng = np.random.default_rng(len(places))
    surface = Surface.retouch(3).with_tiles(
        {TileKey(*place): rng.integers(1, 65536, (256, 256, 4), np.uint16) for place in places}
    )
    for cache in (None, TileCache(1 << 24)):
        small = reduced_surface(surface, level, PICTURE, cache)
        area = PICTURE.at_level(level)
        assert np.array_equal(small.read(area), area_mean(surface.read(PICTURE), level))
        assert all(not tile.flags.writeable for tile in small.tiles.values())
        assert len(small.tiles) == len({TileKey(x >> level, y >> level) for x, y in places})
