# SPDX-License-Identifier: Apache-2.0
"""CLIP through our interface against transformers' CLIP, given the same tensors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from clip_files import SMALL, VIT_B32, Layout, Tensors, random_tensors, write_openai_file
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional
from transformers import CLIPConfig, CLIPModel

from kinora.backend.kit.encoders.clip import ClipEncoder, load_clip
from kinora.backend.kit.encoders.clip_tokens import tokenize
from kinora.backend.kit.encoders.published import PUBLISHED_ENCODERS, PublishedEncoder, sha256_of

SENTENCES = ["a tall muscular woman", "a very old man with a white beard, walking", ""]


def in_transformers(tensors: Tensors, layout: Layout, activation: str) -> CLIPModel:
    sizes = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    towers = [
        dict(zip(sizes, (width, layers, width // 64, 4 * width), strict=True))
        | {"hidden_act": activation, "layer_norm_eps": 1e-5}
        for width, layers in (layout.vision, layout.text)
    ]
    towers[0] |= {"patch_size": layout.patch, "image_size": layout.pixels}
    towers[1] |= {"bos_token_id": 49406, "eos_token_id": 49407}
    config = CLIPConfig(
        vision_config=towers[0], text_config=towers[1], projection_dim=layout.shared
    )
    model = CLIPModel(config).eval()
    missing = model.load_state_dict(
        dict(pair for name, tensor in tensors.items() for pair in _theirs(name, tensor)),
        strict=False,
    )
    assert not missing.unexpected_keys
    assert all("position_ids" in key for key in missing.missing_keys)
    return model


PLAIN = {
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.ln_pre": "vision_model.pre_layrnorm",
    "visual.ln_post": "vision_model.post_layernorm",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "ln_final": "text_model.final_layer_norm",
    "logit_scale": "logit_scale",
}
INNER = {
    "attn.out_proj": "self_attn.out_proj",
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}


def _theirs(name: str, tensor: Tensor) -> list[tuple[str, Tensor]]:
    """What transformers calls an OpenAI tensor."""
    if name in ("visual.proj", "text_projection"):
        tower = "visual_projection" if name.startswith("visual") else "text_projection"
        return [(f"{tower}.weight", tensor.T.contiguous())]
    if "resblocks" not in name:
        stem = next(stem for stem in PLAIN if name in (stem, f"{stem}.weight", f"{stem}.bias"))
        return [(PLAIN[stem] + name.removeprefix(stem), tensor)]
    before, _, after = name.partition("transformer.resblocks.")
    layer, _, inner = after.partition(".")
    start = f"{'vision' if before else 'text'}_model.encoder.layers.{layer}"
    if inner.startswith("attn.in_proj"):
        kind = inner.rpartition("_")[2]
        thirds = zip(("q_proj", "k_proj", "v_proj"), tensor.chunk(3), strict=True)
        return [(f"{start}.self_attn.{third}.{kind}", part) for third, part in thirds]
    stem, _, kind = inner.rpartition(".")
    return [(f"{start}.{INNER[stem]}.{kind}", tensor)]


def normalised(pictures: Tensor) -> Tensor:
    """As OpenAI's preprocessing leaves them."""
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])
    deviation = torch.tensor([0.26862954, 0.26130258, 0.27577711])
    return (pictures - mean[:, None, None]) / deviation[:, None, None]


def check_equal(encoder: ClipEncoder, model: CLIPModel, pixels: int) -> None:
    pictures = torch.rand(3, 3, pixels, pixels, generator=torch.Generator().manual_seed(1))
    rows = tokenize(SENTENCES)[0]
    longest = max(map(len, rows))
    tokens = torch.tensor([row + [49407] * (longest - len(row)) for row in rows])
    with torch.no_grad():
        seen = model.get_image_features(pixel_values=normalised(pictures)).pooler_output
        read = model.get_text_features(input_ids=tokens).pooler_output
        ours = encoder.encode_pictures(pictures)
    torch.testing.assert_close(ours, functional.normalize(seen, dim=-1), atol=1e-4, rtol=0)
    texts = encoder.encode_text(SENTENCES).vectors
    torch.testing.assert_close(texts, functional.normalize(read, dim=-1), atol=1e-4, rtol=0)


def test_openais_format_gives_what_transformers_gives(
    openai_models: Path, published: PublishedEncoder, tensors: Tensors
) -> None:
    encoder = load_clip(published, openai_models, "cpu")
    assert encoder.pixels == SMALL.pixels
    check_equal(encoder, in_transformers(tensors, SMALL, "quick_gelu"), SMALL.pixels)


def test_openclips_safetensors_are_read_with_the_exact_gelu(
    tmp_path: Path, tensors: Tensors
) -> None:
    encoder = next(encoder for encoder in PUBLISHED_ENCODERS if "openclip" in encoder.name)
    (tmp_path / encoder.path).parent.mkdir()
    save_file(tensors, tmp_path / encoder.path)
    model = in_transformers(tensors, SMALL, "gelu")
    check_equal(load_clip(encoder, tmp_path, "cpu"), model, SMALL.pixels)


@pytest.mark.slow
def test_a_whole_vit_b32_gives_what_transformers_gives(tmp_path: Path) -> None:
    tensors = random_tensors(VIT_B32)
    path = tmp_path / PUBLISHED_ENCODERS[0].path
    write_openai_file(tensors, VIT_B32, path)
    published = replace(PUBLISHED_ENCODERS[0], sha256=sha256_of(path))
    encoder = load_clip(published, tmp_path, "cpu")
    assert encoder.pixels == 224
    check_equal(encoder, in_transformers(tensors, VIT_B32, "quick_gelu"), 224)


def test_gradients_reach_the_pictures_and_agree_with_differences(
    openai_models: Path, published: PublishedEncoder
) -> None:
    encoder = load_clip(published, openai_models, "cpu")
    encoder.network.double()
    torch.manual_seed(5)
    pictures = torch.rand(2, 3, SMALL.pixels, SMALL.pixels, dtype=torch.double)
    step = torch.randn_like(pictures)
    asked = encoder.encode_text(["a thin man"]).vectors

    def likeness(amount: float) -> Tensor:
        return (encoder.encode_pictures(pictures + amount * step) @ asked.T).sum()

    pictures.requires_grad_()
    [gradient] = torch.autograd.grad(likeness(0), pictures)
    expected = (likeness(1e-2) - likeness(-1e-2)) / 2e-2
    torch.testing.assert_close((gradient * step).sum().float(), expected, rtol=1e-2, atol=1e-4)


def test_pictures_of_another_size_are_scaled(
    openai_models: Path, published: PublishedEncoder
) -> None:
    encoder = load_clip(published, openai_models, "cpu")
    tile = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(2))
    smooth = functional.interpolate(tile, (192, 192), mode="bicubic")
    small = functional.interpolate(smooth, (48, 48), mode="area")
    likeness = encoder.encode_pictures(smooth) @ encoder.encode_pictures(small).T
    assert likeness.item() > 0.99


def test_a_sentence_beyond_77_tokens_is_cut_and_the_rest_is_named(
    openai_models: Path, published: PublishedEncoder
) -> None:
    encoder = load_clip(published, openai_models, "cpu")
    long = " ".join(["red"] * 74 + ["shoes", "and", "a", "purple", "hat"])
    short = encoder.encode_text([long.removesuffix(" and a purple hat")])
    texts = encoder.encode_text(["a man", long])
    assert [note for note in texts.notes if "and a purple hat" in note and "red" not in note]
    assert not short.notes
    torch.testing.assert_close(texts.vectors[1], short.vectors[0])
