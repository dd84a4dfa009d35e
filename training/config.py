"""Recipes: TOML files read into frozen, checked values; unknown keys are refused."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

RECIPES = Path(__file__).resolve().parent / "recipes"


class RecipeError(ValueError):
    """A recipe is missing, malformed, or asks for what there is not; one sentence."""


@dataclass(frozen=True)
class DataRecipe:
    """Crops: side, range of resampling factors, and the share of crops that are resampled."""

    crop_px: int = 128
    scales: tuple[float, float] = (0.9, 1.1)
    scaled_share: float = 0.5
    craquelure_files: int = 1500


@dataclass(frozen=True)
class MaskRecipe:
    """Shares per drawer of training.masks, draws over each other at most, largest hole ratios.

    In the first share of the run first_max_ratio holds, and first_weights where they are given:
    a report's own masks before the general mix.
    """

    weights: Mapping[str, float]
    first_weights: Mapping[str, float] | None = None
    layers: int = 1
    max_ratio: float = 0.4
    first_max_ratio: float = 0.1
    first_share: float = 0.1


@dataclass(frozen=True)
class TermRecipe:
    """A loss term's weight, and the share of the run after which it joins."""

    weight: float
    start: float = 0.0


@dataclass(frozen=True)
class OptimizerRecipe:
    """AdamW; the learning rate falls from learning_rate to 0 along a cosine over the run."""

    learning_rate: float = 1e-3
    warmup_steps: int = 100
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 1e-4
    clip_norm: float = 0.3
    ema_decay: float = 0.999


@dataclass(frozen=True)
class ScheduleRecipe:
    """A constant rate with a late part and a tail, in place of a cosine over the whole run.

    tail is the last share of the run, over which the rate falls to 0 along a cosine; late_share
    is the last share in which the rate is multiplied by late_factor and the batch norms of
    frozen_norms stand still.
    """

    tail: float = 0.2
    late_share: float = 0.0
    late_factor: float = 1.0
    frozen_norms: Literal["none", "encoder", "all"] = "none"


@dataclass(frozen=True)
class PhasesRecipe:
    """How long the generator, the discriminator and both train; see training.phases."""

    parts: tuple[float, float, float]
    by: Literal["time", "epoch", "steps"] = "time"
    epoch_steps: int = 1000


@dataclass(frozen=True)
class AdversaryRecipe:
    """The discriminator (a name of DISCRIMINATORS), its game (of GAMES) and its optimizer.

    window_px is the side of the local window, 0 for none; it lies around the hole, for paintings
    too unless real_window is random. judges says whether fills are shown composed into the
    painting or as they come from the net. r1_weight is the gradient penalty's, every r1_steps.
    """

    discriminator: str
    game: Literal["bce", "hinge", "label-mse"] = "bce"
    options: Mapping[str, Any] = field(default_factory=dict)
    window_px: int = 0
    real_window: Literal["hole", "random"] = "hole"
    judges: Literal["composite", "filled"] = "composite"
    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    r1_weight: float = 0.0
    r1_steps: int = 16


@dataclass(frozen=True)
class RunRecipe:
    """How long, how often, and whether compiled; a continuation may differ from its checkpoint."""

    minutes: float = 85.0
    steps: int = 0
    checkpoint_minutes: float = 5.0
    sample_minutes: float = 10.0
    log_steps: int = 100
    compile: bool = False


