"""Evidence layers in a stack: added, aligned, and laid over the painting to be looked at."""

from dataclasses import replace

import numpy as np

from core.document.evidence import Evidence, EvidenceMode, evidence_pixels
from core.document.layer import Layer, LayerKind, LayerStack
from core.image.alignment import AlignmentKind, ControlPoint, Matrix
from core.image.blend import FULL, over, scaled
from core.image.geometry import Rect
from core.image.surface import U16


def adding_evidence(layers: LayerStack, evidence: Evidence, name: str) -> LayerStack:
    """Return a stack with an EVIDENCE layer on top; its id is `next_id`."""
    layer = Layer(layers.next_id, LayerKind.EVIDENCE, name, evidence=evidence)
    return replace(layers, layers=(*layers.layers, layer), next_id=layers.next_id + 1)


def aligning(
    layers: LayerStack,
    layer_id: int,
    matrix: Matrix,
    points: tuple[ControlPoint, ...] = (),
    kind: AlignmentKind = AlignmentKind.SIMILARITY,
) -> LayerStack:
    """Return a stack in which evidence lies otherwise, and keeps the control points it was
    aligned by. Raises TypeError for other layers.
    """
    layer = layers.layer(layer_id)
    if layer.evidence is None:
        raise TypeError("only evidence is aligned")
    evidence = replace(layer.evidence, matrix=matrix, points=points, kind=kind)
    return layers.replacing(replace(layer, evidence=evidence))


def with_evidence(
    layers: LayerStack,
    rect: Rect,
    ground: U16,
    level: int = 0,
) -> U16:
    """Return a composite with the visible evidence over it: for the view only, never exported.

    rect is in level-0 pixels, ground the `composite` of it at the level, which is not written
    and comes back itself where there is no evidence. Missing files show nothing.
    Raises ImageReadError.
    """
    out = ground
    for layer in layers.seen(LayerKind.EVIDENCE):
        opacity = round(layers.opacity_of(layer) * FULL)
        if layer.evidence is None or opacity == 0:
            continue
        pixels = evidence_pixels(layer.evidence, rect, level)
        if pixels is None:
            continue
        if layer.evidence.mode is EvidenceMode.DIFFERENCE:
            pixels = _difference(pixels, out)
        out = over(scaled(pixels, opacity), out)
    return out


def _difference(pixels: U16, below: U16) -> U16:
    """Return |evidence − what is below it| where there is evidence; opaque there."""
    out = pixels.copy()
    colors = np.abs(pixels[..., :-1].astype(np.int32) - below)
    out[..., :-1] = np.where(pixels[..., -1:] > 0, colors, 0)
    return out
