"""Which generator it was: a short digest that changes with the model, or with what a fill does."""

import hashlib

import numpy as np

from core.image.surface import F32
from core.inpainting.card import MODEL_FILE, WEIGHTS_FILE, GeneratorCard
from core.inpainting.catalogue import catalogue
from training.masks import evaluation_mask
from training.recommended import RECOMMENDED_CARD
from training.systems import open_system

# A probe's side and that of the square lost in it; the wide one's is pieced together from paint.
_PROBE_PX, _LOSS_PX = 96, 20
_WIDE_PROBE_PX, _WIDE_LOSS_PX = 160, 60
_PROBE_SEED = 5


def identity(card: GeneratorCard) -> str:
    """Return 12 hexadecimal digits for what a generator computes.

    A trained one is the weights that run (ONNX Runtime's before PyTorch's) and how its input is
    padded. One without files is what it makes of a fixed probe, in steps of 1/255: a comment
    changed leaves it as it is, another formula, constant or library does not. The program's own
    choice is both: what it makes of two probes, and the weights it may choose among.
    Raises what opening and running a generator raises.
    """
    padding = (card.multiple_of, card.min_size_px)
    if MODEL_FILE in card.files:
        what = repr((card.files[MODEL_FILE], *padding)).encode("utf-8")
    elif WEIGHTS_FILE in card.files:
        # Here the net is the program's own, so that its name and options belong to it.
        net = (card.architecture, sorted(card.options.items()))
        what = repr((card.files[WEIGHTS_FILE], *padding, *net)).encode("utf-8")
    else:
        what = f"{card.id} {card.version}".encode() + _probed(card, *_probe(_PROBE_PX, _LOSS_PX))
        if card == RECOMMENDED_CARD:
            files = [sorted(one.files.items()) for one in catalogue()[0]]
            what += repr(files).encode() + _probed(card, *_probe(_WIDE_PROBE_PX, _WIDE_LOSS_PX))
    return hashlib.sha256(what).hexdigest()[:12]


def _probed(card: GeneratorCard, image: F32, mask: F32) -> bytes:
    generator = open_system(card)
    try:
        filled = generator(image, mask)
    finally:
        generator.close()
    inside = np.clip(filled[mask > 0], 0, 1)
    return np.rint(inside * 255).astype(np.uint8).tobytes()


def _probe(side: int, loss_px: int) -> tuple[F32, F32]:
    """Return stripes over a gradient with some grain, and cracks and a square in it."""
    rng = np.random.default_rng(_PROBE_SEED)
    y, x = np.mgrid[0:side, 0:side] / side
    stripes = 0.15 * np.sin(40 * x + 12 * y)
    image = np.stack([x, y, 1 - x], axis=-1) * 0.6 + 0.2 + stripes[..., None]
    image += rng.normal(0, 0.02, image.shape)
    mask = evaluation_mask("L", side, 0, ()).astype(np.float32)
    mask[40 : 40 + loss_px, 30 : 30 + loss_px] = 1
    return np.clip(image, 0, 1).astype(np.float32), mask
