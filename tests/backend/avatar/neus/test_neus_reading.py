# SPDX-License-Identifier: Apache-2.0
"""AvatarCLIP's configurations are read, and what is wrong with one is said by line and key."""

from __future__ import annotations

import re

import pytest

from kinora.backend.avatar.neus.reading import (
    PUBLISHED,
    SMALL,
    has_own_prompts,
    prompts_for,
    read,
    shipped,
)
from kinora.shared.errors import BadOptionError

TEXT = PUBLISHED.read_text(encoding="utf-8")
# A file as its users have them: every key of the published files, unquoted texts with spaces and
# marks, trailing commas, capital booleans, a list over lines.
EVERY_KEY = """
general {
    base_exp_dir = ./exp/smpl/examples/a_wizard
    recording = [
        ./,
        ./models
    ]
    smpl_model_path = ../../smpl_models
    pose_type = t_pose
}
dataset { data_dir = ./data/render, template_obj = ./data/body.obj }
train {
    learning_rate = 4e-4, learning_rate_alpha = 0.1
    end_iter = 20000, batch_size = 256
    max_ray_num = 7000
    validate_resolution_level = 2
    warm_up_end = 100
    anneal_end = 50
    use_white_bkgd = True
    save_freq = 11, val_freq = 12, val_mesh_freq = 13, report_freq = 14
    igr_weight = 0.2
    mask_weight = 0.5   # loose clothes
    clip_weight = 2
    pretrain = ./pretrained_models/zero_beta_stand_pose.pth
    add_no_texture = True
    texture_cast_light = true
    use_face_prompt = True
    use_back_prompt = False
    use_silhouettes = True
    use_bg_aug = False
    head_height = 0.7
    seed = 5
}
clip {
    prompt = a 3D rendering of {TOREPLACE} in unreal engine
    face_prompt = a face of {TOREPLACE} seen near
    back_prompt = "a back of {TOREPLACE}"
}
model {
    nerf { D = 4, d_in = 4, d_in_view = 3, W = 256, multires = 10, multires_view = 4
           output_ch = 4, skips = [4], use_viewdirs = True }
    sdf_network {
        d_in = 3, d_out = 65, d_hidden = 32, n_layers = 3, skip_in = [2, ]
        multires = 4, bias = 0.4, scale = 2.0
        geometric_init = False, weight_norm = False, inside_outside = True
    }
    variance_network { init_val = 0.2 }
    rendering_network {
        d_feature = 64, mode = idr, d_in = 9, d_out = 3, d_hidden = 48, n_layers = 3
        weight_norm = False, multires_view = 2, squeeze_out = False, extra_color = True
    }
    neus_renderer {
        n_samples = 16, n_importance = 8, n_outside = 0, up_sample_steps = 2, perturb = 0.5
        extra_color = True
    }
}
"""


def test_the_published_defaults_are_those_of_the_paper() -> None:
    config = shipped()
    train, model = config.train, config.model
    assert (train.learning_rate, train.learning_rate_alpha) == (5e-4, 0.05)
    assert (train.end_iter, train.max_ray_num, train.warm_up_end) == (100_000, 12_544, 500)
    assert (train.igr_weight, train.mask_weight, train.clip_weight) == (0.1, 1.0, 1.0)
    assert (model.sdf_network.d_hidden, model.sdf_network.n_layers) == (256, 4)
    assert (model.neus_renderer.n_samples, model.neus_renderer.n_importance) == (32, 32)
    assert train.use_bg_aug and train.add_no_texture and model.rendering_network.extra_color


def test_the_small_configuration_has_its_rays_and_widths() -> None:
    config = shipped(SMALL)
    assert (config.train.max_ray_num, config.train.end_iter) == (7000, 30_000)
    assert (config.model.sdf_network.d_hidden, config.model.rendering_network.n_layers) == (128, 1)


def test_every_key_is_read() -> None:
    found = read(EVERY_KEY)
    config = found.config
    assert not found.notes
    assert config.general.recording == ("./", "./models")
    assert config.general.pose_type == "t_pose"
    assert config.dataset.template_obj == "./data/body.obj"
    train = config.train
    assert (train.save_freq, train.val_freq, train.val_mesh_freq, train.report_freq) == (
        11, 12, 13, 14,
    )  # fmt: skip
    assert (train.learning_rate, train.mask_weight, train.clip_weight) == (4e-4, 0.5, 2.0)
    assert (train.anneal_end, train.head_height, train.seed) == (50, 0.7, 5)
    assert train.texture_cast_light and train.use_white_bkgd
    assert not train.use_bg_aug and not train.use_back_prompt
    assert train.pretrain == "./pretrained_models/zero_beta_stand_pose.pth"
    sdf, color = config.model.sdf_network, config.model.rendering_network
    assert (sdf.skip_in, sdf.bias, sdf.scale, sdf.multires) == ((2,), 0.4, 2.0, 4)
    assert sdf.inside_outside and not sdf.geometric_init and not sdf.weight_norm
    assert (color.mode, color.multires_view, color.squeeze_out) == ("idr", 2, False)
    assert config.model.variance_network.init_val == 0.2
    assert config.model.neus_renderer.perturb == 0.5


