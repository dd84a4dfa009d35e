import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inpainting.patch_match import places
from core.inpainting.patch_vote import origins, voted

HEIGHT, WIDTH, RADIUS = 14, 11, 1


def _votes(
    hole: np.ndarray, source: np.ndarray, weight: np.ndarray
) -> dict[tuple[int, int], list[tuple[float, int, int]]]:
    """Per sample of the hole: the weight, row and column of each vote, patch by patch."""
    targets, sources = places(hole, RADIUS)
    votes: dict[tuple[int, int], list[tuple[float, int, int]]] = {}
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            for number, (y, x) in enumerate(zip(targets.y, targets.x, strict=True)):
                if hole[y + dy, x + dx]:
                    origin = source[number]
                    row, column = sources.y[origin] + dy, sources.x[origin] + dx
                    vote = (float(weight[number]), int(row), int(column))
                    votes.setdefault((int(y + dy), int(x + dx)), []).append(vote)
    return votes


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100))
def test_both_are_what_a_loop_over_all_votes_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hole = np.zeros((HEIGHT, WIDTH), np.uint8)
    hole[5:9, 3:7] = rng.random((4, 4)) < 0.6
    hole[0, 0] = 1
    known = rng.normal(size=(HEIGHT, WIDTH, 2)).astype(np.float32)
    targets, sources = places(hole, RADIUS)
    source = rng.integers(len(sources), size=len(targets), dtype=np.int32)
    weight = rng.uniform(0.1, 1, len(targets)).astype(np.float32)
    filled = voted(known, hole, targets, sources, source, weight, RADIUS)
    found = origins(hole, targets, sources, source, weight, RADIUS)
    votes = _votes(hole, source, weight)
    assert set(votes) == set(zip(*np.nonzero(hole), strict=True))
    for (y, x), cast in votes.items():
        weights = [vote[0] for vote in cast]
        mean = np.average([known[row, column] for _, row, column in cast], axis=0, weights=weights)
        np.testing.assert_allclose(filled[y, x], mean, rtol=1e-4, atol=1e-5)
        _, row, column = max(cast, key=lambda vote: vote[0])
        assert divmod(int(found[y, x]), WIDTH) == (row, column)
    np.testing.assert_array_equal(filled[hole == 0], known[hole == 0])
    assert (found[hole == 0] == -1).all()
