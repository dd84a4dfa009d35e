"""Partial convolution against its definition, written out naively in NumPy."""

import numpy as np
import pytest
import torch

from core.models.partial_conv import PartialConv2d, PartialPaddingConv2d


def naive(x, masks, weight, bias, stride):
    """Liu et al. 2018, eq. 1, one window at a time; masks have one channel per input channel."""
    out_channels, channels, k, _ = weight.shape
    pad = k // 2
    x = np.pad(x * masks, ((0, 0), (pad, pad), (pad, pad)))
    masks = np.pad(masks, ((0, 0), (pad, pad), (pad, pad)))
    rows = (x.shape[1] - k) // stride + 1
    columns = (x.shape[2] - k) // stride + 1
    y = np.zeros((out_channels, rows, columns))
    new = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            window = np.s_[
                :, row * stride : row * stride + k, column * stride : column * stride + k
            ]
            count = masks[window].sum()
            if count > 0:
                ratio = k * k * channels / count
                y[:, row, column] = (weight * x[window]).sum((1, 2, 3)) * ratio + bias
                new[row, column] = 1
    return y, new


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("channels", [(4,), (5, 3)])
def test_equals_the_many_channel_definition(channels, stride):
    torch.manual_seed(0)
    layer = PartialConv2d(channels, 6, 3, stride)
    groups = [torch.randn(1, count, 12, 15) for count in channels]
    masks = [(torch.rand(1, 1, 12, 15) > 0.7).float() for _ in channels]
    for mask in masks:
        mask[..., 2:9, 3:11] = 0
    with torch.no_grad():
        y, new = layer(groups, masks)
    whole = torch.cat(groups, 1)[0].numpy()
    many = np.concatenate(
        [mask[0].expand(count, -1, -1).numpy() for mask, count in zip(masks, channels, strict=True)]
    )
    weight, bias = layer.conv.weight.detach().numpy(), layer.conv.bias.detach().numpy()
    expected, expected_new = naive(whole, many, weight, bias, stride)
    assert np.abs(y[0].numpy() - expected).max() < 1e-4
    assert np.array_equal(new[0, 0].numpy(), expected_new)


def test_what_lies_in_the_hole_has_no_influence():
    torch.manual_seed(0)
    layer = PartialConv2d(3, 4, 5)
    image, mask = torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)
    mask[..., 4:9, 5:12] = 0
    other = torch.where(mask > 0, image, torch.full_like(image, 1e6))
    assert torch.equal(layer([image], [mask])[0], layer([other], [mask])[0])


def test_an_empty_window_gives_zero_and_stays_a_hole():
    layer = PartialConv2d(3, 4, 3)
    y, new = layer([torch.rand(1, 3, 8, 8)], [torch.zeros(1, 1, 8, 8)])
    assert not y.any()
    assert not new.any()


def test_partial_padding_keeps_a_constant_up_to_the_border():
    layer = PartialPaddingConv2d(1, 1, 5, bias=False)
    with torch.no_grad():
        layer.weight.fill_(1 / 25)
        y = layer(torch.full((1, 1, 9, 7), 0.25))
    assert torch.allclose(y, torch.full_like(y, 0.25), atol=1e-6)
