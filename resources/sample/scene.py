"""The motif of the sample painting: a river at evening, as fields of colour, flow and detail.

Positions are in picture heights: x 0..4/3, y 0..1 downwards. Colours are sRGB-encoded, 0..1.
"""

import cv2
import numpy as np
from field import F32, Random, Scene, fractal, laid, step
from pigments import mixed
from trees import Clump, far_trees, oak

HORIZON = 0.505


def river_scene(height: int, rng: Random) -> tuple[Scene, list[Clump]]:
    """Return the motif at (height, height·4/3), and the oak's foliage from back to front."""
    width = height * 4 // 3
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    scene = _sky(x, y, rng)
    _hills(scene, x, y, rng)
    _meadow(scene, x, y, rng)
    far_trees(scene, x, y, rng)
    _village(scene, height)
    _river(scene, x, y, rng)
    _near_bank(scene, x, y, rng)
    return scene, oak(scene, x, y, rng)


def _in_perspective(texture: F32, x: F32, depth: F32, scale: tuple[float, float]) -> F32:
    """Look a texture up on a plane that recedes as `depth` (0 at the horizon) shrinks."""
    far = np.maximum(depth, 0.012)
    size = texture.shape[0] - 1
    u, v = ((x - 0.6) / far * scale[0] + 3.7) * size, 1.0 / far * scale[1] * size
    # Folded like a mirror, because the noise does not repeat without a seam.
    u, v = (size - np.abs(at % (2 * size) - size) for at in (u, v))
    return np.asarray(cv2.remap(texture, u, v, cv2.INTER_LINEAR), np.float32)


def _sky(x: F32, y: F32, rng: Random) -> Scene:
    zenith = mixed(cobalt_blue=5, ultramarine=1, lead_white=3.4)
    middle = mixed(cobalt_blue=2.2, lead_white=6.5, naples_yellow=0.7)
    low = mixed(naples_yellow=4, lead_white=5, vermilion=0.35)
    height = (y / HORIZON)[..., None]
    blue = zenith + step(height - 0.22, 0.5) * (middle - zenith)
    sky = blue + step(height - 0.74, 0.38) * (low - blue)
    glow = np.exp(-((x - 0.44) ** 2 / 0.16 + (y - 0.48) ** 2 / 0.03))[..., None]
    sky = sky + glow * 0.55 * (mixed(naples_yellow=6, lead_white=5, yellow_ochre=0.6) - sky)

    texture = fractal(1024, 1024, 5, rng, 6)
    over = HORIZON + 0.16 - y
    thick = _in_perspective(texture, x, over, (0.16, 0.115))
    toward_sun = _in_perspective(texture, x - 0.012, over - 0.022, (0.16, 0.115))
    cover = step(thick - 0.22 + 0.25 * (y / HORIZON - 0.5), 0.55)[..., None]
    lit = np.clip(0.58 + 1.15 * (thick - toward_sun) - 0.24 * thick, 0, 1)[..., None]
    shadow = mixed(lead_white=4.2, ultramarine=1.3, madder_lake=0.6, burnt_umber=0.9)
    bright = mixed(lead_white=8, naples_yellow=2.4, vermilion=0.25)
    cloud = shadow + lit * (bright - shadow)
    colour = (sky + cover * 0.93 * (cloud - sky)).astype(np.float32)
    slope = cv2.GaussianBlur(thick, (0, 0), 9)
    flow = np.arctan2(cv2.Sobel(slope, -1, 1, 0), -cv2.Sobel(slope, -1, 0, 1) - 0.25)
    flow = np.clip((flow + np.pi / 2) % np.pi - np.pi / 2, -0.9, 0.9)
    detail = (0.10 + 0.25 * cover[..., 0]).astype(np.float32)
    return Scene(colour, flow.astype(np.float32), detail)