@dataclass(frozen=True)
class CardRecipe:
    """What the exported generator's card says in words; see GeneratorCard."""

    name: str
    summary: str
    licence: str
    limits: str = ""
    source: str = ""
    version: str = "1"
    thickness_px: int = 0


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run but the data's place.

    noise is the sigma of the Gaussian noise on valid input samples while training.
    """

    id: str
    architecture: str
    card: CardRecipe
    masks: MaskRecipe
    losses: Mapping[str, TermRecipe]
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    batch: int = 8
    data: DataRecipe = field(default_factory=DataRecipe)
    optimizer: OptimizerRecipe = field(default_factory=OptimizerRecipe)
    run: RunRecipe = field(default_factory=RunRecipe)
    noise: float | None = None
    schedule: ScheduleRecipe | None = None
    phases: PhasesRecipe | None = None
    adversary: AdversaryRecipe | None = None

    def identity(self) -> dict[str, Any]:
        """Return what a checkpoint must share with the recipe that continues it, as plain data.

        What the recipe does not use is left out, so that checkpoints older than it stay valid.
        """
        table: dict[str, Any] = _without_none(asdict(self))
        del table["run"], table["card"]
        return table


def read_recipe(name: str, overrides: Sequence[str] = ()) -> Recipe:
    """Read the recipe of that id (or the TOML file of that path), with `key.sub=value` overrides.

    A recipe with `extends = NAME` changes that recipe key by key. Values of overrides are TOML; a
    bare word is taken as text.
    Raises RecipeError for a missing file, bad TOML, unknown or missing keys, and wrong types.
    """
    table = _table(name)
    for override in overrides:
        _set(table, override)
    recipe = _value(table, Recipe, "recipe")
    assert isinstance(recipe, Recipe)
    return recipe


def recipe_names() -> list[str]:
    """Return the names of all recipes that ship, as read_recipe takes them."""
    paths = (path.relative_to(RECIPES).with_suffix("") for path in RECIPES.rglob("*.toml"))
    return sorted(path.as_posix() for path in paths)


def _table(name: str) -> dict[str, Any]:
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as cause:
        known = ", ".join(recipe_names())
        raise RecipeError(f"There is no recipe “{name}”; there are: {known}.") from cause
    except ValueError as cause:
        raise RecipeError(f"The recipe {path.name} is not valid TOML: {cause}.") from cause
    base = table.pop("extends", None)
    return table if base is None else _merged(_table(str(base)), table)


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base table with the values of `changes`, table by table."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _without_none(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(value) if isinstance(value, Mapping) else value
        for key, value in table.items()
        if value is not None
    }


def _set(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise RecipeError(f"The override “{override}” is not of the form key=value.")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, last = key.strip().split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
        if not isinstance(table, dict):
            raise RecipeError(f"The override “{override}” goes below a single value.")
    table[last] = value


def _value(raw: Any, kind: Any, where: str) -> Any:
    if get_origin(kind) is UnionType:
        (kind,) = (member for member in get_args(kind) if member is not NoneType)
    if is_dataclass(kind) and isinstance(kind, type):
        return _record(raw, kind, where)
    if get_origin(kind) is Literal:
        if raw in get_args(kind):
            return raw
        choices = ", ".join(get_args(kind))
        raise RecipeError(f"In the recipe, “{where}” is one of {choices}, not {raw!r}.")
    if get_origin(kind) is tuple:
        members = get_args(kind)
        if isinstance(raw, list | tuple) and len(raw) == len(members):
            return tuple(
                _value(value, member, where) for value, member in zip(raw, members, strict=True)
            )
    elif get_origin(kind) is Mapping or kind is Mapping:
        if isinstance(raw, Mapping):
            member = get_args(kind)[1]
            return {key: _value(value, member, f"{where}.{key}") for key, value in raw.items()}
    elif kind is Any:
        return raw
    elif kind is float and type(raw) in (int, float):
        return float(raw)
    elif type(raw) is kind:
        return raw
    raise RecipeError(f"In the recipe, “{where}” has the wrong type: {raw!r}.")


def _record(raw: Any, kind: type, where: str) -> Any:
    if not isinstance(raw, Mapping):
        raise RecipeError(f"In the recipe, “{where}” is not a table.")
    hints = get_type_hints(kind)
    if unknown := sorted(set(raw) - set(hints)):
        raise RecipeError(f"In the recipe, “{where}” has unknown keys: {', '.join(unknown)}.")
    required = {
        item.name
        for item in fields(kind)
        if item.default is MISSING and item.default_factory is MISSING
    }
    if missing := sorted(required - set(raw)):
        raise RecipeError(f"In the recipe, “{where}” lacks: {', '.join(missing)}.")
    return kind(**{key: _value(raw[key], hints[key], f"{where}.{key}") for key in raw})
