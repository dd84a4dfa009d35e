"""Architectures by name."""

import pytest

from core.models.registry import ARCHITECTURES, build


def test_every_name_builds():
    for name in ARCHITECTURES:
        assert callable(build(name).forward)


def test_options_reach_the_net():
    few, many = (
        sum(weight.numel() for weight in build("atelier-crack", width=width).parameters())
        for width in (8, 16)
    )
    assert few < many


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="there are: atelier-crack"):
        build("no-such-net")


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match="does not take"):
        build("atelier-crack", wings=2)
