"""`lacuna-train`: train, evaluate and export generators, and draw their masks."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.errors import LacunaError
from core.inpainting.card import MASK_KINDS, card_by_id, read_card
from core.inpainting.catalogue import catalogue
from core.inpainting.generator import open_generator
from training.backbones import read_backbone
from training.bench import bench
from training.checkpoint import CheckpointError, read_checkpoint
from training.choice import FOLDERS, Choice, data_folder, shares
from training.config import RECIPES, RecipeError, read_recipe
from training.data import read_paintings
from training.device import device_named, hardware
from training.evaluate import evaluate, write_metrics
from training.export import ExportError, export
from training.features import read_features
from training.mask_set import write_training_masks
from training.masks import craquelure_bank, evaluation_mask
from training.report import write_report
from training.trainer import DivergedError, train

# Craquelure files before this one (by name) are for training, those after it for measuring.
TRAINING_CRAQUELURE = 1500

_OUT_OF_MEMORY = (
    "The device's memory does not hold this run; lower the batch (--set batch=4) or the crops "
    "(--set data.crop_px=128)."
)
_FAILURES = (LacunaError, CheckpointError, ExportError, DivergedError, OSError, ValueError)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 2 for wrong use, 1 when it could not be done."""
    arguments = _parser().parse_args(argv)
    torch.set_num_threads(arguments.threads)
    try:
        arguments.run(arguments)
    except RecipeError as error:
        print(f"lacuna-train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lacuna-train: stopped; the last checkpoint can be resumed.", file=sys.stderr)
        return 1
    except torch.OutOfMemoryError:
        print(f"lacuna-train: {_OUT_OF_MEMORY}", file=sys.stderr)
        return 1
    except _FAILURES as error:
        print(f"lacuna-train: {error}", file=sys.stderr)
        return 1
    return 0


def _train(arguments: argparse.Namespace) -> None:
    recipe = read_recipe(arguments.recipe, arguments.set)
    run = recipe.run
    if arguments.minutes is not None:
        run = replace(run, minutes=arguments.minutes, steps=0)
    if arguments.steps is not None:
        run = replace(run, steps=arguments.steps)
    recipe = replace(recipe, run=run)
    choice = Choice(arguments.classes, arguments.split, part=0)
    paintings = read_paintings(arguments.data, recipe.data.crop_px, arguments.limit, choice)
    _say(paintings.summary())
    bank = craquelure_bank(arguments.craquelure, first=recipe.data.craquelure_files)
    features = read_backbone(arguments.features) if arguments.features else None
    arguments.out.mkdir(parents=True, exist_ok=True)
    device = device_named(arguments.device)
    train(recipe, paintings, bank, features, arguments.out, arguments.resume, _say, device)


def _evaluate(arguments: argparse.Namespace) -> None:
    cards = [read_card(folder) for folder in arguments.folder]
    known = [*cards, *catalogue()[0]]
    cards += [card_by_id(known, name) for name in arguments.generators]
    kinds = arguments.kinds.split(",")
    choice = Choice(arguments.classes, arguments.split, part=-1)
    paintings = read_paintings(arguments.data, arguments.size, arguments.limit, choice)
    _say(paintings.summary())
    bank = craquelure_bank(arguments.craquelure, skip=TRAINING_CRAQUELURE)
    features = read_features(arguments.features) if arguments.features else None
    generators = [open_generator(card, "cpu") for card in cards]
    rows, examples = evaluate(
        generators, paintings, kinds, bank, features, arguments.size, arguments.examples, _say
    )
    rivals = [card.id for card in cards if card.engine == "classical"]
    for path in write_report(rows, examples, rivals, arguments.out):
        _say(f"Written: {path}")
    if arguments.write_cards:
        for card in cards:
            if card.engine != "classical":
                write_metrics(card, rows, rivals)


def _export(arguments: argparse.Namespace) -> None:
    checkpoint = read_checkpoint(arguments.checkpoint)
    recipe = read_recipe(arguments.recipe or str(checkpoint.recipe["id"]))
    card = export(checkpoint, recipe.card, arguments.out)
    _say(f"Written: {arguments.out} ({card.parameters:,} parameters, {dict(card.export)}).")


def _bench(arguments: argparse.Namespace) -> None:
    device = device_named(arguments.device)
    names = arguments.recipes or sorted(path.stem for path in RECIPES.glob("*.toml"))
    _say(f"Training on {hardware(device)}, {arguments.threads} CPU threads.")
    for name in names:
        speed = bench(read_recipe(name, arguments.set), arguments.seconds, device)
        _say(speed.line(arguments.peak_tflops))


