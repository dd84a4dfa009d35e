"""TIFF paintings in and out: what the rest of Lacuna needs of the format."""

from core.image.info import ImageInfo, Resolution
from core.image.tiff_read import TiffSource, open_tiff
from core.image.tiff_write import Compression, refuse_painting, write_tiff

__all__ = [
    "Compression",
    "ImageInfo",
    "Resolution",
    "TiffSource",
    "open_tiff",
    "refuse_painting",
    "write_tiff",
]