def _hills(scene: Scene, x: F32, y: F32, rng: Random) -> None:
    ridges = (
        (0.452, 0.018, 1.3, mixed(lead_white=4, cobalt_blue=2.6, madder_lake=0.8), 0.25),
        (0.477, 0.012, 2.0, mixed(lead_white=2.6, cobalt_blue=2.4, green_earth=1.8), 0.30),
        (0.500, 0.008, 3.5, mixed(lead_white=1.4, green_earth=3, cobalt_blue=1.2), 0.38),
    )
    height, width = y.shape
    for base, swing, cells, colour, detail in ridges:
        line = base + swing * fractal(2, width, cells / 300, rng, 6)[0]
        line = line + 0.018 * np.cos((x[0] - 0.35) * 4.2)
        relief = fractal(height, width, 14, rng, 3)
        tone = colour * (1 + 0.06 * relief[..., None])
        flow = np.arctan(np.gradient(line) * height)[None] * np.ones_like(y) + 0.25
        laid(scene, step(y - line[None], 0.0022), tone.astype(np.float32), flow, detail)


def _meadow(scene: Scene, x: F32, y: F32, rng: Random) -> None:
    depth = y - HORIZON + 0.005
    fields = _in_perspective(fractal(1024, 1024, 8, rng, 2), x, depth, (0.020, 0.012))
    grass = _in_perspective(fractal(1024, 1024, 30, rng, 4), x, depth, (0.05, 0.05))
    ripe = mixed(yellow_ochre=4, naples_yellow=4, sap_green=1)
    green = mixed(sap_green=5, yellow_ochre=2.5, lead_white=1.4, viridian=0.8)
    deep = mixed(sap_green=5, viridian=1.4, burnt_umber=1.6)
    colour = green + step(fields + 0.05, 0.45)[..., None] * (ripe - green)
    near = step(depth - 0.16, 0.2)[..., None]
    colour = colour + (0.30 + 0.45 * near) * step(-fields - 0.5, 0.5)[..., None] * (deep - colour)
    colour = colour * (1 + (0.04 + 0.06 * near) * grass[..., None])
    haze = np.exp(-depth / 0.035)[..., None] * 0.5
    colour = colour + haze * (mixed(lead_white=4, naples_yellow=2, cobalt_blue=0.8) - colour)
    sunlit = step(grass * 0.5 + 0.9 * fractal(*y.shape, 5, rng, 3) - 0.35, 0.7)
    sunlit = sunlit * np.exp(-((y - 0.655) ** 2) / 0.006)
    warm = mixed(naples_yellow=3, yellow_ochre=2.4, sap_green=2.6)
    colour = colour + 0.62 * sunlit[..., None] * (warm - colour)
    cast = np.exp(-(((x - 0.37) / 0.24) ** 4) - ((y - 0.742 - 0.02 * grass / 3) / 0.026) ** 4)
    colour = colour + 0.62 * cast[..., None] * (deep * 0.8 - colour)
    flow = 0.05 * np.sin(x * 9) - 0.05
    laid(scene, step(depth, 0.002), colour.astype(np.float32), flow.astype(np.float32), 0.42)