def _masks(arguments: argparse.Namespace) -> None:
    bank = craquelure_bank(arguments.craquelure, skip=TRAINING_CRAQUELURE)
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.recipe:
        recipe = read_recipe(arguments.recipe, arguments.set)
        write_training_masks(recipe, bank, arguments.count, arguments.out)
        _say(f"Written: {recipe.id}'s training masks in {arguments.out}.")
        return
    for kind in arguments.kinds.split(","):
        for index in range(arguments.count):
            mask = evaluation_mask(kind, arguments.size, index, bank)
            path = arguments.out / f"{kind}-{arguments.size}-{index:03d}.png"
            Image.fromarray(mask * np.uint8(255)).save(path)
    _say(f"Written: masks in {arguments.out}.")


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lacuna-train", description=__doc__)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands.add_parser("train", help="train a generator by a recipe"))
    _add_evaluate(commands.add_parser("evaluate", help="measure generators on paintings"))
    command = commands.add_parser("export", help="turn a checkpoint into card.json and model.onnx")
    command.set_defaults(run=_export)
    command.add_argument("checkpoint", type=Path)
    command.add_argument("--recipe", help="the recipe whose [card] to use (default: its own)")
    command.add_argument("--out", type=Path, required=True, help="the generator's folder")
    command = commands.add_parser("bench", help="measure how fast recipes train here")
    command.set_defaults(run=_bench)
    command.add_argument("recipes", nargs="*", help="ids of recipes (default: all)")
    command.add_argument("--seconds", type=float, default=10.0, help="per recipe (default: 10)")
    command.add_argument("--peak-tflops", type=float, help="the device's peak, for the share of it")
    _add_device(command)
    _add_overrides(command)
    command = commands.add_parser("masks", help="write masks as PNG files")
    command.set_defaults(run=_masks)
    _add_masks(command)
    command.add_argument("--recipe", help="draw this recipe's training masks, with coordinates")
    _add_overrides(command)
    command.add_argument("--count", type=int, default=8)
    command.add_argument("--out", type=Path, required=True)
    return parser


def _add_train(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_train)
    command.add_argument("recipe", help="a recipe's id, or the path of a .toml file")
    _add_data(command)
    command.add_argument("--out", type=Path, required=True, help="checkpoint, log and samples")
    command.add_argument(
        "--minutes", type=float, help="length of the run, in place of the recipe's"
    )
    command.add_argument("--steps", type=int, help="length in steps, in place of minutes")
    _add_device(command)
    command.add_argument("--resume", action="store_true", help="continue from the checkpoint")
    _add_overrides(command)


def _add_device(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def _add_overrides(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a key of the recipe, as losses.features.weight=0.01",
    )


def _add_evaluate(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_evaluate)
    command.add_argument("generators", nargs="*", help="ids of installed generators")
    command.add_argument("--folder", type=Path, action="append", default=[],
                         help="also measure the generator in this folder")  # fmt: skip
    _add_data(command)
    _add_masks(command)
    command.add_argument("--examples", type=int, default=1, help="contact sheet rows per kind")
    command.add_argument("--write-cards", action="store_true", help="put the figures in the cards")
    command.add_argument("--out", type=Path, required=True, help="tables and contact sheet")


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", nargs="+", type=data_folder, required=True,
                         help="folders of paintings, or NAME=ROOT of a local data set: "
                         + ", ".join(FOLDERS))  # fmt: skip
    command.add_argument("--limit", type=int, help="use only the first paintings")
    command.add_argument("--classes", type=lambda text: text.split(","), default=[],
                         help="use only folders of these names, as coast,mountain")  # fmt: skip
    command.add_argument("--split", type=shares, default=(1.0,),
                         help="shares of the paintings, as 90,10 or 85,10,5: train takes the "
                         "first, evaluate the last")  # fmt: skip
    if command.get_default("run") is _train:
        command.add_argument(
            "--features", type=Path, help="weights of SqueezeNet v1.1, VGG16 or ResNet50"
        )
        command.add_argument("--craquelure", type=Path, help="folder of binarised real cracks")
    else:
        command.add_argument("--features", type=Path, help="SqueezeNet v1.1 as safetensors")


def _add_masks(command: argparse.ArgumentParser) -> None:
    command.add_argument("--kinds", default=",".join(MASK_KINDS), help="as L,B,S64 (default: all)")
    command.add_argument("--size", type=int, default=256, help="side of the crops, px")
    command.add_argument("--craquelure", type=Path, help="folder of binarised real cracks")


if __name__ == "__main__":
    sys.exit(main())
