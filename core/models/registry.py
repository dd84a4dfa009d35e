"""Which architecture a card's or recipe's name means."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from torch import nn

from core.models.atelier import Atelier
from core.models.diffusion_prior import DiffusionPrior
from core.models.glcic import Glcic, landscape_gan, pconv_gan
from core.models.line_pconv import LinePConv
from core.models.pconv_unet import PConvUNet
from core.models.pconv_unet_gan import PConvUNetGan
from core.models.residual_gan import ResidualGan
from core.models.unet import UNet

ARCHITECTURES: Mapping[str, Callable[..., nn.Module]] = MappingProxyType(
    {
        "atelier-crack": Atelier,
        "atelier-small": partial(Atelier, dilations=(1, 2, 4, 1)),
        "coarse-refine-gan": partial(ResidualGan, stages=2),
        "diffusion": DiffusionPrior,
        "gan-bce": UNet,
        "gan-mse": UNet,
        "glcic": Glcic,
        "landscape-gan": landscape_gan,
        "line-pconv": LinePConv,
        "pconv-gan": pconv_gan,
        "pconv-unet": PConvUNet,
        "pconv-unet-gan": PConvUNetGan,
        "residual-gan-mask": ResidualGan,
        "residual-gan-whole": partial(ResidualGan, whole=True),
        "unet-mse": UNet,
    }
)


def build(architecture: str, **options: object) -> nn.Module:
    """Return a new, untrained net: forward(image, mask) -> filled, mask 1 = loss.

    Raises ValueError for an unknown architecture or an option it does not have.
    """
    if architecture not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise ValueError(f"There is no architecture “{architecture}”; there are: {known}.")
    try:
        return ARCHITECTURES[architecture](**options)
    except TypeError as cause:
        raise ValueError(f"“{architecture}” does not take these options: {cause}.") from cause
