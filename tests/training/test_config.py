"""Recipes are read exactly or refused."""

import pytest

from training.config import RECIPES, RecipeError, read_recipe


def test_every_recipe_in_the_folder_is_valid_and_named_by_its_file():
    names = [path.stem for path in RECIPES.glob("*.toml")]
    assert names
    assert [read_recipe(name).id for name in names] == names


def test_overrides_replace_values():
    recipe = read_recipe("atelier-crack", ["losses.l2.weight=2", "options.width=16", "card.name=X"])
    assert recipe.losses["l2"].weight == 2.0
    assert recipe.options["width"] == 16
    assert recipe.card.name == "X"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("optimizer.momentum=0.9", "unknown keys: momentum"),
        ("colour=3", "unknown keys: colour"),
        ("losses.l1.wait=3", "unknown keys: wait"),
        ("batch=many", "wrong type"),
        ("batch=2.5", "wrong type"),
        ("data.scales=[1.0]", "wrong type"),
        ("batch.size=3", "single value"),
        ("batch", "key=value"),
    ],
)
def test_wrong_overrides_are_refused(override, words):
    with pytest.raises(RecipeError, match=words):
        read_recipe("atelier-crack", [override])


def test_a_missing_recipe_names_those_there_are():
    with pytest.raises(RecipeError, match="there are: atelier-crack"):
        read_recipe("no-such-recipe")


def test_a_recipe_without_losses_is_refused(tmp_path):
    path = tmp_path / "bare.toml"
    path.write_text('id = "bare"\narchitecture = "atelier-crack"\n')
    with pytest.raises(RecipeError, match="lacks: card, losses, masks"):
        read_recipe(str(path))


def test_bad_toml_is_refused(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("id = \n")
    with pytest.raises(RecipeError, match="not valid TOML"):
        read_recipe(str(path))


def test_the_runs_length_is_no_part_of_the_identity():
    short, other = (read_recipe("atelier-crack", [text]) for text in ("run.minutes=1", "batch=9"))
    assert short.identity() == read_recipe("atelier-crack").identity()
    assert other.identity() != short.identity()
