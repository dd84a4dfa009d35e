"""`lacuna`: the window, or one of the commands that need none."""

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop.headless import missing_library_sentence, no_display_named

# What core.cli answers: these need neither a display nor Qt.
COMMANDS = ("restore", "generators", "info", "--version")


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
    options = _parser().parse_args(arguments)
    problem = no_display_named()
    if problem is None:
        try:
            from desktop import app, display

            problem = display.display_problem()
        except ImportError as error:
            problem = missing_library_sentence(error)
    if problem is not None:
        print(problem, file=sys.stderr)
        return 1
    return app.run(options.paintings, is_sample=options.sample)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lacuna",
        description="Open the window of Lacuna, on paintings or on its welcome page.",
        epilog="Without a window: lacuna restore | generators | info | --version; "
        "“lacuna restore --help” tells more.",
    )
    parser.add_argument("paintings", nargs="*", type=Path, metavar="PAINTING")
    parser.add_argument("--sample", action="store_true", help="open the sample painting")
    return parser


if __name__ == "__main__":
    sys.exit(main())
