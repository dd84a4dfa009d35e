"""Adding to XMP: one event more, and every other property as it was."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.xmp import (
    EVENT,
    IPTC_EXTENSION,
    MEDIA,
    RDF,
    TRAINED_COMPOSITE,
    XMP_BASIC,
    RestorationEvent,
    XmpError,
    recording,
)

EVENT_NOW = RestorationEvent("2025-06-01T12:00:00+02:00", "Lacuna <&> 1")
TRAINED = RestorationEvent("2025-06-01T12:00:00+02:00", "Lacuna", is_trained=True)
HEAD = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe &gt; 9">\n'
    f' <r:RDF xmlns:r="{RDF}">\n'
)
TAIL = f' </r:RDF>\n</x:xmpmeta>\n{" " * 2000}\n<?xpacket end="w"?>'
NAMES = f'xmlns:x2="{XMP_BASIC}" xmlns:xmpMM="{MEDIA}" xmlns:i="{IPTC_EXTENSION}"'
ATTRIBUTES = HEAD + (
    f'  <r:Description r:about="uuid:1" {NAMES} xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
    " x2:CreateDate='2020-01-01' x2:ModifyDate = '2021-01-01'\n   photoshop:Instructions="
    '"two&#10;lines, x2:ModifyDate=&apos;no&apos;" i:DigitalSourceType="http://old"/>\n'
) + TAIL  # fmt: skip
ELEMENTS = HEAD + (
    f'  <r:Description r:about="" {NAMES} xmlns:e="{EVENT}">\n'
    "   <x2:CreateDate>2020-01-01</x2:CreateDate><!-- a comment -->\n"
    "   <x2:ModifyDate>2021-01-01</x2:ModifyDate>\n"
    "   <i:DigitalSourceType>http://old</i:DigitalSourceType>\n"
    "   <xmpMM:History><r:Seq>\n"
    '    <r:li r:parseType="Resource"><e:action>created</e:action></r:li>\n'
    "   </r:Seq></xmpMM:History>\n"
    '   <dc:title xmlns:dc="http://purl.org/dc/elements/1.1/"><r:Alt><r:li xml:lang="x-default">'
    "Porträt 画</r:li></r:Alt></dc:title>\n"
    "  </r:Description>\n"
) + TAIL  # fmt: skip


def properties(packet: bytes) -> dict[str, list[str]]:
    """Return each property of the packet in canonical form, those of all descriptions."""
    root = ElementTree.fromstring(packet.rstrip(b"\0"))
    found: dict[str, list[str]] = {}
    for description in root.iter(f"{{{RDF}}}Description"):
        for name, value in description.attrib.items():
            if not name.startswith(f"{{{RDF}}}"):
                found.setdefault(name, []).append(value)
        for child in description:
            text = ElementTree.canonicalize(ElementTree.tostring(child), strip_text=True)
            is_plain = len(child) == 0
            found.setdefault(child.tag, []).append(child.text or "" if is_plain else text)
    return found


@pytest.mark.parametrize("packet", [ATTRIBUTES, ELEMENTS])
@pytest.mark.parametrize("event", [EVENT_NOW, TRAINED])
@pytest.mark.parametrize("tail", [b"", b"\0\0\0"])
def test_every_other_property_survives(packet: str, event: RestorationEvent, tail: bytes) -> None:
    out = recording(packet.encode() + tail, event)
    before, after = properties(packet.encode()), properties(out)
    changed = {f"{{{XMP_BASIC}}}ModifyDate", f"{{{MEDIA}}}History"}
    if event.is_trained:
        changed.add(f"{{{IPTC_EXTENSION}}}DigitalSourceType")
    assert {k: v for k, v in before.items() if k not in changed} == {
        k: v for k, v in after.items() if k not in changed
    }
    assert after[f"{{{XMP_BASIC}}}ModifyDate"] == [event.time]
    source = after[f"{{{IPTC_EXTENSION}}}DigitalSourceType"]
    assert source == ([TRAINED_COMPOSITE] if event.is_trained else ["http://old"])
    (history,) = after[f"{{{MEDIA}}}History"]
    assert "virtual restoration" in history
    assert ("created" in history) == (packet is ELEMENTS)
    assert out.endswith(TAIL.encode()[-1000:] + tail)


def test_empty_properties_are_replaced_too() -> None:
    packet = ELEMENTS.replace("<x2:ModifyDate>2021-01-01</x2:ModifyDate>", "<x2:ModifyDate/>")
    after = properties(recording(packet.encode(), EVENT_NOW))
    assert after[f"{{{XMP_BASIC}}}ModifyDate"] == [EVENT_NOW.time]
    assert after[f"{{{IPTC_EXTENSION}}}DigitalSourceType"] == ["http://old"]


def test_a_second_record_is_added_to_the_first() -> None:
    out = recording(recording(ATTRIBUTES.encode(), EVENT_NOW), TRAINED)
    (history,) = properties(out)[f"{{{MEDIA}}}History"]
    assert history.count("virtual restoration") == 2
    assert len(properties(out)[f"{{{XMP_BASIC}}}ModifyDate"]) == 1


def test_all_descriptions_speak_of_the_same_thing() -> None:
    out = recording(ATTRIBUTES.encode(), EVENT_NOW).decode()
    assert re.findall(r'about="([^"]*)"', out) == ["uuid:1", "uuid:1"]


def test_a_painting_without_xmp_gets_a_packet() -> None:
    out = recording(None, TRAINED)
    assert properties(out)[f"{{{IPTC_EXTENSION}}}DigitalSourceType"] == [TRAINED_COMPOSITE]
    assert out.startswith(b"<?xpacket begin=")


@pytest.mark.parametrize(
    "packet",
    [
        b"no xml",
        b"<x/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + HEAD.encode() + b"&a;" + TAIL.encode(),
        (HEAD + TAIL).encode("utf-16"),
        (HEAD + TAIL)[:-400].encode().replace(b"</r:RDF>", b""),
        HEAD.replace(">\n <r:RDF", "><r:RDF").encode()[:-2] + b"/></x:xmpmeta>",
        ELEMENTS.replace("r:Seq", "r:Bag").encode(),
    ],
)
def test_a_packet_built_unlike_xmp_is_not_touched(packet: bytes) -> None:
    with pytest.raises(XmpError):
        recording(packet, EVENT_NOW)


@given(noise=st.binary(max_size=40), at=st.integers(0, len(ELEMENTS.encode())))
def test_damaged_packets_raise_nothing_else(noise: bytes, at: int) -> None:
    packet = ELEMENTS.encode()
    try:
        out = recording(packet[:at] + noise + packet[at + len(noise) :], EVENT_NOW)
    except XmpError:
        return
    ElementTree.fromstring(out.rstrip(b"\0"))
