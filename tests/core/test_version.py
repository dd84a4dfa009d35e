from importlib.metadata import PackageNotFoundError

import pytest

from core import version


def test_a_program_without_metadata_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert version.software_version()[0].isdigit()

    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(version, "version", absent)
    assert version.software_version() == "unknown"
