"""Restores 50 cracks and 20 losses of a 50-megapixel painting while brushes paint on a canvas.

    xvfb-run -a -s "-screen 0 1600x1000x24" python tests/benchmarks/restore_live.py [--idle]

All is in live_restoration.py: each process that fills or finishes imports the main module again,
and this one is as light as the program's own.
"""

import sys

if __name__ == "__main__":
    from live_restoration import main

    sys.exit(main())
