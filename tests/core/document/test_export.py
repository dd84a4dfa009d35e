"""Exports: only the retouch changes, everything else is the painting's own, bit for bit."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from core.document.composite import composite
from core.document.document import Document
from core.document.export import export_tiff
from core.document.groups import grouping
from core.document.layer import LayerKind, LayerStack
from core.document.merging import merging_down
from core.document.patch import Patch, Provenance
from core.errors import Cancelled, ImageWriteError
from core.image import tiff_verify
from core.image.blend_modes import BlendMode
from core.image.files import open_image
from core.image.geometry import EMPTY_RECT, Rect, TileKey
from core.image.new_file import NewFile
from core.image.orientation import stored_rect
from core.image.pyramid import Pyramid
from core.image.surface import U16
from core.image.tiff import Compression, ImageInfo, TiffSource, open_tiff
from core.image.tile_cache import TileCache
from core.image.tile_stores import TileStores
from core.image.transcoding import prepare
from core.image.xmp import TRAINED_COMPOSITE

WIDTH, HEIGHT = 310, 290
PROFILE = b"profile" * 40
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5"/></rdf:RDF>'
    '</x:xmpmeta><?xpacket end="w"?>'
).encode()
TRAINED = Provenance("atelier", "Atelier", "1", "onnx", "cpu", is_trained=True)
CLASSICAL = Provenance("telea", "Telea", "1", "classical", "cpu", is_trained=False)

Opener = Callable[..., TiffSource]


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    """Return a function that writes a painting and opens it."""

    def make(
        bits: int = 16, channels: int = 3, orientation: int = 1, xmp: bytes = XMP
    ) -> TiffSource:
        rng = np.random.default_rng(5)
        data = rng.integers(0, 2**bits, (HEIGHT, WIDTH, channels)).astype(f"u{bits // 8}")
        path = tmp_path / "painting.tif"
        tifffile.imwrite(
            path, data.squeeze(), photometric="rgb" if channels == 3 else "minisblack",
            iccprofile=PROFILE, resolution=((300, 1), (300, 1)), resolutionunit="INCH",
            software="Scanner", metadata=None, rowsperstrip=64,
            extratags=[(274, 3, 1, orientation, True), (700, 1, len(xmp), xmp, True)],
        )  # fmt: skip
        return open_tiff(path)

    return make


def retouched(source: TiffSource, rect: Rect, opacity: float = 1.0) -> LayerStack:
    """Return a stack with one patch, its coverage a soft edge that is 0 in the corner."""
    stack = LayerStack.of(source, "Painting").adding(LayerKind.RETOUCH, "Retouch")
    ramp = np.add.outer(np.arange(rect.height), np.arange(rect.width)) * 997
    coverage = np.minimum(ramp, 65535).astype(np.uint16)
    pixels = np.full((rect.height, rect.width, source.channels), 30000, np.uint16)
    stack = stack.placing(Patch(rect, pixels, coverage, TRAINED), 3)
    return stack.replacing(replace(stack.layer(3), opacity=opacity))


def all_of(source: TiffSource) -> U16:
    """Read a whole picture."""
    return source.read(Rect(0, 0, source.width, source.height))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("bits", "channels"), [(8, 1), (8, 3), (16, 1), (16, 3)])
def test_only_the_retouch_changes(
    tmp_path: Path, opened: Opener, bits: int, channels: int, orientation: int
) -> None:
    rect = Rect(20, 30, 200, 100)
    with opened(bits, channels, orientation) as source:
        report = export_tiff(retouched(source, rect), source.info, tmp_path / "out.tif")
        before, info = all_of(source), source.info
    with open_tiff(tmp_path / "out.tif") as written:
        after, found = all_of(written), written.info
    differs = before != after
    inside = np.zeros(differs.shape[:2], bool)
    inside[rect.slices(Rect(0, 0, info.width, info.height))] = True
    assert differs[inside].mean() > 0.9
    assert not differs[~inside].any()
    assert not differs[rect.y, rect.x].any(), "coverage is 0 there"
    assert report.samples_changed == np.count_nonzero(differs)
    assert rect.contains(report.changed_rect)
    assert report.changed_rect.area > 0.9 * rect.area
    assert report.is_verified
    assert report.sha256 == hashlib.sha256((tmp_path / "out.tif").read_bytes()).hexdigest()
    assert found.icc_profile == PROFILE
    assert sorted(found.metadata.tags) == sorted(info.metadata.tags)
    assert (found.resolution, found.orientation) == (info.resolution, info.orientation)
    assert (found.bit_depth, found.dpi) == (bits, (300.0, 300.0))


@pytest.mark.parametrize("is_hidden", [False, True])
def test_without_visible_retouch_the_painting_comes_out_the_same(
    tmp_path: Path, opened: Opener, is_hidden: bool
) -> None:
    with opened() as source:
        stack = LayerStack.of(source, "Painting")
        if is_hidden:
            stack = retouched(source, Rect(0, 0, 50, 50))
            stack = stack.replacing(replace(stack.layer(3), is_visible=False))
        report = export_tiff(
            stack, source.info, tmp_path / "out.tif", provenance=[TRAINED], record_in_xmp=True
        )
        with open_tiff(tmp_path / "out.tif") as written:
            assert np.array_equal(all_of(written), all_of(source))
            assert written.info.metadata.xmp == XMP
    assert (report.samples_changed, report.changed_rect) == (0, EMPTY_RECT)


@given(
    rects=st.lists(
        st.builds(
            Rect, st.integers(0, 150), st.integers(0, 150), st.integers(1, 100), st.integers(1, 100)
        ),
        max_size=3,
    ),
    opacity=st.floats(0, 1),
)
def test_no_sample_outside_any_patch_ever_changes(
    tmp_path_factory: pytest.TempPathFactory, rects: list[Rect], opacity: float
) -> None:
    folder = tmp_path_factory.getbasetemp()
    data = np.random.default_rng(0).integers(0, 65536, (250, 250, 3), dtype=np.uint16)
    tifffile.imwrite(folder / "p.tif", data, photometric="rgb", metadata=None)
    inside = np.zeros((250, 250), bool)
    with open_tiff(folder / "p.tif") as source:
        stack = LayerStack.of(source, "Painting").adding(LayerKind.RETOUCH, "Retouch")
        for rect in rects:
            coverage = np.full((rect.height, rect.width), 40000, np.uint16)
            pixels = np.zeros((rect.height, rect.width, 3), np.uint16)
            stack = stack.placing(Patch(rect, pixels, coverage, CLASSICAL), 3)
            inside[rect.y : rect.bottom, rect.x : rect.right] = True
        stack = stack.replacing(replace(stack.layer(3), opacity=opacity))
        export_tiff(stack, source.info, folder / "o.tif")
    assert np.array_equal(tifffile.imread(folder / "o.tif")[~inside], data[~inside])


def test_a_painting_that_changed_while_open_is_not_exported(tmp_path: Path, opened: Opener) -> None:
    path = tmp_path / "out.tif"
    path.write_bytes(b"previous")

    class Flickering:
        """A source whose samples are others at the second reading."""

        def __init__(self, source: TiffSource) -> None:
            self.width, self.height, self.channels = source.width, source.height, 3
            self._source, self._was_read = source, False

        def read(self, rect: Rect, level: int = 0) -> U16:
            pixels = self._source.read(rect, level)
            if self._was_read:
                pixels = pixels ^ 1
            self._was_read = True
            return pixels

    with opened() as source:
        stack = LayerStack.of(Flickering(source), "Painting")
        with pytest.raises(ImageWriteError, match="outside the retouch"):
            export_tiff(stack, source.info, path)
    assert path.read_bytes() == b"previous"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["out.tif", "painting.tif"]


@pytest.mark.parametrize("name", ["painting.tif", "soft.tif", "hard.tif"])
def test_the_painting_itself_is_refused_under_any_name(
    tmp_path: Path, opened: Opener, name: str
) -> None:
    with opened() as source:
        before = (tmp_path / "painting.tif").read_bytes()
        if name == "soft.tif":
            (tmp_path / name).symlink_to(tmp_path / "painting.tif")
        if name == "hard.tif":
            os.link(tmp_path / "painting.tif", tmp_path / name)
        with pytest.raises(ImageWriteError, match="the painting itself"):
            export_tiff(LayerStack.of(source, "Painting"), source.info, tmp_path / name)
        assert (tmp_path / "painting.tif").read_bytes() == before


def test_cancel_leaves_no_file(tmp_path: Path, opened: Opener) -> None:
    with opened() as source, pytest.raises(Cancelled):
        export_tiff(
            LayerStack.of(source, "Painting"), source.info, tmp_path / "out.tif",
            is_cancelled=lambda: True,
        )  # fmt: skip
    assert [entry.name for entry in tmp_path.iterdir()] == ["painting.tif"]


def exported(source: TiffSource, path: Path, *provenance: Provenance) -> ImageInfo:
    """Export a retouch with its record in the XMP; return what the file says."""
    stack = retouched(source, Rect(5, 5, 40, 40))
    export_tiff(stack, source.info, path, provenance=provenance, record_in_xmp=True)
    with open_tiff(path) as written:
        return written.info


def test_by_default_the_xmp_stays_byte_identical(tmp_path: Path, opened: Opener) -> None:
    with opened() as source:
        stack = retouched(source, Rect(5, 5, 40, 40))
        export_tiff(stack, source.info, tmp_path / "out.tif", provenance=[TRAINED])
    with open_tiff(tmp_path / "out.tif") as written:
        assert written.info.metadata.xmp == XMP


def test_the_record_claims_a_trained_model_only_where_there_was_one(
    tmp_path: Path, opened: Opener
) -> None:
    with opened() as source:
        classical = exported(source, tmp_path / "c.tif", CLASSICAL).metadata.xmp
        trained = exported(source, tmp_path / "t.tif", CLASSICAL, TRAINED).metadata.xmp
        by_hand = exported(source, tmp_path / "h.tif").metadata.xmp
    assert classical is not None
    assert trained is not None
    assert by_hand is not None
    for packet in (classical, trained, by_hand):
        ElementTree.fromstring(packet)
        assert b"virtual restoration" in packet
        assert b'xmp:Rating="5"' in packet
    assert TRAINED_COMPOSITE.encode() in trained
    assert TRAINED_COMPOSITE.encode() not in classical
    assert TRAINED_COMPOSITE.encode() not in by_hand


def test_xmp_that_cannot_be_added_to_is_kept_and_reported(tmp_path: Path, opened: Opener) -> None:
    packet = b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    with opened(xmp=packet) as source:
        stack = retouched(source, Rect(5, 5, 40, 40))
        report = export_tiff(stack, source.info, tmp_path / "out.tif", record_in_xmp=True)
    with open_tiff(tmp_path / "out.tif") as written:
        assert written.info.metadata.xmp == packet
    assert len(report.notices) == 1


def test_a_png_painting_is_exported_as_tiff(tmp_path: Path, opened: Opener) -> None:
    with opened() as source:
        from_tiff = all_of(source)
    png = tmp_path / "painting.png"
    png.write_bytes(imagecodecs.png_encode(from_tiff))
    with open_image(png) as source:
        export_tiff(LayerStack.of(source, "Painting"), source.info, tmp_path / "out.tif")
    with open_tiff(tmp_path / "out.tif") as written:
        assert np.array_equal(all_of(written), from_tiff)


def test_the_proof_reads_the_painting_itself_and_not_a_store_of_its_tiles(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (300, 400, 3), np.uint16)
    painting = tmp_path / "p.tif"
    tifffile.imwrite(painting, pixels, photometric="rgb", compression="lzw", metadata=None)
    for is_true in (True, False):
        with open_tiff(painting) as source:
            stores = TileStores(tmp_path / f"tiles {is_true}", 1 << 40)
            store, _ = stores.open(source.identity(), (400, 300, 3))
            assert store is not None
            pyramid = Pyramid(source, TileCache(1 << 24), [store])
            if is_true:
                prepare(pyramid, source, store)
            else:
                for key in (TileKey(0, 0), TileKey(1, 0), TileKey(0, 1), TileKey(1, 1)):
                    part = key.rect.intersection(Rect(0, 0, 400, 300))
                    store.put(key, 0, np.zeros((part.height, part.width, 3), np.uint16))
            stack = LayerStack.of(pyramid, "p.tif")
            if is_true:
                export_tiff(stack, source.info, tmp_path / "out.tif")
                assert np.array_equal(tifffile.imread(tmp_path / "out.tif"), pixels)
            else:
                with pytest.raises(ImageWriteError, match="outside the retouch"):
                    export_tiff(stack, source.info, tmp_path / "out.tif")
            store.close()


def test_what_is_exported_is_what_groups_show(opened: Opener, tmp_path: Path) -> None:
    with opened() as source:
        stack = retouched(source, Rect(20, 30, 100, 90))
        stack = grouping(stack.replacing(replace(stack.layer(3), blend=BlendMode.SCREEN)), 3, "g")
        faded = stack.replacing(replace(stack.layer(4), opacity=0.5))
        report = export_tiff(faded, source.info, tmp_path / "faded.tif", provenance=[TRAINED])
        assert report.is_verified
        assert report.samples_changed > 0
        assert np.array_equal(tifffile.imread(report.path), composite(faded, faded.rect))
        hidden = stack.replacing(replace(stack.layer(4), is_visible=False))
        report = export_tiff(hidden, source.info, tmp_path / "hidden.tif", record_in_xmp=True)
        assert report.samples_changed == 0
        assert np.array_equal(tifffile.imread(report.path), all_of(source))
        assert TRAINED_COMPOSITE.encode() not in report.path.read_bytes()
        assert b"virtual restoration" not in report.path.read_bytes()


def test_merged_layers_keep_their_provenance(opened: Opener, tmp_path: Path) -> None:
    with opened() as source:
        stack = retouched(source, Rect(20, 30, 100, 90))
        document = Document(stack)
        document.do("Fill", stack.adding(LayerKind.RETOUCH, "more"), [TRAINED])
        document.do("Merge", merging_down(document.stack, 4))
        made = [one for step in document.history.commands for one in step.provenance]
        assert made == [TRAINED]
        path = tmp_path / "merged.tif"
        export_tiff(document.stack, source.info, path, provenance=made, record_in_xmp=True)
        assert TRAINED_COMPOSITE.encode() in path.read_bytes()


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    "where",
    [(60, 60), (5, 5), (5, HEIGHT - 5), (WIDTH - 1, HEIGHT - 1)],
    ids=["retouch", "beside it", "where no retouch is", "last sample"],
)
def test_one_bit_that_changed_on_the_disk_keeps_the_export_away(
    tmp_path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch, where: tuple[int, int],
    orientation: int, bits: int,
) -> None:  # fmt: skip
    """Whether the proof is a digest, or the painting itself where nothing is retouched."""
    monkeypatch.setattr(tiff_verify, "_CHUNK_BYTES", 1)
    with opened(bits, 3, orientation) as source:
        stack = retouched(source, Rect(20, 30, 200, 100))
        export_tiff(stack, source.info, tmp_path / "out.tif")
        before = (tmp_path / "out.tif").read_bytes()
        with tifffile.TiffFile(tmp_path / "out.tif") as written:
            start = written.pages.first.dataoffsets[0]
        x, y = min(where[0], source.width - 1), min(where[1], source.height - 1)
        at = stored_rect(Rect(x, y, 1, 1), source.width, source.height, orientation)
        width = source.height if orientation == 6 else source.width
        place = start + (at.y * width + at.x) * 3 * bits // 8

        def sync(new: NewFile) -> None:
            new.handle.seek(place)
            byte = new.handle.read(1)[0]
            new.handle.seek(place)
            new.handle.write(bytes([byte ^ 1]))
            new.handle.flush()

        monkeypatch.setattr(NewFile, "sync", sync)
        with pytest.raises(ImageWriteError, match="differed"):
            export_tiff(stack, source.info, tmp_path / "out.tif")
    assert (tmp_path / "out.tif").read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["out.tif", "painting.tif"]


@pytest.mark.parametrize("compression", ["none", "deflate"])
def test_the_digest_is_that_of_the_file_however_it_is_read_back(
    tmp_path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch, compression: Compression
) -> None:
    monkeypatch.setattr(tiff_verify, "_CHUNK_BYTES", 1)
    for bits in (8, 16):
        with opened(bits) as source:
            stack = retouched(source, Rect(20, 30, 200, 100))
            report = export_tiff(
                stack, source.info, tmp_path / "out.tif", compression=compression
            )  # fmt: skip
        exact = hashlib.sha256((tmp_path / "out.tif").read_bytes()).hexdigest()
        assert report.sha256 == exact
