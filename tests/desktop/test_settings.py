import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.settings import RECENT_MAX, Settings, load_settings, save_settings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    settings = Settings(recent=("/a.tif", "/b.tif"), brush_size=77.5, operator="A. Conservator")
    assert save_settings(settings, tmp_path / "new" / "settings.json")
    assert load_settings(tmp_path / "new" / "settings.json") == (settings, None)
    assert os.listdir(tmp_path / "new") == ["settings.json"]


def test_without_a_file_the_defaults_are_used_in_silence(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == (Settings(), None)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\x13binary", b"[1, 2]", b"{", b"null", b"[" * 100_000]
)
def test_a_damaged_file_is_set_aside_and_the_defaults_are_used(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings, notice = load_settings(path)
    assert settings == Settings()
    assert notice is not None
    (kept,) = tmp_path.iterdir()
    assert kept.name.startswith("settings.json.bad-")
    assert kept.read_bytes() == content


@given(st.dictionaries(st.sampled_from(sorted(asdict(Settings()))), JSON))
def test_values_of_wrong_types_fall_back_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, raw: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.json"
    path.write_text(json.dumps({**raw, "of a newer Lacuna": 1}), "utf-8")
    settings, notice = load_settings(path)
    assert notice is None
    for name, default in asdict(Settings()).items():
        assert type(getattr(settings, name)) is type(default)


def test_recent_paintings_are_unique_newest_first_and_few() -> None:
    settings = Settings()
    for number in range(RECENT_MAX + 5):
        settings = settings.with_recent(Path(f"/paintings/{number}.tif"))
    settings = settings.with_recent(Path("/paintings/9.tif"))
    assert len(settings.recent) == RECENT_MAX
    assert len(set(settings.recent)) == RECENT_MAX
    assert Path(settings.recent[0]) == Path("/paintings/9.tif")
    assert settings.without_recent(settings.recent[0]).recent == settings.recent[1:]


def test_a_folder_that_cannot_be_written_is_no_accident(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert not save_settings(Settings(), blocked / "settings.json")