def _village(scene: Scene, height: int) -> None:
    """The house on the far bank and a church spire by the hills."""
    wall, shade = mixed(lead_white=7, naples_yellow=3), mixed(lead_white=4, ultramarine=1.2,
        madder_lake=0.7, burnt_umber=1.8)  # fmt: skip
    roof, roof_shade = mixed(vermilion=2, burnt_sienna=3, naples_yellow=2.4), mixed(burnt_sienna=4,
        madder_lake=1, ultramarine=0.8, lead_white=1)  # fmt: skip
    dark = mixed(burnt_umber=4, ultramarine=1.4, lead_white=1.2)
    hazy = mixed(lead_white=3.0, cobalt_blue=1.5, madder_lake=0.9)
    shapes = (
        (((0.560, 0.505), (0.560, 0.470), (0.566, 0.440), (0.572, 0.470), (0.572, 0.505)), hazy),
        (((0.572, 0.505), (0.572, 0.486), (0.602, 0.486), (0.602, 0.505)), hazy * 1.1),
        (((0.568, 0.488), (0.578, 0.474), (0.598, 0.474), (0.606, 0.488)), hazy * 0.86),
        (((0.900, 0.600), (0.900, 0.530), (0.938, 0.486), (0.976, 0.530), (0.976, 0.600)), wall),
        (((0.976, 0.600), (0.976, 0.530), (1.105, 0.533), (1.105, 0.598)), shade),
        (((0.936, 0.482), (1.072, 0.489), (1.115, 0.538), (0.978, 0.535)), roof_shade),
        (((0.890, 0.540), (0.934, 0.480), (0.944, 0.482), (0.900, 0.542)), roof),
        (((0.936, 0.482), (1.072, 0.489), (1.085, 0.503), (0.950, 0.497)), roof),
        (((1.020, 0.500), (1.020, 0.456), (1.040, 0.457), (1.040, 0.502)), roof_shade * 1.1),
        (((1.020, 0.500), (1.020, 0.456), (1.027, 0.456), (1.027, 0.501)), roof * 1.05),
        (((0.929, 0.600), (0.929, 0.563), (0.947, 0.563), (0.947, 0.600)), dark),
        (((0.932, 0.532), (0.932, 0.514), (0.945, 0.514), (0.945, 0.532)), dark),
        (((0.908, 0.572), (0.908, 0.552), (0.919, 0.552), (0.919, 0.572)), dark),
        (((0.957, 0.572), (0.957, 0.552), (0.968, 0.552), (0.968, 0.572)), dark),
        (((1.000, 0.572), (1.000, 0.551), (1.014, 0.551), (1.014, 0.572)), dark * 0.9),
        (((1.050, 0.572), (1.050, 0.552), (1.064, 0.552), (1.064, 0.572)), dark * 0.9),
    )
    for corners, colour in shapes:
        mask = np.zeros(scene.flow.shape, np.uint8)
        points = np.round(np.array(corners) * height * 16).astype(np.int32)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
        across = abs(corners[0][0] - corners[2][0]) > 0.05
        laid(scene, mask.astype(np.float32) / 255, colour, 0.03 if across else 1.5, 1.0)


def _bank(y: F32, knots: tuple[tuple[float, float], ...]) -> F32:
    """Return x of a bank over y, smoothly through the knots."""
    at, value = np.array(knots).T
    fine = np.linspace(at[0], at[-1], 400)
    smooth = np.convolve(np.pad(np.interp(fine, at, value), 20, "edge"), np.ones(41) / 41, "valid")
    return np.interp(y, fine, smooth).astype(np.float32)


def _river(scene: Scene, x: F32, y: F32, rng: Random) -> None:
    height, width = y.shape
    ragged = 0.006 * fractal(height, width, 26, rng, 3) * np.clip((y - 0.56) * 5, 0.2, 1)
    left = _bank(y, ((0.570, 0.70), (0.595, 0.62), (0.640, 0.54), (0.72, 0.50), (0.82, 0.42),
                     (0.92, 0.37), (1.0, 0.34)))  # fmt: skip
    right = _bank(y, ((0.570, 0.74), (0.595, 0.86), (0.622, 1.12), (0.65, 1.40), (1.0, 1.45)))
    water = step(x - left + ragged, 0.003) * step(right - x + ragged, 0.003)
    water *= step(y - 0.572, 0.002)
    ripple = _in_perspective(fractal(1024, 1024, 60, rng, 4), x, y - 0.50, (0.05, 0.22))
    line = 0.5 * (0.606 + np.clip(0.60 + (x - 0.9) * 0.05, 0.58, 0.612))
    from_y = (line - (y - line) * 0.98 + ripple * 0.0035) * height
    from_x = (x + ripple * 0.004) * height
    mirror = cv2.remap(scene.colour, from_x, np.clip(from_y, 0, height - 1), cv2.INTER_LINEAR,
                       borderMode=cv2.BORDER_REFLECT)  # fmt: skip
    mirror = cv2.GaussianBlur(mirror, (0, 0), sigmaX=1.0, sigmaY=3.5)
    depth = mixed(viridian=2, burnt_umber=2, ultramarine=2, green_earth=2)
    sink = (0.16 + 0.26 * step(y - 0.70, 0.35))[..., None]
    colour = mirror + sink * (depth - mirror)
    colour = colour * (1 + 0.045 * ripple[..., None])
    glint = step(ripple - 1.5, 0.3) * np.exp(-((x - 0.62) ** 2) / 0.05) * 0.75
    colour = colour + glint[..., None] * (mixed(lead_white=4, naples_yellow=3) - colour)
    flow = (0.03 * ripple).astype(np.float32)
    shore = np.exp(-np.abs(np.minimum(x - left, right - x)) / 0.006)[..., None] * 0.55
    colour = colour + shore * (mixed(burnt_umber=3, sap_green=2, ultramarine=1) - colour)
    laid(scene, water, colour.astype(np.float32), flow, 0.5)
    _boat(scene, height)


