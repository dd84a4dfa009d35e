"""A patch: what a fill lays over one rectangle, and where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.image.geometry import Rect
from core.image.surface import U16


@dataclass(frozen=True)
class Provenance:
    """Who filled a loss with what; enough to repeat it. Times are ISO 8601 with zone."""

    generator_id: str
    generator_name: str
    generator_version: str
    engine: str
    device: str
    is_trained: bool
    files: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    operator: str = ""
    time: str = ""


@dataclass(frozen=True)
class Patch:
    """Filled pixels of one rectangle, in the document's profile.

    pixels: (h, w, channels) uint16, not premultiplied; coverage: (h, w) uint16, 0 = the painting
    is untouched there, 65535 = the fill alone. Coverage is zero outside the mask.
    """

    rect: Rect
    pixels: U16
    coverage: U16
    provenance: Provenance
