"""Two processes that train together: run by test_distributed.py, which reads what they leave.

A program of its own, forked here before anything computes: so torch is imported once, and the
processes are no children of the test run.
"""

import multiprocessing
import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch._dynamo  # An optimizer's first step imports it; here once for both processes.

from training import steps
from training.checkpoint import FILE, read_checkpoint
from training.config import TermRecipe, read_recipe
from training.data import Paintings
from training.distributed import TeamError, assembled
from training.losses import Objective
from training.state import random_streams, started
from training.trainer import train

# Rounding to bfloat16 would hide whether the gradients are the same.
steps.has_bfloat16 = lambda device: False

CPU = torch.device("cpu")
# Terms that are means over the picture, no batch norm, no discriminator: here the mean of two
# batches' gradients is the gradient of both together.
PLAIN = ("options.width=8", "data.crop_px=32", "batch=2", "optimizer.learning_rate=1e-3")
GAN = (
    "options.width=8", "options.bottleneck=2", "batch=2", "data.crop_px=64", "run.steps=10",
    "run.log_steps=5", "phases.epoch_steps=10", "adversary.options.width=4",
    "adversary.options.features=8", "adversary.r1_weight=1.0", "adversary.r1_steps=2",
    "noise=0.03",
)  # fmt: skip


def plain():
    recipe = read_recipe("residual-gan-whole", PLAIN)
    terms = {"mse_whole": TermRecipe(1.0), "mse_hole": TermRecipe(6.0)}
    return replace(recipe, losses=terms, adversary=None, phases=None, schedule=None)


def pictures():
    """Four pictures [4, 3, 32, 32] and their holes: two for each process."""
    random = torch.Generator().manual_seed(5)
    hole = torch.zeros(4, 1, 32, 32)
    for index in range(4):
        hole[index, :, 4 : 8 + 4 * index, 6:20] = 1
    return torch.rand(4, 3, 32, 32, generator=random), hole


def paintings():
    rng = np.random.default_rng(1)
    images = tuple(rng.integers(0, 256, (80, 90, 3), np.uint8) for _ in range(3))
    return Paintings(images, ("a", "b", "c"))


def contest():
    """A recipe with all three phases in ten steps: 2 generator, 5 discriminator, 3 both."""
    return read_recipe("landscape-gan", GAN)


def sides(state):
    return {
        "net": state.net.state_dict(),
        "ema": state.ema.state_dict(),
        "adversary": state.adversary.net.state_dict() if state.adversary else {},
    }


def one_process(count):
    """What one process learns from both batches at once, in so many steps."""
    return _learnt(slice(0, 4), count, {})


def _learnt(part, count, more):
    recipe = plain()
    state = started(recipe, CPU, **more)
    # Adam would blow up what rounding makes of small gradients; plain descent does not.
    state.optimizer = torch.optim.SGD(state.net.parameters(), 0.3)
    painting, hole = (batch[part] for batch in pictures())
    objective = Objective(recipe.losses, None)
    for step in range(count):
        steps.take_step(recipe, state, objective, painting, hole, step / count)
    return state.net.state_dict()


def _work(rank, port, out):
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2",
                   "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}  # fmt: skip
    torch.set_num_threads(1)
    with assembled(CPU) as team:
        own = slice(2 * rank, 2 * rank + 2)
        found = {"plain": _learnt(own, 4, {"team": team})}
        said = []

        def run(recipe, name, say=said.append, **more):
            (out / name).mkdir(exist_ok=True)
            common = {"team": team, "device": CPU, "say": say}
            return train(recipe, paintings(), [], None, out / name, **common, **more)

        recipe = contest()
        whole = run(recipe, "whole")
        found |= {"whole": sides(whole), "streams": dict(random_streams(whole))}
        # The signal reaches the leader alone, and ends both after the same step.
        try:
            run(recipe, "half", _killed_at_five)
        except KeyboardInterrupt:
            found["interrupted_at"] = read_checkpoint(out / "half" / FILE).step
        found["resumed"] = sides(run(recipe, "half", resume=True))
        found["said"] = said
        torch.save(found, out / f"{rank}.pt")
        # The second process alone meets an infinite loss.
        weight = float("inf") if rank else 1.0
        lost = replace(plain(), losses={"mse_hole": TermRecipe(weight)})
        try:
            run(lost, "lost")
        except (steps.DivergedError, TeamError) as error:
            (out / f"{rank}.txt").write_text(f"{type(error).__name__}: {error}", "utf-8")
            os._exit(1)


def _killed_at_five(line):
    if line.startswith("step 5 "):
        os.kill(os.getpid(), signal.SIGTERM)


def main(out):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_work, args=(rank, port, out)) for rank in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
