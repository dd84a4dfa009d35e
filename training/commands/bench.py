"""`lacuna-train bench`: how fast recipes train on this machine."""

import argparse
import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

import torch

from training.bench import Speed, bench, peak_of, table
from training.commands.options import add_compile, add_device, add_overrides, say
from training.config import RECIPES, Recipe, read_recipe, recipe_names
from training.device import device_named, hardware, has_bfloat16

# The arguments of bench.
Task = tuple[Recipe, float, torch.device, str, bool]


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser("bench", help="measure how fast recipes train here")
    command.set_defaults(run=run)
    command.add_argument("recipes", nargs="*", help="ids of recipes (default: all at full size)")
    command.add_argument("--all", action="store_true", help="all recipes, the lite ones too")
    command.add_argument("--seconds", type=float, default=10.0, help="per recipe (default: 10)")
    command.add_argument("--peak-tflops", type=float, help="the device's peak, for the share of it")
    add_compile(command)
    command.add_argument("--out", type=Path, help="write the table to this Markdown file")
    command.add_argument("--note", default="", help="a sentence about the machine for that file")
    add_device(command)
    add_overrides(command)


def run(arguments: argparse.Namespace) -> None:
    """Print a line per recipe; write the table where asked."""
    device = device_named(arguments.device)
    named = hardware(device)
    peak = arguments.peak_tflops or peak_of(named)
    say(f"Training on {named}, {arguments.threads} CPU threads.")
    speeds: list[Speed] = []
    tasks = [_task(name, arguments, device) for name in _names(arguments)]
    for speed in _measured(tasks, arguments.threads):
        speeds.append(speed)
        say(speed.line(peak))
    if arguments.out is not None:
        rows = table(speeds, peak)
        arguments.out.write_text(_page(arguments, device, peak, rows), encoding="utf-8")
        say(f"Written: {arguments.out}")


def _names(arguments: argparse.Namespace) -> list[str]:
    if arguments.all:
        return recipe_names()
    return arguments.recipes or sorted(path.stem for path in RECIPES.glob("*.toml"))


def _task(name: str, arguments: argparse.Namespace, device: torch.device) -> Task:
    recipe = read_recipe(name, arguments.set)
    return recipe, arguments.seconds, device, name, arguments.compile or recipe.run.compile


def _measured(tasks: Sequence[Task], threads: int) -> Iterator[Speed]:
    """Measure one here, several each in a fresh process: freed memory is kept, and would count."""
    if len(tasks) == 1:
        yield bench(*tasks[0])
        return
    way = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
    context = get_context(way)
    # What all import is imported once; an optimizer's first step imports the second.
    context.set_forkserver_preload(["training.bench", "torch._dynamo"])
    with ProcessPoolExecutor(
        1, context, torch.set_num_threads, (threads,), max_tasks_per_child=1
    ) as pool:
        for task in tasks:
            try:
                yield pool.submit(bench, *task).result()
            except BrokenProcessPool as cause:
                name = task[3]
                raise torch.OutOfMemoryError(f"The measuring of {name} was ended.") from cause


def _page(
    arguments: argparse.Namespace, device: torch.device, peak: float | None, rows: str
) -> str:
    """Return the table under what a reader must know of how it was measured."""
    precision = "bfloat16 autocast" if has_bfloat16(device) else "float32"
    if device.type == "cpu":
        share = "The share of the peak needs an accelerator and was not measured."
    elif peak is None:
        share = "The share of the peak was not measured: --peak-tflops was not given."
    else:
        share = f"The share is that of {peak:g} TFLOP/s."
    notes = " ".join(word for word in (arguments.note, share) if word)
    return (
        "# Training speed\n\n"
        f"{hardware(device)}, {arguments.threads} CPU threads, {precision}, "
        f"torch {torch.__version__}, {date.today().isoformat()}.\n\n"
        f"```\n{_command(arguments)}\n```\n\n"
        "Steps of generator and discriminator together on noise, without perceptual terms and "
        "without reading pictures, after one step to warm up; FLOP as counted of forward and "
        "backward. images/CPU s is about what a core reaches that does nothing else. Memory is "
        "that of the whole process on a CPU, of the device on an accelerator. "
        f"{notes}\n\n{rows}"
    )


def _command(arguments: argparse.Namespace) -> str:
    words = ["lacuna-train", "--threads", str(arguments.threads), "bench", *arguments.recipes]
    words += ["--all"] if arguments.all else []
    words += ["--seconds", f"{arguments.seconds:g}", "--device", arguments.device]
    words += ["--peak-tflops", f"{arguments.peak_tflops:g}"] if arguments.peak_tflops else []
    words += ["--compile"] if arguments.compile else []
    words += [word for override in arguments.set for word in ("--set", override)]
    return shlex.join(words)
