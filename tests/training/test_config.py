"""Recipes are read exactly or refused."""

import re

import pytest

from training.config import RECIPES, RecipeError, read_recipe, recipe_names


def test_every_recipe_in_the_folder_is_valid_and_named_by_its_file():
    names = [path.stem for path in RECIPES.glob("*.toml")]
    assert names
    assert [read_recipe(name).id for name in names] == names


def test_every_lite_recipe_is_valid_and_keeps_the_id_of_the_one_it_extends():
    lite = [name for name in recipe_names() if name.startswith("lite/")]
    assert lite
    assert [f"lite/{read_recipe(name).id}" for name in lite] == lite


def test_a_recipe_that_extends_another_changes_it_key_by_key(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text('extends = "glcic"\nbatch = 2\n[card]\nname = "Small"\n[options]\nwidth = 4\n')
    small, base = read_recipe(str(path)), read_recipe("glcic")
    assert (small.batch, small.card.name, dict(small.options)) == (2, "Small", {"width": 4})
    assert (small.losses, small.card.source) == (base.losses, base.card.source)


def test_a_recipe_that_extends_none_is_refused(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text('extends = "no-such-recipe"\n')
    with pytest.raises(RecipeError, match="no recipe “no-such-recipe”"):
        read_recipe(str(path))


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


def test_what_a_recipe_does_not_use_is_no_part_of_its_identity():
    crack, glcic = (read_recipe(name).identity() for name in ("atelier-crack", "glcic"))
    assert not {"noise", "schedule", "phases", "adversary"} & set(crack)
    assert {"schedule", "phases", "adversary"} <= set(glcic)


def test_each_row_of_the_landscape_reports_table_is_an_override():
    text = (RECIPES / "landscape-gan.toml").read_text("utf-8")
    rows = re.findall(r"^#   (\S.*?): +((?:the first|--set).+)$", text, re.MULTILINE)
    assert len(rows) == 8
    base = re.findall(r"--set (\S+)", rows[0][1])
    original = read_recipe("landscape-gan", base)
    assert original.phases.parts == (0.33, 0.33, 0.34)
    assert original.losses["adversarial"].weight == 1.0
    assert original.batch == 128
    for _, row in rows[1:]:
        overrides = re.findall(r"--set (\S+)", row)
        changed = read_recipe("landscape-gan", base + overrides)
        assert changed.identity() != original.identity()


def test_the_recipe_itself_has_the_landscape_reports_best_settings():
    recipe = read_recipe("landscape-gan")
    assert recipe.phases.parts == (0.2, 0.5, 0.3)
    assert recipe.losses["mse_whole"].weight / recipe.losses["adversarial"].weight == 10
