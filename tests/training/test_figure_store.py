"""Figures kept: exact, whole, extended by several runs, refused when damaged or foreign."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluate import Row
from training.figure_store import FigureStore, Key, StoreError, read_figures
from training.metrics import Figures


def entry(number, values=(0.1,) * 9, name="folder/a, “b”\nc.png"):
    key = Key("L", "telea", "abc", f"{number}-{name}", 256, "def", "")
    return key, Row(key.kind, key.generator, key.painting, 1 / 3, Figures(*values), 0.25)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "figures.csv"
    store = FigureStore(path)
    store.add(dict(entry(number) for number in range(3)))
    store.save()
    return path


@given(st.lists(st.floats(), min_size=9, max_size=9), st.text(st.characters(codec="utf-8")))
def test_numbers_and_names_come_back_the_very_same(tmp_path_factory, values, name):
    path = tmp_path_factory.mktemp("store") / "figures.csv"
    name = name.replace("\r", "").replace("\0", "")
    key, row = entry(0, tuple(values), name)
    store = FigureStore(path)
    store.add({key: row})
    store.save()
    (read_key, read_row), *others = read_figures(path).items()
    assert not others
    assert read_key == key
    for one, other in zip(values, vars(read_row.figures).values(), strict=True):
        assert one == other or (math.isnan(one) and math.isnan(other))


def test_a_file_that_is_not_there_is_empty(tmp_path):
    assert read_figures(tmp_path / "figures.csv") == {}


def test_what_another_run_wrote_meanwhile_is_kept(path):
    one, other = FigureStore(path), FigureStore(path)
    one.add(dict([entry(10)]))
    other.add(dict([entry(11)]))
    one.save()
    other.save()
    assert set(read_figures(path)) == {entry(number)[0] for number in (0, 1, 2, 10, 11)}


def test_a_save_without_news_writes_nothing(path):
    before = path.stat().st_mtime_ns
    FigureStore(path).save()
    assert path.stat().st_mtime_ns == before
    assert [found.name for found in path.parent.iterdir()] == ["figures.csv"]


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_file_cut_off_is_refused_with_its_line(path, cut):
    path.write_bytes(path.read_bytes()[: -1 - cut])
    with pytest.raises(StoreError, match="damaged in line"):
        FigureStore(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.replace(b"0.25", b"0.26", 1), "damaged in line"),
        (lambda data: data.replace(b",256,", b",512,", 1), "damaged in line"),
        (lambda data: data + b"L,telea\n", "damaged in line"),
        (lambda data: data + b"\n", "damaged in line"),
        (lambda data: data + b'"' + b"x" * 200_000, "damaged in line"),
        (lambda data: data.replace(b"kind,", b"sort,", 1), "not written by this version"),
        (lambda data: b"", "not written by this version"),
        (lambda data: b"\xff\xfe" + data, "cannot be read"),
    ],
)
def test_a_changed_or_foreign_file_is_refused_and_left_as_it_is(path, change, words):
    data = change(path.read_bytes())
    path.write_bytes(data)
    with pytest.raises(StoreError, match=words) as refusal:
        FigureStore(path)
    assert str(refusal.value).count("\n") == 0
    assert path.read_bytes() == data


def test_a_folder_in_its_place_is_refused(tmp_path):
    (tmp_path / "figures.csv").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        FigureStore(tmp_path / "figures.csv")
