"""`lacuna restore`: its arguments, one picture or a folder of them, and what it prints."""

import argparse
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, TextIO, TypeVar, get_args

from core.errors import ImageWriteError
from core.inpainting.batch import Outcome, Task, restore_pairs
from core.inpainting.card import GeneratorCard, card_by_id
from core.inpainting.catalogue import catalogue
from core.inpainting.engine import FillOptions, Progress
from core.inpainting.generator import Device, Runtime
from core.inpainting.pairs import find_pairs
from core.inpainting.recommend import recommend
from core.inpainting.restore import MarkedPainting, check_output, open_marked, restore
from core.inpainting.worker import WorkerGenerator
from core.resources import sample_mask, sample_painting

DONE: Final = 0
COULD_NOT: Final = 1

Number = TypeVar("Number", int, float)

_FOLDERS: Final = """\
With a folder for PAINTING, each NAME.tif in it (or PNG, JPEG) is filled by NAME.mask.png (or
TIFF) beside it, or by NAME.png in the folder given as --mask, and becomes OUT/NAME.tif. What is
there already is skipped, so that a run that was stopped goes on where it was."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `restore`."""
    parser.epilog = _FOLDERS
    parser.add_argument("painting", type=Path, nargs="?", metavar="PAINTING",
                        help="TIFF, PNG or JPEG, or a folder of them; only read")  # fmt: skip
    parser.add_argument("--mask", type=Path, metavar="MASK",
                        help="grey picture of the painting's size, above 127 is loss; or a "
                        "folder of such")  # fmt: skip
    parser.add_argument("--sample", action="store_true", help="take the sample painting and mask")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT",
                        help="the TIFF to write, or a folder for them")  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace what exists already")
    parser.add_argument("--generator", metavar="ID",
                        help="see `lacuna generators`; default: the one recommended")  # fmt: skip
    parser.add_argument("--device", choices=get_args(Device), action="append",
                        help="default: auto; given again, pictures of a folder are dealt out to "
                        "all")  # fmt: skip
    parser.add_argument("--engine", choices=get_args(Runtime), default="auto",
                        help="ONNX Runtime or PyTorch, for trained generators")  # fmt: skip
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N",
                        help="fill so many pictures of a folder at a time")  # fmt: skip
    parser.add_argument("--feather", type=_feather, default=0.0, metavar="PX",
                        help="set the fill in softly over so many pixels inwards")  # fmt: skip
    parser.add_argument("--record-xmp", action="store_true",
                        help="note the restoration in the XMP of what is written")  # fmt: skip


def check_use(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with a sentence on wrong use, where argparse cannot see it. Sets the default device."""
    options.device = options.device or ["auto"]
    is_folder = options.painting is not None and options.painting.is_dir()
    if options.sample and (options.painting or options.mask):
        parser.error("--sample stands for both PAINTING and --mask")
    if not options.sample and not (options.painting and (options.mask or is_folder)):
        parser.error("name a PAINTING and its --mask, or a folder, or give --sample")
    if is_folder and options.mask is not None and options.mask.is_file():
        parser.error("for a folder of paintings, --mask names a folder too")
    if not is_folder and (len(options.device) > 1 or options.jobs > 1):
        parser.error("several devices or --jobs are for a folder of paintings")


def run(options: argparse.Namespace) -> int:
    """Restore one picture or a folder; return the exit code. Raises what core raises."""
    if options.painting is not None and options.painting.is_dir():
        return _restore_folder(options)
    _restore_one(options)
    return DONE


def _restore_one(options: argparse.Namespace) -> None:
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
    with closing(WorkerGenerator(card, options.device[0], options.engine)) as generator:
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
    for notice in (*generator.notices, *report.export.notices):
        print(notice, file=sys.stderr)
    print(
        f"Filled {marked.info.path.name} with {card.name} on the {report.device.upper()} in "
        f"{report.seconds:.1f} s and wrote {report.export.path}; "
        f"{report.export.samples_changed} samples changed, every other one is the painting's own."
    )


def _restore_folder(options: argparse.Namespace) -> int:
    cards, errors = catalogue(options.generators_dir)
    for error in errors:
        print(error, file=sys.stderr)
    task = Task(
        cards,
        card_by_id(cards, options.generator) if options.generator else None,
        tuple(options.device),
        options.engine,
        FillOptions(feather_px=options.feather),
        options.record_xmp,
        options.force,
    )
    pairs, problems = find_pairs(options.painting, options.mask, options.output)
    _make_folder(options.output)
    failures = list(problems)
    outcomes: list[Outcome] = []
    try:
        with closing(restore_pairs(pairs, task, options.jobs)) as running:
            for outcome in running:
                outcomes.append(outcome)
                name, text = outcome.pair.painting.name, outcome.sentence
                verb = "failed: " if outcome.kind == "failed" else ""
                print(f"{len(outcomes)}/{len(pairs)} {name}: {verb}{text}", flush=True)
                if outcome.error is not None:
                    failures.append(f"{name}: {text}")
                    _tell_cause(outcome.error, options.verbose)
    except KeyboardInterrupt:
        text = f"Cancelled after {len(outcomes)} of {len(pairs)} pictures; the same command goes on"
        print(f"{text} with the rest.", file=sys.stderr)
        return COULD_NOT
    _print_end(outcomes, failures)
    return COULD_NOT if failures else DONE


def _print_end(outcomes: list[Outcome], failures: list[str]) -> None:
    kinds = [outcome.kind for outcome in outcomes]
    print(f"{kinds.count('filled')} filled, {kinds.count('skipped')} skipped, "
          f"{len(failures)} failed.")  # fmt: skip
    for failure in failures:
        print(failure, file=sys.stderr)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as cause:
        raise ImageWriteError(
            f"“{folder}” is no folder and none could be made; name another one for the results."
        ) from cause


def _tell_cause(error: Exception, is_verbose: bool) -> None:
    if is_verbose:
        traceback.print_exception(error)


def _feather(text: str) -> float:
    return _within(text, float, "pixels", 0, 1000)


def _jobs(text: str) -> int:
    return _within(text, int, "pictures", 1, 64)


def _within(text: str, kind: Callable[[str], Number], of: str, least: int, most: int) -> Number:
    """Return a number given on the command line. Raises ArgumentTypeError, a plain sentence."""
    wrong = argparse.ArgumentTypeError(f"is a number of {of}, {least} to {most}")
    try:
        value = kind(text)
    except ValueError as cause:
        raise wrong from cause
    if not least <= value <= most:
        raise wrong
    return value


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
