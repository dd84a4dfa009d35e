"""`lacuna`: the window, the rating page, or one of the commands that need neither."""

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop.headless import NO_DISPLAY, missing_library_sentence, no_display_named

# What core.cli answers: these need neither a display nor Qt.
COMMANDS = ("restore", "generators", "info", "--version")
NO_RATING = "A rating shows fills in a window, and Lacuna found no display to show one on."


def main(argv: Sequence[str] | None = None) -> int:
    """Run Lacuna with command-line arguments (default: the process's own); return its exit code.

    0 done, 1 could not (one sentence on stderr), 2 wrong use.
    """
    multiprocessing.freeze_support()
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Imported in here and not above: a headless command must not load Qt, which a server may not
    # even have; and each worker process imports this module again, in vain and at a cost.
    if arguments and arguments[0] in COMMANDS:
        from core import cli

        return cli.main(arguments)
    if arguments and arguments[0] == "rate":
        return _rate(arguments[1:])
    options = _parser().parse_args(arguments)
    problem = _window_problem()
    if problem is not None:
        print(problem, file=sys.stderr)
        return 1
    from desktop import app

    return app.run(options.paintings, is_sample=options.sample)


def _rate(arguments: Sequence[str]) -> int:
    """Show the rating page; what it needs is checked before a window is tried."""
    from desktop.rating.composites import RatingError
    from desktop.rating.request import read_request

    try:
        request = read_request(arguments)
        problem = _window_problem()
        if problem is not None:
            print(NO_RATING if problem.startswith(NO_DISPLAY) else problem, file=sys.stderr)
            return 1
        from desktop.rating import rating_app

        return rating_app.run(request)
    except RatingError as error:
        print(error, file=sys.stderr)
        return 1


def _window_problem() -> str | None:
    """Return a sentence if no window can be shown here."""
    problem = no_display_named()
    if problem is None:
        try:
            from desktop import app, display  # noqa: F401  (app: all that the window loads)

            problem = display.display_problem()
        except ImportError as error:
            problem = missing_library_sentence(error)
    return problem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lacuna",
        description="Open the window of Lacuna, on paintings or on its welcome page.",
        epilog="Judge fills blind: lacuna rate FOLDER. Without a window: lacuna restore | "
        "generators | info | --version; “lacuna restore --help” tells more.",
    )
    parser.add_argument("paintings", nargs="*", type=Path, metavar="PAINTING")
    parser.add_argument("--sample", action="store_true", help="open the sample painting")
    return parser


if __name__ == "__main__":
    sys.exit(main())
