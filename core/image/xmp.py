"""Adding to an XMP packet what was done, and leaving every other byte of it as it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP_BASIC = "http://ns.adobe.com/xap/1.0/"
MEDIA = "http://ns.adobe.com/xap/1.0/mm/"
EVENT = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
# IPTC NewsCodes, digital source type: a composite that holds output of a trained model.
TRAINED_COMPOSITE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
_EMPTY_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{RDF}"></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()
# An attribute with the white space before it; inside a start tag, as expat has proved it one.
_ATTRIBUTE = re.compile(rb"""\s+(?P<name>[\w.:-]+)\s*=\s*(?:"[^"]*"|'[^']*')""")
_TAG = re.compile(rb"<(?P<name>[^\s/>]+)")
# expat names an element by its namespace, a space, and its local name.
_RDF, _ABOUT, _SEQ = f"{RDF} RDF", f"{RDF} about", f"{RDF} Seq"
_DESCRIPTION = f"{RDF} Description"
_PROPERTY_PATH = [_RDF, _DESCRIPTION]
_HISTORY = f"{MEDIA} History"
_MODIFY_DATE, _SOURCE_TYPE = f"{XMP_BASIC} ModifyDate", f"{IPTC_EXTENSION} DigitalSourceType"


class XmpError(ValueError):
    """A packet cannot be added to; it is better kept as it is."""


@dataclass(frozen=True)
class RestorationEvent:
    """What is recorded: when (ISO 8601 with zone), by what software, in which words."""

    time: str
    software: str
    parameters: str = "virtual restoration"
    is_trained: bool = False


def recording(packet: bytes | None, event: RestorationEvent) -> bytes:
    """Return a packet that also tells of a restoration; None as packet makes a new one.

    xmp:ModifyDate becomes the event's time, xmpMM:History gains an entry, and with is_trained
    Iptc4xmpExt:DigitalSourceType says that a trained model's output is part of the picture.
    All other bytes of the packet stay, in their order.
    Raises XmpError if the packet is no XML in UTF-8, has a DTD, or is built unlike XMP.
    """
    data = packet or _EMPTY_PACKET
    body = data.rstrip(b"\0")
    found = _Scan(body).run()
    if found.rdf_end is None:
        raise XmpError("the packet holds no rdf:RDF")
    entry = _entry(event)
    edits = [_Edit(start, end, b"") for start, end in found.replaced(event.is_trained)]
    history = b""
    if found.history_end is not None:
        edits.append(_Edit(found.history_end, found.history_end, entry))
    elif found.has_history:
        raise XmpError("the history in the packet is built unlike a list")
    else:
        history = b"<xmpMM:History><rdf:Seq>" + entry + b"</rdf:Seq></xmpMM:History>"
    edits.append(_Edit(found.rdf_end, found.rdf_end, _description(event, found.about, history)))
    out = _edited(body, edits)
    _Scan(out).run()
    return out + data[len(body) :]


@dataclass(frozen=True, order=True)
class _Edit:
    start: int
    end: int
    text: bytes


def _edited(data: bytes, edits: Sequence[_Edit]) -> bytes:
    parts = []
    at = 0
    for edit in sorted(edits):
        parts += [data[at : edit.start], edit.text]
        at = edit.end
    return b"".join([*parts, data[at:]])


def _entry(event: RestorationEvent) -> bytes:
    fields = {
        "action": "edited",
        "when": event.time,
        "softwareAgent": event.software,
        "parameters": event.parameters,
    }
    inner = "".join(f"<stEvt:{key}>{escape(text)}</stEvt:{key}>" for key, text in fields.items())
    return (
        f'<rdf:li xmlns:rdf="{RDF}" xmlns:stEvt="{EVENT}" rdf:parseType="Resource">{inner}</rdf:li>'
    ).encode()


