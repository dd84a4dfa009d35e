"""Report art-recovery's Table 3 beside ours, and what is said of its order."""

import pytest

from training.evaluate import Row
from training.metrics import Figures
from training.published import table_3
from training.summary import Summary


def summary(kind="S64", **psnr):
    """Systems with the same PSNR, moved a little from painting to painting, or by a noise."""
    rows = []
    for name, (level, noise) in psnr.items():
        for painting in range(12):
            value = level + 0.1 * painting + noise * (-1) ** painting
            figures = Figures(value, value - 9, 0.9, 1 / value, 2 / value, 0.1, 0.1, 0.5, 0.9)
            rows.append(Row(kind, name.replace("_", "-"), f"{painting}", 0.1, figures, 0.1))
    return Summary(rows, [])


def test_the_reports_order_is_found_where_it_holds():
    text = table_3(summary(pconv_unet=(28, 0), glcic=(30, 0), pconv_gan=(31, 0)))
    assert "| `pconv-gan` | 33.1 | 0.00879 | 31.55 |" in text
    assert "| S64: `pconv-gan` − `glcic` | **+1.00 [+1.00, +1.00]** |" in text
    assert "S64: the report's order by PSNR, `pconv-unet` < `glcic` < `pconv-gan`, holds." in text


@pytest.mark.parametrize(
    ("psnr", "words"),
    [
        ({"pconv_unet": (32, 0), "glcic": (30, 0), "pconv_gan": (31, 0)},
         "against the report, `pconv-unet` is better than `glcic` and `pconv-unet` is better than "
         "`pconv-gan`."),
        ({"pconv_unet": (28, 0), "glcic": (30, 0), "pconv_gan": (30.1, 3)},
         "does not hold here: not told apart: `pconv-gan` and `glcic`."),
    ],
)  # fmt: skip
def test_a_contradiction_is_told(psnr, words):
    assert words in table_3(summary(**psnr))


def test_without_all_three_or_a_square_there_is_no_table():
    assert table_3(summary(pconv_unet=(28, 0), glcic=(30, 0))) is None
    three = {"pconv_unet": (28, 0), "glcic": (30, 0), "pconv_gan": (31, 0)}
    assert table_3(summary("L", **three)) is None
