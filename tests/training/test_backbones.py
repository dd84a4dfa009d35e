"""The feature networks are torchvision's, recognised by their files."""

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import resnet50, squeezenet1_1
from torchvision.models.vgg import cfgs, make_layers

from training.backbones import ResNet50Features, Vgg16Features, read_backbone
from training.features import SqueezeNetFeatures


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def normalised(image):
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (image - mean[:, None, None]) / std[:, None, None]


def test_vgg16_is_torchvisions_from_a_state_dict(tmp_path):
    layers = make_layers(cfgs["D"]).eval()
    torch.save({f"features.{key}": value for key, value in layers.state_dict().items()},
               tmp_path / "vgg16.pth")  # fmt: skip
    network = read_backbone(tmp_path / "vgg16.pth")
    assert isinstance(network, Vgg16Features)
    image = torch.rand(1, 3, 40, 56)
    x, expected = normalised(image), []
    for index, layer in enumerate(layers[:17]):
        x = layer(x)
        if index in (4, 9, 16):
            expected.append(x)
    for got, wanted in zip(network(image), expected, strict=True):
        torch.testing.assert_close(got, wanted)


def test_resnet50_is_torchvisions_from_safetensors(tmp_path):
    reference = resnet50(weights=None).eval()
    save_file(reference.state_dict(), tmp_path / "resnet50.safetensors")
    network = read_backbone(tmp_path / "resnet50.safetensors")
    assert isinstance(network, ResNet50Features)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        x = reference.conv1(normalised(image))
        x = reference.maxpool(reference.relu(reference.bn1(x)))
        stages = (reference.layer1, reference.layer2, reference.layer3)
        for got, stage in zip(network(image), stages, strict=True):
            x = stage(x)
            torch.testing.assert_close(got, x, atol=1e-4, rtol=1e-4)
    assert not any(weight.requires_grad for weight in network.parameters())


def test_squeezenet_is_known_by_its_file_too(tmp_path):
    save_file(squeezenet1_1(weights=None).state_dict(), tmp_path / "s.safetensors")
    assert isinstance(read_backbone(tmp_path / "s.safetensors"), SqueezeNetFeatures)


@pytest.mark.parametrize("name", ["other.pth", "other.safetensors"])
def test_a_file_of_something_else_is_refused(name, tmp_path):
    (tmp_path / name).write_text("no tensors")
    with pytest.raises(ValueError, match="holds none of SqueezeNet"):
        read_backbone(tmp_path / name)


def test_other_weights_are_refused(tmp_path):
    torch.save({"weights": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="holds none of SqueezeNet"):
        read_backbone(tmp_path / "other.pth")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.pth does not exist"):
        read_backbone(tmp_path / "gone.pth")
