"""`lacuna-train evaluate`: generators measured on paintings, as tables and a contact sheet."""

import argparse
from pathlib import Path
from typing import Any

from core.inpainting.card import card_by_id, read_card
from core.inpainting.catalogue import catalogue
from core.inpainting.generator import open_generator
from training.choice import Choice
from training.commands.options import TRAINING_CRAQUELURE, add_data, add_kinds, say
from training.data import read_paintings
from training.evaluate import evaluate, write_metrics
from training.features import read_features
from training.masks import craquelure_bank
from training.report import write_report


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser("evaluate", help="measure generators on paintings")
    command.set_defaults(run=run)
    command.add_argument("generators", nargs="*", help="ids of installed generators")
    command.add_argument("--folder", type=Path, action="append", default=[],
                         help="also measure the generator in this folder")  # fmt: skip
    add_data(command)
    command.add_argument("--features", type=Path, help="SqueezeNet v1.1 as safetensors")
    add_kinds(command)
    command.add_argument("--examples", type=int, default=1, help="contact sheet rows per kind")
    command.add_argument("--write-cards", action="store_true", help="put the figures in the cards")
    command.add_argument("--out", type=Path, required=True, help="tables and contact sheet")


def run(arguments: argparse.Namespace) -> None:
    """Measure every generator on the same paintings and masks; write the report."""
    cards = [read_card(folder) for folder in arguments.folder]
    known = [*cards, *catalogue()[0]]
    cards += [card_by_id(known, name) for name in arguments.generators]
    kinds = arguments.kinds.split(",")
    choice = Choice(arguments.classes, arguments.split, part=-1)
    paintings = read_paintings(arguments.data, arguments.size, arguments.limit, choice)
    say(paintings.summary())
    bank = craquelure_bank(arguments.craquelure, skip=TRAINING_CRAQUELURE)
    features = read_features(arguments.features) if arguments.features else None
    generators = [open_generator(card, "cpu") for card in cards]
    rows, examples = evaluate(
        generators, paintings, kinds, bank, features, arguments.size, arguments.examples, say
    )
    rivals = [card.id for card in cards if card.engine == "classical"]
    for path in write_report(rows, examples, rivals, arguments.out):
        say(f"Written: {path}")
    if arguments.write_cards:
        for card in cards:
            if card.engine != "classical":
                write_metrics(card, rows, rivals)
