"""`lacuna restore | generators | info`: the same engine without a window."""

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from core import cli_restore
from core.cli_restore import COULD_NOT, DONE
from core.errors import LacunaError
from core.image.color import ColorProfile
from core.image.files import open_image
from core.inpainting.card import GeneratorCard
from core.inpainting.catalogue import catalogue
from core.inpainting.engines import installed_engines
from core.version import software_version

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
        if options.command == "restore":
            cli_restore.check_use(parser, options)
    except SystemExit as leaving:  # argparse has said what is wrong, or shown help or version
        return leaving.code if isinstance(leaving.code, int) else WRONG_USE
    try:
        return _COMMANDS[options.command](options)
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


def _generators(options: argparse.Namespace) -> int:
    cards, errors = catalogue(options.generators_dir)
    for error in errors:
        print(error, file=sys.stderr)
    if options.json:
        _print_json([_card_facts(card) for card in cards])
        return DONE
    width = max(len(card.id) for card in cards)
    for card in cards:
        engines = ", ".join(card.engines)
        print(f"{card.id:{width}}  {engines:11}  {card.name}: {card.summary}")
    for engine in installed_engines():
        if not engine.is_available and any(engine.name in card.engines for card in cards):
            print(engine.reason, file=sys.stderr)
    return DONE


def _info(options: argparse.Namespace) -> int:
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
        return DONE
    for name, value in facts.items():
        if value not in (None, []):
            print(f"{name.replace('_', ' '):14} {_shown(value)}")
    return DONE


_COMMANDS: Final = {"restore": cli_restore.run, "generators": _generators, "info": _info}


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
    cli_restore.add_arguments(
        commands.add_parser("restore", parents=[common, cards], help="fill what masks mark")
    )
    listing = commands.add_parser(
        "generators", parents=[common, cards], help="list the generators there are"
    )
    listing.add_argument("--json", action="store_true", help="as JSON")
    info = commands.add_parser("info", parents=[common], help="tell what a picture file holds")
    info.add_argument("file", type=Path, metavar="FILE")
    info.add_argument("--json", action="store_true", help="as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
