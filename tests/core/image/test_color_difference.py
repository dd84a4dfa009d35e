import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000

from core.image.color_difference import ciede2000

# From the test data of Sharma, Wu and Dalal 2005, table 1: pairs that earlier programs got wrong.
SHARMA = (
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, -0.001, 2.49), (50.0, 0.0009, -2.49), 4.8045),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
)
LAB = st.tuples(st.floats(0, 100), st.floats(-100, 100), st.floats(-100, 100))


@pytest.mark.parametrize(("one", "other", "expected"), SHARMA)
def test_it_meets_the_published_test_data(one, other, expected) -> None:
    found = ciede2000(np.array(one, np.float32), np.array(other, np.float32))
    assert float(found) == pytest.approx(expected, abs=1e-3)


@given(st.lists(LAB, min_size=1, max_size=20), LAB)
def test_it_agrees_with_scikit_image(colors, reference) -> None:
    lab = np.array(colors, np.float32)
    # Where two hues lie opposite each other the formula jumps.
    hues = np.arctan2(lab[:, 2], lab[:, 1]) - np.arctan2(reference[2], reference[1])
    assume((np.abs(np.abs(hues) - np.pi) > 0.01).all())
    expected = deltaE_ciede2000(lab.astype(float), np.array([reference]))
    assert ciede2000(lab, np.array(reference, np.float32)) == pytest.approx(expected, abs=0.02)
