"""The palette: pigments of about 1880 and their mixtures, sRGB-encoded 0..1."""

import numpy as np
from field import F32

# As they look when laid thickly in oil.
PIGMENTS = {
    "lead white": (0.960, 0.941, 0.886),
    "naples yellow": (0.949, 0.812, 0.545),
    "yellow ochre": (0.753, 0.565, 0.267),
    "raw sienna": (0.612, 0.427, 0.204),
    "burnt sienna": (0.478, 0.239, 0.125),
    "burnt umber": (0.271, 0.188, 0.125),
    "bone black": (0.118, 0.106, 0.098),
    "vermilion": (0.757, 0.255, 0.153),
    "madder lake": (0.541, 0.173, 0.216),
    "ultramarine": (0.157, 0.224, 0.478),
    "cobalt blue": (0.251, 0.427, 0.647),
    "green earth": (0.443, 0.494, 0.361),
    "viridian": (0.114, 0.349, 0.290),
    "sap green": (0.290, 0.353, 0.129),
}


def mixed(**parts: float) -> F32:
    """Mix pigments by weight; names are written with underscores."""
    total = sum(parts.values())
    colour = np.zeros(3, np.float64)
    for name, weight in parts.items():
        colour += np.array(PIGMENTS[name.replace("_", " ")]) * (weight / total)
    return colour.astype(np.float32)
