# SPDX-License-Identifier: Apache-2.0
"""The motion VAE: the published layout read strictly, ours saved and loaded, bad files refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kinora.backend.kit.motion.model import Manner, load_model, perform_learnt
from kinora.backend.kit.motion.prior.measure import fidelity
from kinora.backend.kit.motion.prior.network import OURS, PUBLISHED, MotionVAE, sizes_of, waves
from kinora.backend.kit.motion.prior.prior import (
    AVATARCLIP_FILE,
    CHANNELS,
    OwnPrior,
    load_motion_prior,
    load_own,
    prior_for,
    save_own,
)
from kinora.backend.kit.motion.prior.takes import frames_of, whole
from kinora.shared.errors import BadOptionError, MissingWeightsError

SPECIFIED = {
    "encoder.skelEmbedding.weight": (256, 330),
    "encoder.query": (1, 256),
    "encoder.seqTransEncoder.layers.3.self_attn.in_proj_weight": (768, 256),
    "encoder.seqTransEncoder.layers.3.linear1.weight": (1024, 256),
    "encoder.final.weight": (256, 256),
    "decoder.seqTransDecoder.layers.3.multihead_attn.in_proj_weight": (768, 256),
    "decoder.seqTransDecoder.layers.3.linear2.weight": (256, 1024),
    "decoder.final.weight": (330, 256),
}


@pytest.fixture(scope="module")
def published():
    """A network of the published sizes and random weights, and its tensors as the file names
    them, with the positions that such a file holds too."""
    torch.manual_seed(0)
    network = MotionVAE(PUBLISHED).eval()
    tensors = dict(network.state_dict())
    tensors["encoder.query"] = tensors["encoder.query"][None]
    for part in ("encoder", "decoder"):
        tensors[f"{part}.pos_encoder.pe"] = waves(500, 256)[:, None]
    return network, tensors


def put(folder, tensors):
    path = folder / AVATARCLIP_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": tensors}, path)
    return folder


def test_the_layout_is_the_published_one(published):
    _, tensors = published
    for name, shape in SPECIFIED.items():
        assert tensors[name].numel() == torch.Size(shape).numel(), name
    assert not any("layers.4." in name for name in tensors)
    assert sizes_of(tensors) == PUBLISHED


def test_positions_are_sines_and_cosines():
    told = waves(61, 256)
    assert torch.equal(told[0, ::2], torch.zeros(128))
    assert torch.equal(told[0, 1::2], torch.ones(128))
    place, column = 37, 50
    angle = torch.tensor(place / 10000 ** (column / 256))
    assert torch.allclose(told[place, column], angle.sin(), atol=1e-4)
    assert torch.allclose(told[place, column + 1], angle.cos(), atol=1e-4)


def test_a_file_in_the_published_layout_is_read_whole(published, tmp_path):
    network, tensors = published
    prior = load_motion_prior("avatarclip", put(tmp_path, tensors))
    assert (prior.name, prior.frames, prior.latent) == ("avatarclip", 60, 256)
    for name, value in network.state_dict().items():
        assert torch.equal(prior.network.state_dict()[name], value), name
    latents = torch.randn(2, 256, requires_grad=True)
    told = prior.decode(latents)
    assert told.shape == (2, 60, CHANNELS)
    told.sum().backward()
    assert float(latents.grad.abs().max()) > 0
    assert prior.encode(told.detach()).shape == (2, 256)


def test_avatarclips_is_taken_only_where_it_is_and_with_its_encoder(published, tmp_path):
    assert prior_for("clip-vit-b32", tmp_path) == "kinora"
    put(tmp_path, published[1])
    assert prior_for("clip-vit-b32", tmp_path) == "avatarclip"
    assert prior_for("kinora", tmp_path) == "kinora"


def without(tensors, name):
    return {key: value for key, value in tensors.items() if key != name}


DEFECTS = {
    "a part is missing": lambda t: without(t, "decoder.final.bias"),
    "a layer more": lambda t: {**t, "decoder.seqTransDecoder.layers.4.linear1.bias": t[
        "decoder.seqTransDecoder.layers.0.linear1.bias"]},
    "another shape": lambda t: {**t, "decoder.final.weight": torch.zeros(329, 256)},
    "another query": lambda t: {**t, "encoder.query": torch.zeros(3, 256)},
    "no number": lambda t: {**t, "decoder.final.bias": torch.full((330,), torch.nan)},
    "other positions": lambda t: {**t, "decoder.pos_encoder.pe": torch.rand(60, 1, 256)},
    "another network": lambda t: {"codebook": torch.zeros(4, 32)},
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_wrong_file_is_refused_in_a_sentence(published, tmp_path, defect):
    folder = put(tmp_path, DEFECTS[defect](published[1]))
    with pytest.raises(MissingWeightsError, match=r"motion_vae.pth is not AvatarCLIP's motion VAE"):
        load_motion_prior("avatarclip", folder)


def test_absent_cut_off_and_unknown_priors_are_told(published, tmp_path):
    with pytest.raises(MissingWeightsError, match="not here"):
        load_motion_prior("avatarclip", tmp_path)
    path = put(tmp_path, published[1]) / AVATARCLIP_FILE
    path.write_bytes(path.read_bytes()[:100000])
    with pytest.raises(MissingWeightsError, match="damaged"):
        load_motion_prior("avatarclip", tmp_path)
    with pytest.raises(BadOptionError, match="no motion prior"):
        load_motion_prior("mdm", tmp_path)


@pytest.fixture
def own():
    torch.manual_seed(1)
    network = MotionVAE(OURS).eval().requires_grad_(False)
    return OwnPrior(network, torch.randn(136), torch.rand(136) + 0.5)


def test_ours_is_the_same_after_saving(own, tmp_path):
    path = tmp_path / "motion_vae.safetensors"
    save_own(own, path)
    assert path.stat().st_size < 2e6
    again = load_own(path)
    latents = torch.randn(3, again.latent)
    assert torch.allclose(again.decode(latents), own.decode(latents), atol=0.05)
    frames = torch.rand(2, 60, CHANNELS)
    assert torch.allclose(again.encode(frames), own.encode(frames), atol=0.05)


def test_contacts_are_chances(own):
    stands = own.decode(3 * torch.randn(8, own.latent))[..., -4:]
    assert float(stands.min()) >= 0 and float(stands.max()) <= 1


def test_a_damaged_own_file_is_told(own, tmp_path):
    path = tmp_path / "motion_vae.safetensors"
    with pytest.raises(MissingWeightsError, match="is missing"):
        load_own(path)
    save_own(own, path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(MissingWeightsError, match="cannot be read"):
        load_own(path)


@pytest.mark.parametrize("action", ["walk", "salsa", "kick"])
def test_the_shipped_prior_tells_again_what_is_performed(action):
    learnt = load_model()
    done = whole(perform_learnt(learnt, action, Manner(), 11))
    values = torch.from_numpy(frames_of(done.rotations, done.root, done.contacts)[None, 20:80])
    prior = load_motion_prior("kinora", Path("none"))
    told = prior.decode(prior.encode(values))
    offsets = torch.from_numpy(learnt.rest_offsets).float()
    still = values.mean(1, keepdim=True).expand_as(values)
    off = fidelity(told, values, offsets).centimeters
    assert off < 5.0
    # Standing in the mean pose all the time is further off.
    assert off < 0.7 * fidelity(still, values, offsets).centimeters
