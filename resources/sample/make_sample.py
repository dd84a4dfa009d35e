"""Paint the sample: `python resources/sample/make_sample.py` writes painting.tif and mask.png."""

import struct
from pathlib import Path

import cv2
import numpy as np
import tifffile
from ageing import Damage, aged, damaged
from field import F32
from icc import colour_profile, encoded
from numpy.typing import NDArray
from painter import painted
from scene import river_scene

HEIGHT_PX = 1800
DOTS_PER_INCH = 300
SEED = 1887
# Samples are rounded to this step: it keeps 2,700 tones a channel and halves the file.
STEP = 24

TITLE = "River at Evening"
DESCRIPTION = (
    f"{TITLE}. Sample painting of Lacuna, computed by make_sample.py: not a photograph of any "
    "work of art. Craquelure and losses are part of the picture."
)
ARTIST = "Lacuna sample generator"
RIGHTS = "No rights reserved (CC0 1.0)"


def main() -> None:
    """Write both files beside this script."""
    folder = Path(__file__).resolve().parent
    rng = np.random.default_rng(SEED)
    scene, oak = river_scene(HEIGHT_PX // 2, rng)
    canvas = painted(scene, oak, HEIGHT_PX, rng)
    damage = damaged(canvas.colour, rng)
    picture = aged(canvas.colour, canvas.relief, damage, rng)
    write_painting(folder / "painting.tif", picture)
    cv2.imwrite(str(folder / "mask.png"), loss_mask(damage))


def loss_mask(damage: Damage) -> NDArray[np.uint8]:
    """Return 255 on all losses, grown over their rims, and on the wide cracks."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    losses = cv2.dilate((damage.loss > 0.12).astype(np.uint8) * 255, disc)
    return np.maximum(losses, damage.marked_cracks)


def write_painting(path: Path, srgb: F32) -> None:
    """Write a 16-bit TIFF with profile, resolution, XMP and EXIF."""
    samples = np.round(encoded(srgb) * (65535 / STEP)).clip(0, 65535 // STEP) * STEP
    text = [(code, 2, 0, value, True) for code, value in
            ((270, DESCRIPTION), (315, ARTIST), (33432, RIGHTS))]  # fmt: skip
    placeholder = (34664, 4, 1, 0, True)  # tifffile refuses to write 34665 (EXIF) itself
    tifffile.imwrite(
        path, samples.astype(np.uint16), photometric="rgb", tile=(256, 256),
        compression="adobe_deflate", compressionargs={"level": 12}, predictor=True,
        iccprofile=colour_profile(), resolution=(DOTS_PER_INCH, DOTS_PER_INCH),
        resolutionunit="INCH", metadata=None, software="Lacuna make_sample.py",
        datetime="2026:11:20 12:00:00", byteorder="<",
        extratags=[*text, (700, 7, 0, xmp(), True), placeholder],
    )  # fmt: skip
    with tifffile.TiffFile(path) as file:
        entry = file.pages.first.tags[34664].offset
    with path.open("r+b") as raw:
        position = raw.seek(0, 2)
        raw.write(exif(position))
        raw.seek(entry)
        raw.write(struct.pack("<HHII", 34665, 4, 1, position))


def xmp() -> bytes:
    """Return the XMP packet: title, creator, rights, and that no camera took this."""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmp:CreatorTool="Lacuna make_sample.py"
    Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{TITLE}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{ARTIST}</rdf:li></rdf:Seq></dc:creator>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{RIGHTS}</rdf:li></rdf:Alt></dc:rights>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def exif(position: int) -> bytes:
    """Return an EXIF directory that lies at this offset of the file."""
    taken, comment = b"2026:11:20 12:00:00\0", b"ASCII\0\0\0Computed, not photographed."
    version = (0x9000, 7, 4, b"0232")
    space = (0xA001, 3, 1, struct.pack("<HH", 0xFFFF, 0))  # uncalibrated: the profile tells
    entries = [version, (0x9003, 2, len(taken), taken), (0x9286, 7, len(comment), comment), space]
    where = position + 2 + 12 * len(entries) + 4
    body, data = struct.pack("<H", len(entries)), b""
    for code, kind, count, value in entries:
        if len(value) > 4:
            body += struct.pack("<HHII", code, kind, count, where + len(data))
            data += value + b"\0" * (len(value) % 2)
        else:
            body += struct.pack("<HHI", code, kind, count) + value
    return body + struct.pack("<I", 0) + data


if __name__ == "__main__":
    main()
