"""The feature network is torchvision's SqueezeNet v1.1, read from a file."""

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import squeezenet1_1

from training.features import TAPS, SqueezeNetFeatures, read_features


@pytest.fixture(scope="module")
def reference():
    torch.manual_seed(0)
    return squeezenet1_1(weights=None).eval()


def test_its_maps_are_torchvisions(reference, tmp_path):
    save_file(reference.state_dict(), tmp_path / "features.safetensors")
    features = read_features(tmp_path / "features.safetensors")
    x = image = torch.rand(1, 3, 70, 97)
    expected = []
    with torch.no_grad():
        for index, layer in enumerate(reference.features):
            x = layer(x)
            if index in TAPS:
                expected.append(x)
        for got, wanted in zip(features(image), expected, strict=True):
            assert torch.equal(got, wanted)


def test_it_is_frozen():
    assert not any(weight.requires_grad for weight in SqueezeNetFeatures().parameters())


def test_a_file_of_something_else_is_refused(tmp_path):
    save_file({"weights": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="does not hold SqueezeNet"):
        read_features(tmp_path / "other.safetensors")
    (tmp_path / "text.safetensors").write_text("no tensors")
    with pytest.raises(ValueError, match="does not hold SqueezeNet"):
        read_features(tmp_path / "text.safetensors")
