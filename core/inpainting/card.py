"""A generator's card: the manifest beside its weights, read and checked."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from core.errors import CardError, GeneratorNotFoundError

CARD_FILE = "card.json"
# What ONNX Runtime runs, and what PyTorch runs.
MODEL_FILE = "model.onnx"
WEIGHTS_FILE = "model.safetensors"
SCHEMA = 1
MAX_CARD_BYTES = 1 << 20

Engine = Literal["classical", "onnx", "torch"]

# Mask kinds of docs/generators.md: line cracks, blobs, real craquelure, squares, strokes, shapes.
MASK_KINDS = ("L", "B", "K", "S32", "S64", "S112", "I1", "I2", "I3", "I4", "I5", "I6", "C")


@dataclass(frozen=True)
class GeneratorCard:
    """What a generator is, what it needs, and how it measured.

    `engine` is the one it is made for, and in an opened generator's card the one that runs it;
    `engines` are all that its files allow.
    `architecture` and its `options` say which net of core.models the weights belong to; the
    option `seed` stands with generators that draw lots.
    `files` maps a file name in the card's folder to its SHA-256 (hex).
    `multiple_of` is the number that input height and width must be multiples of (px);
    `crop_px` the crop it was trained at (0: untrained); `thickness_px` the widest loss, as the
    diameter of the largest disc inside it, for which the card recommends itself (0: no limit).
    `metrics` maps a mask kind to named figures, all measured by `lacuna-train evaluate`.
    `folder` is where the card was read from; it is not written to the card.
    """

    id: str
    name: str
    summary: str
    engine: Engine
    version: str = "1"
    source: str = ""
    architecture: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: int = 0
    multiple_of: int = 1
    min_size_px: int = 1
    crop_px: int = 0
    thickness_px: int = 0
    is_trained: bool = False
    licence: str = ""
    limits: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    export: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines that its files allow, the one to prefer first."""
        if self.engine == "classical":
            return ("classical",)
        allowed: list[Engine] = []
        if MODEL_FILE in self.files:
            allowed.append("onnx")
        if WEIGHTS_FILE in self.files:
            allowed.append("torch")
        return tuple(allowed)

    @property
    def has_seed(self) -> bool:
        """Whether it draws lots: with another seed it fills differently."""
        return "seed" in self.options

    def seeded(self, seed: int) -> "GeneratorCard":
        """Return the card of this generator with another seed, if it has one."""
        return replace(self, options={**self.options, "seed": seed}) if self.has_seed else self

    def run_by(self, engine: Engine) -> "GeneratorCard":
        """Return the card of this generator where that engine runs it."""
        return self if engine == self.engine else replace(self, engine=engine)

    def path(self, name: str) -> Path:
        """Return the path of one of the card's files.

        Raises CardError if the card does not list it or was not read from a folder.
        """
        if self.folder is None or name not in self.files:
            raise CardError(f"The generator “{self.id}” has no file “{name}”.")
        return self.folder / name

    def checked_bytes(self, name: str) -> bytes:
        """Read one of the card's files and check its hash.

        What is checked is what is used: callers run these bytes, not the path.
        Raises CardError if the file is missing or its SHA-256 differs from the card's.
        """
        path = self.path(name)
        try:
            data = path.read_bytes()
        except OSError as cause:
            raise CardError(
                f"The file “{name}” of the generator “{self.id}” cannot be read; reinstall it."
            ) from cause
        if hashlib.sha256(data).hexdigest() != self.files[name]:
            raise CardError(
                f"The file “{name}” of the generator “{self.id}” is not the one its card "
                "describes (the SHA-256 differs), so it is not run; reinstall the generator."
            )
        return data


def read_card(folder: Path) -> GeneratorCard:
    """Read `folder/card.json`.

    Raises CardError if it is missing, larger than 1 MiB, not JSON, of a newer schema,
    or has unknown, missing or ill-typed fields. Hashes are checked when files are used.
    """
    path = folder / CARD_FILE
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            raise CardError(f"The card {path} is implausibly large and was not read.")
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as cause:
        raise CardError(f"The generator card {path} cannot be read.") from cause
    return _card_from(raw, folder)


def write_card(card: GeneratorCard, folder: Path) -> Path:
    """Write `folder/card.json` and return its path."""
    fields = asdict(card)
    del fields["folder"]
    path = folder / CARD_FILE
    text = json.dumps({"schema": SCHEMA, **fields}, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, "utf-8")
    return path


def find_cards(*folders: Path) -> tuple[list[GeneratorCard], list[CardError]]:
    """Read the cards of all generators below the folders, one sub-folder each.

    Returns the cards sorted by id, and one error per folder whose card cannot be read,
    so that one damaged generator hides no other. Where ids repeat, the first folder wins.
    """
    cards: dict[str, GeneratorCard] = {}
    errors: list[CardError] = []
    for folder in folders:
        for path in sorted(folder.glob(f"*/{CARD_FILE}")):
            try:
                card = read_card(path.parent)
            except CardError as error:
                errors.append(error)
            else:
                cards.setdefault(card.id, card)
    return [cards[key] for key in sorted(cards)], errors


def card_by_id(cards: list[GeneratorCard], card_id: str) -> GeneratorCard:
    """Return the card of that id. Raises GeneratorNotFoundError naming those there are."""
    for card in cards:
        if card.id == card_id:
            return card
    known = ", ".join(card.id for card in cards)
    raise GeneratorNotFoundError(f"There is no generator “{card_id}”; there are: {known}.")


def _card_from(raw: object, folder: Path) -> GeneratorCard:
    where = f"The generator card {folder / CARD_FILE}"
    if not isinstance(raw, dict):
        raise CardError(f"{where} is not a JSON object.")
    schema = raw.pop("schema", None)
    if schema != SCHEMA:
        raise CardError(f"{where} has schema {schema!r}; this Lacuna reads {SCHEMA}.")
    known = set(GeneratorCard.__dataclass_fields__) - {"folder"}
    if unknown := sorted(set(raw) - known):
        raise CardError(f"{where} has unknown fields: {', '.join(unknown)}.")
    try:
        card = GeneratorCard(**raw, folder=folder)
    except TypeError as cause:
        raise CardError(f"{where} lacks fields: {cause}.") from cause
    _check(card, where)
    return card


def _check(card: GeneratorCard, where: str) -> None:
    texts = (card.id, card.name, card.summary, card.version, card.source, card.architecture,
             card.licence, card.limits)  # fmt: skip
    numbers = (card.parameters, card.multiple_of, card.min_size_px, card.crop_px, card.thickness_px)
    tables = (card.options, card.files, card.training, card.export, card.metrics)
    if not all(isinstance(value, str) for value in texts):
        raise CardError(f"{where} has a text field that is not text.")
    if not all(type(value) is int and value >= 0 for value in numbers):
        raise CardError(f"{where} has a size that is not a whole number.")
    if not all(isinstance(value, dict) for value in tables):
        raise CardError(f"{where} has a table that is not a JSON object.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", card.id):
        raise CardError(f"{where} has an id that is not lower-case letters, digits and hyphens.")
    if card.engine not in get_args(Engine):
        raise CardError(f"{where} asks for an engine this Lacuna does not have.")
    if type(card.is_trained) is not bool or card.multiple_of < 1 or card.min_size_px < 1:
        raise CardError(f"{where} has an impossible size.")
    for name, digest in card.files.items():
        if "/" in name or "\\" in name or name in ("", ".", ".."):
            raise CardError(f"{where} names a file outside its folder.")
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise CardError(f"{where} has a file without a SHA-256.")
