"""How different colours look: CIEDE2000."""

import numpy as np

from core.image.surface import F32


def ciede2000(lab: F32, reference: F32) -> F32:
    """Return (...) float32 differences of (..., 3) L*a*b* colours from one of them, (3,).

    CIEDE2000 with kL = kC = kH = 1, after Sharma, Wu and Dalal 2005, eq. 2-22; the names are
    theirs. In float32: within 0.001 of their test data.
    """
    l1, a1, b1 = (np.float32(value) for value in reference)
    l2, a2, b2 = (np.asarray(lab[..., at], np.float32) for at in range(3))
    mean_c = np.asarray((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2, np.float32)
    g = 1.5 - 0.5 * np.sqrt(_share(mean_c))
    a1p, a2p = a1 * g, a2 * g
    c1, c2 = np.hypot(a1p, b1), np.hypot(a2p, b2)
    h1, h2 = np.arctan2(b1, a1p), np.arctan2(b2, a2p)
    # The angle between the hues, the short way round, and their mean on that same arc.
    turn = np.mod(h2 - h1 + np.pi, 2 * np.pi) - np.pi
    turn = np.where(c1 * c2 == 0, np.float32(0.0), turn)
    mean_h = np.where(c1 * c2 == 0, h1 + h2, h1 + turn / 2)
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2)
    mean_l, mean_cp = (l1 + l2) / 2, np.asarray((c1 + c2) / 2, np.float32)
    t = (
        1
        - 0.17 * np.cos(mean_h - np.pi / 6)
        + 0.24 * np.cos(2 * mean_h)
        + 0.32 * np.cos(3 * mean_h + np.pi / 30)
        - 0.20 * np.cos(4 * mean_h - 63 * np.pi / 180)
    )
    off = np.square(mean_l - 50)
    sl = 1 + 0.015 * off / np.sqrt(20 + off)
    sc = 1 + 0.045 * mean_cp
    sh = 1 + 0.015 * mean_cp * t
    blue = np.mod(np.degrees(mean_h), 360) - 275
    theta = np.pi / 3 * np.exp(-np.square(blue / 25))
    rt = -np.sin(theta) * 2 * np.sqrt(_share(mean_cp))
    l_part, c_part, h_part = dl / sl, dc / sc, dh / sh
    square = l_part * l_part + c_part * c_part + h_part * h_part + rt * c_part * h_part
    return np.asarray(np.sqrt(np.maximum(square, 0)), np.float32)


def _share(chroma: F32) -> F32:
    seventh = np.power(chroma, np.float32(7))
    return np.asarray(seventh / (seventh + np.float32(25.0**7)), np.float32)
