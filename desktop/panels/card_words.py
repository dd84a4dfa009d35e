"""A card's facts and figures in words."""

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from core.inpainting.backends import LABELS
from core.inpainting.card import GeneratorCard
from core.inpainting.measured import KIND_NAMES, Measured, all_measured

_MOST_NAMED = 3


def kind_of(card: GeneratorCard) -> str:
    """Return "Trained", "Not trained" or "Classical"."""
    if card.engine == "classical":
        return _tr("Classical")
    return _tr("Trained") if card.is_trained else _tr("Not trained")


def kind_text(kind: str) -> str:
    """Return what a mask kind of the cards means; the code itself if unknown."""
    return _tr(KIND_NAMES[kind]) if kind in KIND_NAMES else kind


def engines_text(card: GeneratorCard) -> str:
    """Return what runs a generator."""
    if card.engine == "classical":
        return kind_of(card)
    names = card.engines or (card.engine,)
    return ", ".join(LABELS[name] for name in names if name != "classical")


def row_facts(card: GeneratorCard) -> str:
    """Return where a generator comes from, how large it is and what runs it, shortly."""
    origin = re.split(r"[,;:]", card.source, maxsplit=1)[0].rstrip(". ")
    runs = engines_text(card).replace(LABELS["onnx"], "ONNX")
    return " · ".join(fact for fact in (origin, size_text(card), runs) if fact)


def size_text(card: GeneratorCard) -> str:
    """Return how large a net is, shortly; "" for what has no weights."""
    return _tr("{0} M").format(f"{card.parameters / 1e6:.1f}") if card.parameters else ""


def facts_text(card: GeneratorCard) -> str:
    """Return what a generator is, in one line."""
    if card.is_trained:
        facts = [_tr("Trained network, version {0}").format(card.version)]
    elif card.engine == "classical":
        facts = [_tr("Classical method, nothing is learnt")]
    else:
        facts = [_tr("Network that was not trained")]
    if card.parameters:
        facts.append(_tr("{0} million parameters").format(f"{card.parameters / 1e6:.1f}"))
    if card.engine != "classical":
        facts.append(_tr("runs with {0}").format(engines_text(card)))
    if card.thickness_px:
        facts.append(_tr("for losses up to {0} px wide").format(card.thickness_px))
    return " · ".join(facts)


def training_text(card: GeneratorCard) -> str:
    """Return what a generator was trained on, for how long and on what; "" if it does not tell."""
    told = card.training
    facts = []
    if paintings := _number(told, "paintings"):
        facts.append(_tr("{0} paintings").format(f"{paintings:,.0f}"))
    if masks := _number(told, "craquelure_masks"):
        facts.append(_tr("{0} masks of real craquelure").format(f"{masks:,.0f}"))
    if crops := _number(told, "crops"):
        text = _tr("{0} crops of {1} px") if card.crop_px else _tr("{0} crops")
        facts.append(text.format(f"{crops:,.0f}", card.crop_px))
    if minutes := _number(told, "minutes"):
        facts.append(_duration(minutes))
    hardware = told.get("hardware")
    if isinstance(hardware, str) and hardware:
        facts.append(hardware)
    return _tr("Trained on {0}").format(" · ".join(facts)) if facts else ""


def strengths(card: GeneratorCard) -> list[str]:
    """Return what a generator is good at and what not, by what was measured, best first."""
    compared = [one for one in all_measured(card) if one.gain_db is not None]
    better = [one for one in compared if not one.is_worse]
    better.sort(key=lambda one: -(one.merit_db or 0.0))
    worse = [one for one in compared if one.is_worse]
    lines = [_strength(one) for one in better[:_MOST_NAMED]]
    if further := better[_MOST_NAMED:]:
        text = _tr("Also above the classical fills: {0}.")
        lines.append(text.format(_listed(further)))
    if worse:
        lines.append(_tr("Worse than the classical fills: {0}.").format(_listed(worse)))
    return lines


def _strength(one: Measured) -> str:
    text = _tr("{0}: {1} dB in the loss, {2} above the best classical fill.")
    name = kind_text(one.kind)
    return text.format(name[:1].upper() + name[1:], f"{one.psnr_hole_db:.1f}", f"{one.gain_db:.1f}")


def _listed(kinds: Sequence[Measured]) -> str:
    """Name kinds, runs of squares and of strokes in one."""
    names: list[str] = []
    sides = [one.kind[1:] for one in kinds if one.kind.startswith("S")]
    strokes = [int(one.kind[1:]) for one in kinds if one.kind in KIND_NAMES and one.kind[0] == "I"]
    names.extend(kind_text(one.kind) for one in kinds if one.kind[0] not in "SI")
    if sides:
        names.append(_tr("squares of {0} px").format(", ".join(sides)))
    if strokes and len(strokes) == max(strokes) - min(strokes) + 1:
        text = _tr("strokes, {0}–{1} %")
        names.append(text.format(max(1, 10 * min(strokes) - 10), 10 * max(strokes)))
    else:
        names.extend(kind_text(f"I{step}") for step in strokes)
    return ", ".join(names)


def _duration(minutes: float) -> str:
    if minutes < 120:
        return _tr("{0} minutes").format(f"{minutes:.0f}")
    return _tr("{0} hours").format(f"{minutes / 60:.1f}")


def _number(told: Mapping[str, object], name: str) -> float:
    value = told.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _tr(text: str) -> str:
    return QCoreApplication.translate("CardWords", text)
