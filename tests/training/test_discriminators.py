"""The discriminators are the reports', counted, and their games pull the right way."""

import pytest
import torch

from core.models.registry import build
from training.discriminators import DISCRIMINATORS, GAMES, PatchDiscriminator


def count(net):
    return sum(weight.numel() for weight in net.parameters())


def millions(name, picture_px, window_px, **options):
    return count(DISCRIMINATORS[name](picture_px, window_px, **options)) / 1e6


def test_the_landscape_system_has_the_reports_more_than_34_million():
    whole = DISCRIMINATORS["glcic"](64, 28)
    towers = [count(tower) / 1e6 for tower in whole.towers]
    assert towers == pytest.approx([17.94, 11.39], abs=0.006)
    generator = count(build("landscape-gan")) / 1e6
    assert generator + millions("glcic", 64, 28) == pytest.approx(34.22, abs=0.006)


def test_table_two_of_art_recovery_has_six_layers_and_five_and_joins_1024_each():
    net = DISCRIMINATORS["glcic"](256, 128, width=4)
    assert [len(tower.layers) for tower in net.towers] == [6, 5]
    assert net.judge.in_features == 2048
    # 256 px after six strides are 4 px, as are 128 px after five.
    assert [tower.full[0].in_features for tower in net.towers] == [32 * 16, 32 * 16]


def test_the_posters_table_two_has_five_layers_and_four():
    net = DISCRIMINATORS["poster"](128, 64)
    widths = [[layer[0].out_channels for layer in tower.layers] for tower in net.towers]
    assert widths == [[32, 64, 64, 128, 128], [32, 64, 64, 128]]
    assert net.judge.in_features == 1024


def test_the_notebooks_ends_in_a_linear_layer_per_tower():
    one, two = (DISCRIMINATORS["notebook"](64, window) for window in (0, 32))
    picture = torch.rand(2, 3, 64, 64)
    assert one(picture, None).logits.shape == (2, 1)
    assert two(picture, picture[..., :32, :32]).logits.shape == (2, 2)


def test_global_average_pooling_shrinks_the_fully_connected_layer():
    flat = DISCRIMINATORS["glcic"](128, 64, width=4)
    pooled = DISCRIMINATORS["glcic"](128, 64, width=4, global_average_pooling=True)
    assert [tower.full[0].in_features for tower in flat.towers] == [128, 128]
    assert [tower.full[0].in_features for tower in pooled.towers] == [32, 32]


def test_a_patch_logit_sees_70_pixels():
    torch.manual_seed(0)
    net = PatchDiscriminator(128, 0, width=4).eval()
    picture = torch.rand(1, 3, 128, 128, requires_grad=True)
    logits = net(picture, None).logits
    logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2].backward()
    seen = picture.grad.abs().sum((0, 1)).nonzero()
    assert (seen.max(0).values - seen.min(0).values + 1).tolist() == [70, 70]


def test_a_patch_discriminator_refuses_a_window():
    with pytest.raises(ValueError, match="no window"):
        PatchDiscriminator(64, 32)


def test_too_few_pixels_are_refused():
    with pytest.raises(ValueError, match="too few"):
        DISCRIMINATORS["notebook"](8, 0)


@pytest.mark.parametrize("name", sorted(GAMES))
def test_a_game_rewards_the_right_side(name):
    game = GAMES[name]
    sure_real, sure_fake = torch.full((4,), 3.0), torch.full((4,), -3.0)
    if name == "label-mse":
        sure_real, sure_fake = torch.ones(4), torch.zeros(4)
    assert game.judge(sure_real, True) < game.judge(sure_fake, True)
    assert game.judge(sure_fake, False) < game.judge(sure_real, False)
    assert game.fool(sure_real) < game.fool(sure_fake)


def test_cross_entropy_is_torchs():
    logits = torch.randn(7)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.ones(7))
    torch.testing.assert_close(GAMES["bce"].judge(logits, True), expected)
    torch.testing.assert_close(GAMES["bce"].fool(logits), expected)
