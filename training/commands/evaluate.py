"""`lacuna-train evaluate`: generators measured on paintings, as tables and contact sheets."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.inpainting.card import MASK_KINDS, GeneratorCard, card_by_id, read_card
from core.inpainting.catalogue import catalogue
from core.inpainting.classical import classical_cards
from training.choice import Choice
from training.commands.options import TRAINING_CRAQUELURE, add_data, add_kinds, say
from training.data import read_paintings
from training.evaluate import write_metrics
from training.gallery import gallery_of
from training.masks import craquelure_bank
from training.measuring import Plan, measure_missing
from training.rating_set import write_rating_set
from training.recommended import RECOMMENDED_CARD
from training.report import write_report
from training.rivals import missing_rivals, rival_cards


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "evaluate",
        help="measure generators on paintings",
        description="Measure generators on paintings. What figures.csv in --out holds already is "
        "not measured again: a run that was stopped goes on, and a further generator costs its "
        "own fills only.",
    )
    command.set_defaults(run=run)
    command.add_argument("generators", nargs="*",
                         help="ids of installed generators, of the rivals biharmonic, "
                         "gmic-flow and gmic-pde, and “recommended”: what the program does "
                         "by itself")  # fmt: skip
    command.add_argument("--all", action="store_true",
                         help="every generator installed, every rival that runs here")  # fmt: skip
    command.add_argument("--folder", type=Path, action="append", default=[],
                         help="also measure the generator in this folder")  # fmt: skip
    add_data(command)
    command.add_argument("--features", type=Path, help="SqueezeNet v1.1 as safetensors")
    add_kinds(command)
    command.add_argument("--examples", type=int, default=1, help="contact sheet rows per kind")
    command.add_argument("--workers", type=int, default=1, metavar="N",
                         help="measure in N processes of one thread each (default: 1)")  # fmt: skip
    command.add_argument("--composites", type=Path, metavar="FOLDER",
                         help="also write all fills there, for `lacuna rate`")  # fmt: skip
    command.add_argument("--write-cards", action="store_true", help="put the figures in the cards")
    command.add_argument("--out", type=Path, required=True, help="figures, tables, contact sheets")


def run(arguments: argparse.Namespace) -> None:
    """Measure what is missing on the same paintings and masks; write the report of all."""
    cards = _chosen(arguments)
    kinds = tuple(dict.fromkeys(arguments.kinds.split(",")))
    if unknown := sorted(set(kinds) - set(MASK_KINDS)):
        known = ", ".join(MASK_KINDS)
        raise ValueError(f"There is no mask kind “{unknown[0]}”; there are: {known}.")
    choice = Choice(arguments.classes, arguments.split, part=-1)
    paintings = read_paintings(arguments.data, arguments.size, arguments.limit, choice)
    say(paintings.summary())
    bank = craquelure_bank(arguments.craquelure, skip=TRAINING_CRAQUELURE)
    plan = Plan(arguments.out, kinds, arguments.features, arguments.examples, arguments.workers)
    gallery = gallery_of(paintings, arguments.size, bank)
    outcome = measure_missing(cards, gallery, plan, say)
    for path in write_report(outcome, command_line(arguments), arguments.out):
        say(f"Written: {path}")
    if arguments.composites:
        count = write_rating_set(outcome.cards, gallery, kinds, arguments.composites)
        say(f"Written: {count} fills in {arguments.composites}")
    if arguments.write_cards:
        shipped = [card.id for card in classical_cards()]
        for card in outcome.cards:
            if card.folder is not None:
                write_metrics(card, outcome.rows, shipped)
    for failure in outcome.failures:
        say(f"Not measured: {failure}")
    if outcome.failures:
        raise ValueError(f"{len(outcome.failures)} measurements were not made; see above.")


def command_line(arguments: argparse.Namespace) -> str:
    """Return the command that these arguments make, absolute paths as their last component."""
    words = ["lacuna-train", "evaluate", *arguments.generators]
    if arguments.all:
        words.append("--all")
    for folder in arguments.folder:
        words += ["--folder", _short(folder)]
    words += ["--data", *(_short(folder) for folder in arguments.data)]
    for name, usual in (("limit", None), ("kinds", ",".join(MASK_KINDS)), ("size", 256),
                        ("examples", 1), ("craquelure", None), ("features", None)):  # fmt: skip
        value = getattr(arguments, name)
        if value != usual:
            words += [f"--{name}", _short(value)]
    if arguments.classes:
        words += ["--classes", ",".join(arguments.classes)]
    if tuple(arguments.split) != (1.0,):
        words += ["--split", ",".join(f"{share:g}" for share in arguments.split)]
    return shlex.join([*words, "--out", _short(arguments.out)])


def _chosen(arguments: argparse.Namespace) -> list[GeneratorCard]:
    """Return the cards asked for, trained ones first as given; say what is not available."""
    folders = [read_card(folder) for folder in arguments.folder]
    installed, errors = catalogue()
    known = [*folders, RECOMMENDED_CARD, *installed, *rival_cards()]
    missing = missing_rivals()
    for name in arguments.generators:
        if name in missing:
            raise ValueError(f"“{name}” cannot be measured: {missing[name]}.")
    cards = [*folders, *(card_by_id(known, name) for name in arguments.generators)]
    if arguments.all:
        cards += known
        for error in errors:
            say(f"Left out: {error}")
        for name, reason in missing.items():
            say(f"Left out: {name}: {reason}.")
    if not cards:
        raise ValueError("Name the generators to measure, or give --all.")
    return _each_once(cards)


def _each_once(cards: Sequence[GeneratorCard]) -> list[GeneratorCard]:
    """Return the first card of every id, those with weights before those without."""
    first: dict[str, GeneratorCard] = {}
    for card in cards:
        first.setdefault(card.id, card)
    return sorted(first.values(), key=lambda card: card.engine == "classical")


def _short(value: object) -> str:
    return value.name if isinstance(value, Path) and value.is_absolute() else str(value)
