"""Layers and provenance as the JSON text that a project's rows hold."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

import numpy as np

from core.document.evidence import Evidence, EvidenceMode
from core.document.layer import Layer, LayerKind, LayerStack
from core.document.origins import no_origins
from core.document.patch import Provenance, Seam
from core.document.project_painting import PaintingReference
from core.image.alignment import AlignmentKind, ControlPoint, as_matrix
from core.image.blend_modes import BlendMode
from core.image.geometry import Point
from core.image.surface import PixelSource, Surface


@dataclass(frozen=True)
class LayerRecord:
    """What a project stores of a layer beside its tiles."""

    id: int
    kind: str
    name: str
    is_visible: bool
    opacity: float
    color: str = ""
    blend: str = BlendMode.NORMAL.value
    is_locked: bool = False
    group: int | None = None
    evidence: Mapping[str, Any] | None = None


EvidenceSources = Callable[[PaintingReference], PixelSource | None]


@dataclass(frozen=True)
class StackRecord:
    """What a project stores of a stack beside its tiles."""

    layers: tuple[LayerRecord, ...]
    next_id: int

    def empty_surface(self, layer_id: int, document_channels: int) -> Surface | None:
        """Return an empty surface for the layer of that id; None if it has none, or is none.

        Of minus an id: for that layer's origins.
        """
        for layer in self.layers:
            if layer.id == layer_id:
                return _empty_surface(layer.kind, document_channels)
            if layer.id == -layer_id and layer.kind == LayerKind.RETOUCH.value:
                return no_origins()
        return None

    def stack(
        self,
        source: PixelSource,
        surface_of: Callable[[int, Surface], Surface],
        evidence_of: EvidenceSources,
    ) -> LayerStack:
        """Build the stack; `evidence_of` finds evidence.

        surface_of: fills an empty surface by a layer's id, or its origins' by minus that.
        """
        layers = []
        for record in self.layers:
            empty = self.empty_surface(record.id, source.channels)
            empty_origins = self.empty_surface(-record.id, source.channels)
            origins = None if empty_origins is None else surface_of(-record.id, empty_origins)
            layers.append(
                Layer(
                    record.id,
                    LayerKind(record.kind),
                    record.name,
                    surface=None if empty is None else surface_of(record.id, empty),
                    source=source if record.kind == LayerKind.SOURCE.value else None,
                    is_visible=record.is_visible,
                    opacity=record.opacity,
                    color=record.color,
                    blend=BlendMode(record.blend),
                    is_locked=record.is_locked,
                    group=record.group,
                    evidence=_evidence(record.evidence, evidence_of),
                    origins=origins if origins is not None and origins.tiles else None,
                )
            )
        size = (source.width, source.height, source.channels)
        return LayerStack(*size, tuple(layers), self.next_id)


def layers_to_json(stack: LayerStack) -> str:
    """Return a stack's layers, without tiles, as JSON."""
    layers = [
        {
            "id": layer.id,
            "kind": layer.kind.value,
            "name": layer.name,
            "is_visible": layer.is_visible,
            "opacity": layer.opacity,
            **_uncommon(layer),
        }
        for layer in stack
    ]
    return json.dumps({"layers": layers, "next_id": stack.next_id}, ensure_ascii=False)


def layers_from_json(text: str) -> StackRecord:
    """Return what `layers_to_json` wrote. Raises ValueError, KeyError, TypeError if it did not."""
    raw = json.loads(text)
    return StackRecord(tuple(LayerRecord(**layer) for layer in raw["layers"]), raw["next_id"])


def provenance_to_json(provenance: Sequence[Provenance]) -> str:
    """Return provenance as JSON; numbers of NumPy become plain ones."""
    return json.dumps([asdict(one) for one in provenance], ensure_ascii=False, default=_plain)


def provenance_from_json(text: str) -> tuple[Provenance, ...]:
    """Return what `provenance_to_json` wrote; fields unknown to this Lacuna are left out."""
    return tuple(_provenance(one) for one in json.loads(text))


def _provenance(raw: Mapping[str, Any]) -> Provenance:
    known = {field.name for field in fields(Provenance)}
    values = {name: value for name, value in raw.items() if name in known}
    if values.get("seam") is not None:
        values["seam"] = Seam(**values["seam"])
    return Provenance(**values)


def _uncommon(layer: Layer) -> dict[str, object]:
    """Return what most layers do not have."""
    traits: dict[str, object] = {}
    if layer.color:
        traits["color"] = layer.color
    if layer.blend is not BlendMode.NORMAL:
        traits["blend"] = layer.blend.value
    if layer.is_locked:
        traits["is_locked"] = True
    if layer.group is not None:
        traits["group"] = layer.group
    if layer.evidence is not None:
        traits["evidence"] = _evidence_record(layer.evidence)
    return traits


def _empty_surface(kind: str, document_channels: int) -> Surface | None:
    match LayerKind(kind):
        case LayerKind.SOURCE | LayerKind.GROUP | LayerKind.EVIDENCE:
            return None
        case LayerKind.MASK:
            return Surface.mask()
        case LayerKind.RETOUCH:
            return Surface.retouch(document_channels)


def _evidence_record(evidence: Evidence) -> dict[str, object]:
    reference = asdict(evidence.reference)
    for name in ("path", "relative"):
        # File names need not be UTF-8, JSON text must be.
        reference[name] = quote_from_bytes(os.fsencode(reference[name]))
    size = {"width": evidence.width, "height": evidence.height}
    traits: dict[str, object] = {**size, "matrix": evidence.matrix, "mode": evidence.mode.value}
    if evidence.points:
        traits["points"] = [(*point.moving, *point.fixed) for point in evidence.points]
        traits["kind"] = evidence.kind.value
    return {**traits, "reference": reference}


def _evidence(raw: Mapping[str, Any] | None, evidence_of: EvidenceSources) -> Evidence | None:
    if raw is None:
        return None
    reference = dict(raw["reference"])
    for name in ("path", "relative"):
        reference[name] = os.fsdecode(unquote_to_bytes(reference[name]))
    found = PaintingReference(**reference)
    width, height, matrix = raw["width"], raw["height"], as_matrix(np.array(raw["matrix"]))
    source = evidence_of(found)
    if source is not None and (source.width, source.height) != (width, height):
        source = None
    # Projects of before have none.
    points = tuple(
        ControlPoint(Point(float(x), float(y)), Point(float(to_x), float(to_y)))
        for x, y, to_x, to_y in raw.get("points", ())
    )
    kind = AlignmentKind(raw.get("kind", AlignmentKind.SIMILARITY.value))
    mode = EvidenceMode(raw["mode"])
    return Evidence(found, width, height, matrix, mode, source, points, kind)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
