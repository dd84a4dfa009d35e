"""Times every net on windows of 256, 512 and 1024 px, on the CPU through ONNX Runtime.

    python tests/benchmarks/nets.py [--generators DIR] [--threads 1 2] [--rounds 5]

Printed is a Markdown table: wall ms of the graph alone, the median of the rounds after one run to
warm up. The nets take turns, so that a busy moment meets them all. Beside each how many batch
norms and pads ONNX Runtime runs as steps of their own, once it has simplified the graph.
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

from core.inpainting.card import MODEL_FILE, GeneratorCard
from core.inpainting.catalogue import catalogue

SIDES_PX = (256, 512, 1024)
LOST = 0.05
STEPS = ("BatchNormalization", "Pad")


def main() -> None:
    """Print a row for every net."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generators", type=Path, nargs="*", default=[], help="folders of more")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cards = [card for card in catalogue(options.generators)[0] if card.engine == "onnx"]
    cases = [(threads, side) for threads in options.threads for side in SIDES_PX]
    heads = [f"{side} px, threads: {threads}" for threads, side in cases]
    print("| net | " + " | ".join([*heads, "batch norms", "pads"]) + " |")
    print("| --- |" + " --: |" * (len(cases) + len(STEPS)))
    times = {case: timed(cards, *case, options.rounds) for case in cases}
    for card in cards:
        ms = [f"{times[case][card.id]:,.0f}" for case in cases]
        kinds = simplified(card)
        print(f"| `{card.id}` | " + " | ".join([*ms, *(str(kinds[step]) for step in STEPS)]) + " |")


def timed(cards: list[GeneratorCard], threads: int, side: int, rounds: int) -> dict[str, float]:
    """Return each net's median ms for a window with some of its samples lost."""
    rng = np.random.default_rng(0)
    image = rng.random((1, 3, side, side), np.float32)
    mask = (rng.random((1, 1, side, side)) < LOST).astype(np.float32)
    sessions = {card.id: session(card, threads) for card in cards}
    times: dict[str, list[float]] = {card.id: [] for card in cards}
    for turn in range(rounds + 1):
        for name, net in sessions.items():
            start = time.perf_counter()
            net.run(["filled"], {"image": image, "mask": mask})
            if turn > 0:
                times[name].append(1e3 * (time.perf_counter() - start))
    return {name: statistics.median(taken) for name, taken in times.items()}


def simplified(card: GeneratorCard) -> Counter[str]:
    """Count the steps, by kind, of a graph as ONNX Runtime simplifies it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "simplified.onnx"
        session(card, 1, path)
        return Counter(node.op_type for node in onnx.load(path).graph.node)


def session(
    card: GeneratorCard, threads: int, simplified_to: Path | None = None
) -> ort.InferenceSession:
    """Open a card's graph on so many threads."""
    asked = ort.SessionOptions()
    asked.log_severity_level = 4
    asked.intra_op_num_threads = threads
    if simplified_to is not None:
        asked.optimized_model_filepath = str(simplified_to)
    return ort.InferenceSession(
        card.checked_bytes(MODEL_FILE), asked, providers=["CPUExecutionProvider"]
    )


if __name__ == "__main__":
    main()
