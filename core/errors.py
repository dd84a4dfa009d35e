"""Every error a conservator may see, as one tree.

LacunaError
├── ImageReadError                the file cannot be read (missing, truncated, damaged)
│   └── UnsupportedImageError     readable, but not exactly: CMYK, float, palette, alpha ...
├── ImageWriteError               the export was not made; what stood there before still stands
├── AlignmentError                two pictures cannot be laid over each other so
├── MaskError                     another size than the painting, empty, or full
├── ProjectError                  the .lacuna file
│   ├── ProjectDamagedError       parts of it cannot be read; says which
│   ├── ProjectVersionError       written by a newer Lacuna
│   └── ProjectLockedError        open elsewhere
├── GeneratorError                a fill could not be made
│   ├── GeneratorNotFoundError    no card of that id
│   ├── CardError                 card missing, malformed, or its files' hashes differ
│   ├── GeneratorMemoryError      the device's memory does not suffice for a window
│   ├── GeneratorOutputError      NaN, constant, out of range or of another shape: refused
│   └── WorkerError               the worker process died, hung, or could not be started
└── Cancelled                     the conservator asked to stop; nothing was changed

`str(error)` is one sentence for the conservator: what happened, to which file, what to do.
The technical cause is chained (`raise ... from cause`) for the log.
"""


class LacunaError(Exception):
    """Base of all that core raises for the user."""


class ImageReadError(LacunaError):
    """An image file cannot be read."""


class UnsupportedImageError(ImageReadError):
    """An image file cannot be read exactly, so it is refused by name."""


class ImageWriteError(LacunaError):
    """An export failed; any previous file at that place is untouched."""


class AlignmentError(LacunaError):
    """Control points are too few or fix nothing, or two pictures have too little in common."""


class MaskError(LacunaError):
    """A mask does not fit the painting, or marks nothing or everything."""


class ProjectError(LacunaError):
    """A .lacuna project cannot be used."""


class ProjectDamagedError(ProjectError):
    """Parts of a project are unreadable."""


class ProjectVersionError(ProjectError):
    """A project was written by a newer Lacuna."""


class ProjectLockedError(ProjectError):
    """A project is open in another window or on another machine."""


class GeneratorError(LacunaError):
    """A fill could not be made."""


class GeneratorNotFoundError(GeneratorError):
    """No generator of that id is installed."""


class CardError(GeneratorError):
    """A generator's card is missing, malformed, or does not match its files."""


class GeneratorMemoryError(GeneratorError):
    """A device has too little memory for a window; on another, or in parts, it may go."""


class GeneratorOutputError(GeneratorError):
    """A generator's result was refused."""


class WorkerError(GeneratorError):
    """The process that runs generators died, hung, or could not be started."""


class Cancelled(LacunaError):  # noqa: N818  (not a failure: the user's own wish)
    """The user cancelled; nothing was changed."""
