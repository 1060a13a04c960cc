# SPDX-License-Identifier: Apache-2.0
"""The published configuration: all of AvatarCLIP's keys, in groups named as in its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from ...system import Range

WIDTH, LAYERS, RATIO = Range(1, 4096), Range(1, 32), Range(0, 1)
COUNT, WEIGHT = Range(1, 10_000_000), Range(0, 1_000_000)


@dataclass(frozen=True)
class General:
    """Paths and pose. A job has its own folder and its own body, so only the pose is looked at."""

    base_exp_dir: str = ""
    recording: tuple[str, ...] = ()
    smpl_model_path: str = "../../smpl_models"
    pose_type: Literal["stand_pose", "t_pose"] = "stand_pose"


@dataclass(frozen=True)
class Dataset:
    """Renders and template; a job's template is the body that its words made."""

    data_dir: str = ""
    template_obj: str = ""


@dataclass(frozen=True, kw_only=True)
class Train:
    """Schedule, weights of the losses, and what the encoder is shown."""

    learning_rate: Annotated[float, Range(0, 1)]
    learning_rate_alpha: Annotated[float, RATIO]
    """The rate at the end, as a share of the full one."""
    end_iter: Annotated[int, COUNT]
    batch_size: Annotated[int, COUNT]
    """Rays of a step of the template stage."""
    max_ray_num: Annotated[int, Range(16, 65536)] = 112**2
    validate_resolution_level: Annotated[int, Range(1, 64)] = 1
    warm_up_end: Annotated[float, WEIGHT] = 0.0
    anneal_end: Annotated[float, WEIGHT] = 0.0
    use_white_bkgd: bool = False
    save_freq: Annotated[int, COUNT] = 1000
    val_freq: Annotated[int, COUNT] = 100
    val_mesh_freq: Annotated[int, Range(0, 10_000_000)] = 0
    report_freq: Annotated[int, COUNT] = 100
    igr_weight: Annotated[float, WEIGHT]
    mask_weight: Annotated[float, WEIGHT]
    clip_weight: Annotated[float, WEIGHT] = 1.0
    pretrain: str = ""
    add_no_texture: bool = False
    texture_cast_light: bool = False
    use_face_prompt: bool = False
    use_back_prompt: bool = False
    use_silhouettes: bool = False
    use_bg_aug: bool = True
    head_height: Annotated[float, Range(-1, 1)] = 0.65
    seed: Annotated[int, Range(0, 2**31 - 1)] | None = None


@dataclass(frozen=True)
class Prompts:
    """What a view is held against, by its class."""

    prompt: str = ""
    face_prompt: str = ""
    back_prompt: str = ""


@dataclass(frozen=True, kw_only=True)
class SdfNetwork:
    """The distance network; `d_out` is 1 + the feature."""

    d_in: Annotated[int, Range(3, 3)]
    d_out: Annotated[int, WIDTH]
    d_hidden: Annotated[int, WIDTH]
    n_layers: Annotated[int, LAYERS]
    skip_in: tuple[int, ...] = (4,)
    multires: Annotated[int, Range(0, 16)] = 0
    bias: Annotated[float, Range(0, 1)] = 0.5
    scale: Annotated[float, Range(1e-3, 1e3)] = 1.0
    geometric_init: bool = True
    weight_norm: bool = True
    inside_outside: bool = False


@dataclass(frozen=True, kw_only=True)
class VarianceNetwork:
    init_val: Annotated[float, Range(-1, 2)]


@dataclass(frozen=True, kw_only=True)
class RenderingNetwork:
    """The color network and its heads."""

    d_feature: Annotated[int, WIDTH]
    mode: Literal["no_view_dir", "idr", "no_normal"]
    d_in: Annotated[int, Range(3, 9)]
    d_out: Annotated[int, Range(3, 3)]
    d_hidden: Annotated[int, WIDTH]
    n_layers: Annotated[int, LAYERS]
    weight_norm: bool = True
    multires_view: Annotated[int, Range(0, 16)] = 0
    squeeze_out: bool = True
    extra_color: bool = False


@dataclass(frozen=True, kw_only=True)
class NeusRenderer:
    n_samples: Annotated[int, Range(2, 1024)]
    n_importance: Annotated[int, Range(0, 1024)]
    n_outside: Annotated[int, Range(0, 0)]
    up_sample_steps: Annotated[int, Range(1, 64)]
    perturb: Annotated[float, Range(0, 1)]
    extra_color: bool = False


@dataclass(frozen=True)
class Model:
    sdf_network: SdfNetwork
    variance_network: VarianceNetwork
    rendering_network: RenderingNetwork
    neus_renderer: NeusRenderer


@dataclass(frozen=True)
class Config:
    train: Train
    model: Model
    general: General = field(default_factory=General)
    dataset: Dataset = field(default_factory=Dataset)
    clip: Prompts = field(default_factory=Prompts)


NEVER_READ = frozenset(
    f"model.nerf.{name}"
    for name in (
        *("D", "d_in", "d_in_view", "W", "multires", "multires_view", "output_ch", "skips"),
        "use_viewdirs",
    )
)
"""The network for what lies beyond the sphere is configured in every file and built by none."""