def _boat(scene: Scene, height: int) -> None:
    """A rowing boat with a fisher in red, and its broken reflection."""
    hull, rim = mixed(burnt_umber=4, bone_black=1), mixed(raw_sienna=3, naples_yellow=2)
    red, skin = mixed(vermilion=5, madder_lake=1), mixed(naples_yellow=3, vermilion=0.6)
    sunk = mixed(burnt_umber=3, ultramarine=2, viridian=1)
    shapes = (
        (((0.835, 0.752), (0.995, 0.748), (0.960, 0.785), (0.870, 0.787)), sunk),
        (((0.892, 0.765), (0.918, 0.764), (0.914, 0.820), (0.898, 0.822)), red * 0.55),
        (((0.824, 0.722), (0.850, 0.732), (0.975, 0.730), (1.004, 0.716), (0.978, 0.756),
          (0.862, 0.758)), hull),
        (((0.824, 0.722), (0.850, 0.731), (0.975, 0.729), (1.004, 0.716), (0.976, 0.736),
          (0.852, 0.738)), rim),
        (((0.890, 0.734), (0.893, 0.698), (0.906, 0.688), (0.920, 0.700), (0.924, 0.734)), red),
        (((0.902, 0.690), (0.900, 0.678), (0.908, 0.671), (0.915, 0.678), (0.914, 0.690)), skin),
        (((0.894, 0.677), (0.908, 0.662), (0.922, 0.677)), rim * 0.9),
    )  # fmt: skip
    for corners, colour in shapes:
        mask = np.zeros(scene.flow.shape, np.uint8)
        points = np.round(np.array(corners) * height * 16).astype(np.int32)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
        laid(scene, mask.astype(np.float32) / 255, colour, 0.04, 0.95)


def _near_bank(scene: Scene, x: F32, y: F32, rng: Random) -> None:
    """The dark bank the oak stands on, with a worn path."""
    height, width = y.shape
    rough = fractal(height, width, 18, rng, 4)
    edge = _bank(x.T, ((-0.05, 0.775), (0.18, 0.80), (0.34, 0.855), (0.46, 0.93), (0.56, 1.02),
                       (1.5, 1.3))).T  # fmt: skip
    dark = mixed(sap_green=4, burnt_umber=3.4, viridian=1, bone_black=0.6)
    light = mixed(sap_green=4, yellow_ochre=3, raw_sienna=1)
    tone = dark + step(rough - 0.35, 0.9)[..., None] * 0.75 * (light - dark)
    path = step(0.036 - np.abs(x - 0.30 + (y - 0.82) * 1.15 + 0.006 * rough), 0.012)
    earth = mixed(yellow_ochre=3, raw_sienna=2, lead_white=1.6) * (1 + 0.05 * rough[..., None])
    tone = tone + 0.85 * path[..., None] * (earth - tone)
    tone = tone * (1 - 0.45 * step(y - 0.93, 0.12)[..., None])
    mask = step(y - edge + 0.006 * rough, 0.003)
    laid(scene, mask, tone.astype(np.float32), (-1.35 + 0.2 * rough).astype(np.float32), 0.45)