def test_every_key_that_is_read_stands_in_that_file() -> None:
    """So that the test above leaves none out."""
    from kinora.backend.avatar.neus.hocon import parse
    from kinora.backend.avatar.neus.reading import NEVER_READ, Config, _keys

    assert set(parse(EVERY_KEY).values) == set(_keys(Config, "")) | NEVER_READ


def test_the_marker_becomes_the_figure_unquoted_and_quoted() -> None:
    clip = prompts_for(read(EVERY_KEY).config, r"a \1 wizard").clip
    assert clip.prompt == r"a 3D rendering of a \1 wizard in unreal engine"
    assert clip.back_prompt == r"a back of a \1 wizard"
    assert not has_own_prompts(read(EVERY_KEY).config)
    own = TEXT.replace("{TOREPLACE}", "Robin Hood")
    assert has_own_prompts(read(own).config)
    assert read(own).config.clip.face_prompt == (
        "a 3D rendering of the face of Robin Hood in unreal engine"
    )


def test_unknown_keys_are_named_and_left_out() -> None:
    found = read(TEXT.replace("warm_up_end = 500", "warm_up_ende = 500"))
    assert found.config.train.warm_up_end == 0
    (note,) = found.notes
    line = TEXT.splitlines().index("    warm_up_end = 500") + 1
    assert f"Line {line}" in note and "train.warm_up_ende" in note


@pytest.mark.parametrize(
    ("written", "instead", "key"),
    [
        ("end_iter = 100000", "end_iter = many", "train.end_iter"),
        ("end_iter = 100000", "end_iter = 0", "train.end_iter"),
        ("end_iter = 100000", "end_iter = 1.5", "train.end_iter"),
        ("igr_weight = 0.1", "igr_weight = -1", "train.igr_weight"),
        ("igr_weight = 0.1", "igr_weight = [0.1]", "train.igr_weight"),
        ("use_silhouettes = True", "use_silhouettes = 3", "train.use_silhouettes"),
        ("mode = no_view_dir", "mode = sideways", "model.rendering_network.mode"),
        ("d_out = 257", "d_out = 200", "model.sdf_network.d_out"),
        ("d_in = 6", "d_in = 9", "model.rendering_network.d_in"),
        ("skip_in = [4]", "skip_in = [7]", "model.sdf_network.skip_in"),
        ("n_importance = 32", "n_importance = 30", "model.neus_renderer.n_importance"),
        ("n_outside = 0", "n_outside = 32", "model.neus_renderer.n_outside"),
        ("clip_weight = 1.0", "clip_weight =", "train.clip_weight"),
        ("clip_weight = 1.0", "clip_weight", "train.clip_weight"),
        ("skip_in = [4]", "skip_in = [4", "model.sdf_network.skip_in"),
        ("bias = 0.5", 'bias = "0.5', "model.sdf_network.bias"),
        ("bias = 0.5", "bias = 0.5 = 1", "model.sdf_network.bias"),
    ],
)
def test_errors_name_line_and_key_in_one_sentence(written: str, instead: str, key: str) -> None:
    line = next(n for n, text in enumerate(TEXT.splitlines(), 1) if written in text)
    with pytest.raises(BadOptionError) as caught:
        read(TEXT.replace(written, instead))
    assert caught.value.field == "config"
    assert re.search(rf"[Ll]ine {line}\b", caught.value.message), caught.value.message
    assert key in caught.value.message
    assert caught.value.message.count(". ") == 0 and caught.value.message.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("model {", "model {{"),
        TEXT + "}",
        TEXT.rstrip().removesuffix("}"),
        "= 3",
        "[" * 5000,
        "a { " * 500,
        'a = """' + TEXT,
        "\x00\x01",
        "x" * 200_000,
    ],
)
def test_what_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises(BadOptionError):
        read(text)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(BadOptionError, match=r"lacks train\.end_iter"):
        read(TEXT.replace("end_iter = 100000", ""))


@pytest.mark.parametrize(
    "line",
    [
        'include "/etc/passwd"',
        'include required(file("/etc/passwd"))',
        'include url("http://example.org/x.conf")',
        "x = ${HOME}",
        "x { y = ${?HOME} }",
    ],
)
def test_files_and_the_environment_stay_unread(line: str) -> None:
    with pytest.raises(BadOptionError, match=r"Line 1 .*(includes|substitution)"):
        read(f"{line}\n{TEXT}")


def test_two_keys_for_the_second_head_become_one() -> None:
    once = TEXT.replace("squeeze_out = True\n        extra_color = True", "squeeze_out = True")
    assert once != TEXT
    found = read(once)
    assert found.config.model.rendering_network.extra_color
    assert len(found.notes) == 1 and "extra_color" in found.notes[0]