def _description(event: RestorationEvent, about: str, history: bytes) -> bytes:
    source = ""
    if event.is_trained:
        source = (
            f"<Iptc4xmpExt:DigitalSourceType>{TRAINED_COMPOSITE}</Iptc4xmpExt:DigitalSourceType>"
        )
    return (
        (
            f'<rdf:Description xmlns:rdf="{RDF}" rdf:about={quoteattr(about)} '
            f'xmlns:xmp="{XMP_BASIC}" xmlns:xmpMM="{MEDIA}" xmlns:Iptc4xmpExt="{IPTC_EXTENSION}">'
            f"<xmp:ModifyDate>{escape(event.time)}</xmp:ModifyDate>{source}"
        ).encode()
        + history
        + b"</rdf:Description>"
    )


@dataclass
class _Scan:
    """One pass over a packet that notes where the places to edit are, by byte.

    Properties are the children of rdf:Description in rdf:RDF.
    """

    data: bytes
    path: list[str] = field(default_factory=list)
    prefixes: dict[str, list[str]] = field(default_factory=dict)
    rdf_end: int | None = None
    about: str = ""
    has_description: bool = False
    has_history: bool = False
    history_end: int | None = None
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)

    def run(self) -> "_Scan":
        """Scan it all. Raises XmpError."""
        self.parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartNamespaceDeclHandler = self._bind
        self.parser.EndNamespaceDeclHandler = self._unbind
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        try:
            self.parser.Parse(self.data, True)
        except expat.ExpatError as cause:
            raise XmpError(f"the packet is no well-formed XML in UTF-8: {cause}") from cause
        return self

    def replaced(self, is_trained: bool) -> list[tuple[int, int]]:
        """Return the byte ranges of properties that get a new value."""
        names = [_MODIFY_DATE, _SOURCE_TYPE] if is_trained else [_MODIFY_DATE]
        return [span for name in names for span in self.spans.get(name, [])]

    def _refuse_doctype(self, *_: object) -> NoReturn:
        raise XmpError("the packet declares a document type, which XMP forbids")

    def _bind(self, prefix: str | None, uri: str) -> None:
        self.prefixes.setdefault(prefix or "", []).append(uri)

    def _unbind(self, prefix: str | None) -> None:
        self.prefixes[prefix or ""].pop()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        at = self.parser.CurrentByteIndex
        if self.path[-1:] == [_RDF] and name == _DESCRIPTION:
            self._start_description(at, attributes)
        if self.path[-2:] == _PROPERTY_PATH and name == _HISTORY:
            self.has_history = True
        self.path.append(name)
        self.opened.append(at)

    def _start_description(self, at: int, attributes: dict[str, str]) -> None:
        if not self.has_description:
            self.has_description = True
            self.about = attributes.get(_ABOUT, attributes.get("about", ""))
        for name in attributes:
            if name in (_MODIFY_DATE, _SOURCE_TYPE):
                self.spans.setdefault(name, []).append(self._attribute_span(at, name))

    def _attribute_span(self, at: int, name: str) -> tuple[int, int]:
        uri, local = name.split()
        for found in _ATTRIBUTE.finditer(self.data, at):
            prefix, _, tail = found["name"].decode().rpartition(":")
            if tail == local and self.prefixes.get(prefix, [""])[-1:] == [uri]:
                return found.span()
        raise XmpError(f"the attribute {local} cannot be found again")

    def _end(self, name: str) -> None:
        at = self.parser.CurrentByteIndex
        self.path.pop()
        start = self.opened.pop()
        # Of an empty element <a/> expat reports the end behind it; nothing fits inside.
        has_inside = self.data.startswith(b"</" + _tag_name(self.data, start), at)
        if name == _RDF and has_inside:
            self.rdf_end = at
        is_history = self.path[-3:] == [*_PROPERTY_PATH, _HISTORY]
        if is_history and name == _SEQ and has_inside:
            self.history_end = at
        if self.path[-2:] == _PROPERTY_PATH and name in (_MODIFY_DATE, _SOURCE_TYPE):
            end = self.data.index(b">", at) + 1 if has_inside else at
            self.spans.setdefault(name, []).append((start, end))


def _tag_name(data: bytes, start: int) -> bytes:
    """Return the name of the start tag at a place, with its prefix, as it is written."""
    found = _TAG.match(data, start)
    if found is None:
        raise XmpError("an element cannot be found again")
    return found["name"]
