"""`lacuna restore | generators | info`: the same engine without a window."""

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TextIO, get_args

from core.errors import LacunaError
from core.image.color import ColorProfile
from core.image.files import open_image
from core.inpainting.card import GeneratorCard, card_by_id
from core.inpainting.catalogue import catalogue
from core.inpainting.engine import FillOptions, Progress
from core.inpainting.engines import installed_engines
from core.inpainting.generator import Device, Runtime
from core.inpainting.recommend import recommend
from core.inpainting.restore import MarkedPainting, check_output, open_marked, restore
from core.inpainting.worker import WorkerGenerator
from core.resources import sample_mask, sample_painting
from core.version import software_version

DONE: Final = 0
COULD_NOT: Final = 1
WRONG_USE: Final = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command (default: the process's own arguments) and return its exit code.

    0 done; 1 could not: one sentence on stderr, with -v its cause; 2 wrong use.
    """
    parser = _parser()
    try:
        options = parser.parse_args(argv)
        if options.command is None:
            parser.error("name a command: restore, generators or info")
        _check_use(parser, options)
    except SystemExit as leaving:  # argparse has said what is wrong, or shown help or version
        return leaving.code if isinstance(leaving.code, int) else WRONG_USE
    try:
        _COMMANDS[options.command](options)
    except LacunaError as error:
        return _failed(str(error), options.verbose)
    except KeyboardInterrupt:
        return _failed("Cancelled; nothing was changed.", is_verbose=False)
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        sys.stderr.close()
        return COULD_NOT
    except Exception as error:  # a fault of ours: still one sentence
        sentence = f"An unexpected error ended the program ({type(error).__name__}); nothing was "
        return _failed(sentence + "changed. Run it again with -v and report it.", options.verbose)
    return DONE


def _restore(options: argparse.Namespace) -> None:
    painting = sample_painting() if options.sample else options.painting
    mask = sample_mask() if options.sample else options.mask
    cards, errors = catalogue(options.generators_dir)
    chosen = card_by_id(cards, options.generator) if options.generator else None
    with closing(open_marked(painting, mask)) as marked:
        check_output(options.output, marked, mask, may_replace=options.force)
        for notice in (*marked.info.notices, *map(str, errors)):
            print(notice, file=sys.stderr)
        _fill(marked, chosen or recommend(cards, marked.thickness_px, marked.area_px), options)


def _fill(marked: MarkedPainting, card: GeneratorCard, options: argparse.Namespace) -> None:
    line = _ProgressLine(sys.stderr)
    with closing(WorkerGenerator(card, options.device, options.engine)) as generator:
        try:
            report = restore(
                marked,
                generator,
                options.output,
                FillOptions(feather_px=options.feather),
                record_in_xmp=options.record_xmp,
                progress=line.filling,
                write_progress=line.writing,
            )
        finally:
            line.clear()
    for notice in report.export.notices:
        print(notice, file=sys.stderr)
    print(
        f"Filled {marked.info.path.name} with {card.name} on the {report.device.upper()} in "
        f"{report.seconds:.1f} s and wrote {report.export.path}; "
        f"{report.export.samples_changed} samples changed, every other one is the painting's own."
    )


def _generators(options: argparse.Namespace) -> None:
    cards, errors = catalogue(options.generators_dir)
    for error in errors:
        print(error, file=sys.stderr)
    if options.json:
        _print_json([_card_facts(card) for card in cards])
        return
    width = max(len(card.id) for card in cards)
    for card in cards:
        engines = ", ".join(card.engines)
        print(f"{card.id:{width}}  {engines:11}  {card.name}: {card.summary}")
    for engine in installed_engines():
        if not engine.is_available and any(engine.name in card.engines for card in cards):
            print(engine.reason, file=sys.stderr)


def _info(options: argparse.Namespace) -> None:
    with closing(open_image(options.file)) as source:
        info = source.info
    profile = ColorProfile.of(info.icc_profile, info.channels)
    facts: dict[str, Any] = {
        "file": str(options.file),
        "format": info.format,
        "width": info.width,
        "height": info.height,
        "channels": info.channels,
        "bit_depth": info.bit_depth,
        "profile": profile.name,
        "profile_bytes": len(info.icc_profile or b""),
        "dpi": info.dpi,
        "orientation": info.orientation,
        "compression": info.compression,
        "is_tiled": info.is_tiled,
        "is_bigtiff": info.is_bigtiff,
        "byte_order": "little-endian" if info.byteorder == "<" else "big-endian",
        "size_bytes": info.size_bytes,
        "has_exif": bool(info.metadata.exif),
        "has_iptc": info.metadata.iptc is not None,
        "has_xmp": info.metadata.xmp is not None,
        "notices": list(info.notices),
    }
    if options.json:
        _print_json(facts)
        return
    for name, value in facts.items():
        if value not in (None, []):
            print(f"{name.replace('_', ' '):14} {_shown(value)}")


_COMMANDS: Final = {"restore": _restore, "generators": _generators, "info": _info}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " × ".join(f"{part:g}" for part in value)
    return " ".join(value) if isinstance(value, list) else str(value)


def _card_facts(card: GeneratorCard) -> dict[str, Any]:
    folder = str(card.folder) if card.folder else None
    return asdict(card) | {"engines": card.engines, "folder": folder}


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=1, ensure_ascii=False))


def _failed(sentence: str, is_verbose: bool) -> int:
    if is_verbose:
        traceback.print_exc()
    print(sentence, file=sys.stderr)
    return COULD_NOT


class _ProgressLine:
    """One line on a terminal that is written over; elsewhere nothing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_shown = stream.isatty()

    def filling(self, progress: Progress) -> None:
        """Show how far the fill is."""
        self._show(f"{progress.text} · {100 * progress.done // progress.total} %")

    def writing(self, fraction: float) -> None:
        """Show how far the export is."""
        self._show(f"Writing and checking · {fraction:.0%}")

    def clear(self) -> None:
        """Leave the line empty."""
        self._show("")

    def _show(self, text: str) -> None:
        if self._is_shown:
            # Carriage return, text, and "erase to the end of the line" (ECMA-48).
            self._stream.write(f"\r{text}\x1b[K")
            self._stream.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lacuna", description="Fill losses in paintings without a window."
    )
    parser.add_argument("--version", action="version", version=f"Lacuna {software_version()}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-v", "--verbose", action="store_true", help="show the cause of an error")
    cards = argparse.ArgumentParser(add_help=False)
    cards.add_argument("--generators-dir", type=Path, action="append", default=[], metavar="DIR",
                       help="a further folder of generators")  # fmt: skip
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_restore(
        commands.add_parser("restore", parents=[common, cards], help="fill what a mask marks")
    )
    listing = commands.add_parser(
        "generators", parents=[common, cards], help="list the generators there are"
    )
    listing.add_argument("--json", action="store_true", help="as JSON")
    info = commands.add_parser("info", parents=[common], help="tell what a picture file holds")
    info.add_argument("file", type=Path, metavar="FILE")
    info.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("painting", type=Path, nargs="?", metavar="PAINTING",
                        help="TIFF, PNG or JPEG; it is only read")  # fmt: skip
    parser.add_argument("--mask", type=Path, metavar="MASK",
                        help="grey picture of the painting's size; above 127 is loss")  # fmt: skip
    parser.add_argument("--sample", action="store_true", help="take the sample painting and mask")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.tif")
    parser.add_argument("--force", action="store_true", help="replace OUT.tif if it exists")
    parser.add_argument("--generator", metavar="ID",
                        help="see `lacuna generators`; default: the one recommended")  # fmt: skip
    parser.add_argument("--device", choices=get_args(Device), default="auto")
    parser.add_argument("--engine", choices=get_args(Runtime), default="auto",
                        help="ONNX Runtime or PyTorch, for trained generators")  # fmt: skip
    parser.add_argument("--feather", type=_feather, default=0.0, metavar="PX",
                        help="set the fill in softly over so many pixels inwards")  # fmt: skip
    parser.add_argument("--record-xmp", action="store_true",
                        help="note the restoration in the XMP of OUT.tif")  # fmt: skip


def _feather(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1000:
        raise argparse.ArgumentTypeError("is a number of pixels, 0 to 1000")
    return value


def _check_use(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.command != "restore":
        return
    if options.sample and (options.painting or options.mask):
        parser.error("--sample stands for both PAINTING and --mask")
    if not options.sample and not (options.painting and options.mask):
        parser.error("name a PAINTING and its --mask, or give --sample")


if __name__ == "__main__":
    sys.exit(main())
