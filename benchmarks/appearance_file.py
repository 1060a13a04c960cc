# SPDX-License-Identifier: Apache-2.0
"""The characters that the appearance benchmark starts from, in files for a machine without Kinora.

    python benchmarks/appearance_file.py FOLDER [--development]       starts, and the guide's words
    python benchmarks/appearance_file.py FOLDER --words               the guide's words alone
    python benchmarks/appearance_file.py FOLDER --judge JUDGE         the words of another encoder

FOLDER/starts.npz.xz holds the dressed characters; FOLDER/guide.npz and judge.npz what an encoder
makes of all that it is going to be asked.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from texels_file import Illiterate
from torch import Tensor

from kinora.backend.avatar.repaint.goal import texts
from kinora.backend.avatar.repaint.judge import Asked
from kinora.backend.avatar.sculpt.guidance import captions, without_colors
from kinora.backend.avatar.sculpt.plan import Prompts
from kinora.backend.avatar.sculpt.start import Start
from kinora.backend.avatar.sculpt.stored import packed, unpacked
from kinora.backend.avatar.words import colors
from kinora.backend.kit.encoders.embedded import EmbeddedEncoder, load_embedded
from kinora.backend.kit.encoders.encoder import Texts
from kinora.backend.kit.encoders.text_head import TextHead

if TYPE_CHECKING:
    from kinora.backend.avatar.outfit import Outfit

PROMPTS = Path(__file__).with_name("appearance_prompts.toml")
STARTS, GUIDE, JUDGE = "starts.npz.xz", "guide.npz", "judge.npz"
TEXTURE = 512

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Case:
    """A prompt and its character. `prompts` is what a job tells sculpting; what is `asked` of the
    result only judges know. Of each that is `asked`, `wears` says whether the wardrobe's character
    wears that kind of thing at all, and `worn` what the encoder calls what it wears: a place and a
    thing, "" of hair and of nothing."""

    name: str
    shape: str
    appearance: str
    prompts: Prompts
    asked: tuple[Asked, ...]
    wears: tuple[bool, ...]
    worn: tuple[tuple[str, str], ...]
    start: Start


@dataclass(frozen=True, eq=False)
class Recalling(EmbeddedEncoder):
    """The embedded encoder with the vectors of texts that it read elsewhere."""

    sentences: Mapping[str, Tensor] = None  # type: ignore[assignment]
    phrases: Mapping[str, Tensor] = None  # type: ignore[assignment]

    def encode_text(self, sentences: Sequence[str]) -> Texts:
        return Texts(_recalled(self.sentences, sentences), ())

    def encode_phrases(self, phrases: Sequence[str]) -> Tensor:
        return _recalled(self.phrases, phrases)


def _recalled(known: Mapping[str, Tensor], asked: Sequence[str]) -> Tensor:
    unknown = sorted({one for one in asked if one not in known})
    if unknown:
        raise KeyError(f"The file of words holds no vectors of {unknown}: write it anew.")
    return torch.stack([known[one] for one in asked])


def load_cases(file: Path, device: str) -> list[Case]:
    """What `write_starts` wrote."""
    with lzma.open(file) as whole, np.load(io.BytesIO(whole.read())) as stored:
        arrays = dict(stored)
    return [
        Case(
            **{name: one[name] for name in ("name", "shape", "appearance")},
            prompts=Prompts(one["subject"], one["said"], _asked(one["told"])),
            asked=_asked(one["asked"]),
            wears=tuple(one["wears"]),
            worn=tuple((slot, thing) for slot, thing in one["worn"]),
            start=unpacked(restored(arrays, f"{number}_")).to(device),
        )
        for number, one in enumerate(json.loads(str(arrays["told"])))
    ]


def _asked(told: Sequence[Any]) -> tuple[Asked, ...]:
    return tuple(
        Asked(name, noun, (color[0], color[1], color[2]), tuple(parts))
        for name, noun, color, parts in told
    )


def load_recalling(words: Path, device: str, pictures: Path | None = None) -> Recalling:
    """Kinora's own encoder or, with its picture tower, another, with the texts of `words`."""
    with np.load(words) as stored:
        arrays = dict(stored)
    own = load_embedded(device, reader=Illiterate())
    if pictures is not None:
        # A text head has nothing left to do but to scale; its file need not travel.
        other = load_embedded(device, pictures, reader=Illiterate())
        own = replace(other, head=_scaling(arrays).to(device), name="judge")
    read = []
    for kind in ("sentence", "phrase"):
        vectors = torch.from_numpy(arrays[f"{kind}_vectors"]).float().to(device)
        read.append(dict(zip(json.loads(str(arrays[f"{kind}s"])), vectors, strict=True)))
    return Recalling(own.tower, own.head, own.reader, own.name, *read)


def write_starts(file: Path, kind: str) -> None:
    """Dress the characters of all prompts of a kind, "evaluation" or "development"."""
    from kinora.backend.avatar.dress import dress
    from kinora.backend.avatar.params import Params
    from kinora.backend.avatar.pipeline import load_models, read_words
    from kinora.backend.avatar.sculpting import Worn, prompts_of
    from kinora.backend.avatar.starting import start_of
    from kinora.backend.kit.body import make_body

    models, arrays, told = load_models(), {}, []
    for number, one in enumerate(tomllib.loads(PROMPTS.read_text(encoding="utf-8"))[kind]):
        params = Params(one["shape"], one["appearance"], "")
        shape, outfit = read_words(params, models)
        body = make_body(models.body, shape.parameters)
        dressed = dress(models.body, body, outfit, 2 * TEXTURE, 0)
        start = start_of(dressed, models.body, body, TEXTURE)
        told.append({name: one[name] for name in ("name", "shape", "appearance")})
        told[-1] |= _told_parts(one["parts"], outfit, start.names)
        prompts = prompts_of(params, Worn(dressed, models.body, body, outfit))
        told[-1] |= {"subject": prompts.subject, "said": prompts.appearance}
        told[-1]["told"] = [astuple(asked) for asked in prompts.asked]
        arrays |= squeezed(packed(start), f"{number}_", arrays)
        sys.stdout.write(f"{json.dumps(told[-1])}\n")
        sys.stdout.flush()
    arrays["told"] = np.array(json.dumps(told))
    file.parent.mkdir(parents=True, exist_ok=True)
    # The dictionary must reach back to earlier characters, whose bodies are alike.
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 26}]
    with lzma.open(file, "wb", filters=filters) as whole:
        np.savez(whole, **arrays)
    sys.stdout.write(f"{file.stat().st_size / 2**20:.1f} MiB\n")


def write_words(file: Path, cases: Sequence[Case], encoder: EmbeddedEncoder) -> None:
    """All that an encoder may be asked of these prompts."""
    sentences, phrases = map(sorted, map(set, asked_texts(cases)))
    np.savez_compressed(
        file,
        sentences=np.array(json.dumps(sentences)),
        sentence_vectors=encoder.encode_text(sentences).vectors.half().numpy(),
        phrases=np.array(json.dumps(phrases)),
        phrase_vectors=encoder.encode_phrases(phrases).half().numpy(),
        scale=np.array([float(encoder.head.phrase_scale), float(encoder.head.phrase_bias)]),
    )


def asked_texts(cases: Iterable[Case]) -> tuple[list[str], list[str]]:
    """Sentences and phrases: those of judging and those of sculpting."""
    sentences, phrases = [], []
    for case in cases:
        guiding, _ = captions(case.prompts, case.start)
        sentences += [case.shape, *guiding, *map(without_colors, guiding)]
        for said, asked in (
            (case.appearance, case.asked),
            (case.prompts.appearance, case.prompts.asked),
        ):
            own, others = texts(said, asked)
            phrases += own
            sentences += others
    return sentences, phrases


def _scaling(arrays: Arrays) -> TextHead:
    head = TextHead().eval().requires_grad_(False)
    scale, bias = arrays["scale"].tolist()
    head.phrase_scale.fill_(scale)
    head.phrase_bias.fill_(bias)
    return head


def _told_parts(
    parts: Mapping[str, str], outfit: Outfit, names: Sequence[str]
) -> dict[str, list[Any]]:
    """`Case.asked`, `wears` and `worn`."""
    from kinora.backend.avatar.scenes.things import PLACES, THING, nouns, place_of
    from kinora.backend.avatar.wardrobe.cloth import label

    told: dict[str, list[Any]] = {"asked": [], "wears": [], "worn": []}
    for part, color in parts.items():
        if part == "hair":
            own = [name for name in names if name in ("Hair", "Hair cap")]
            told["asked"].append((color, "hair", colors.named()[color], own))
            told["wears"].append(bool(own))
            told["worn"].append(("", ""))
            continue
        worn = [one.garment for one in outfit.garments if label(one.garment) in names]
        usual = nouns().of[THING[part]][0]
        found = [name for name in worn if name == part]
        found = found or [name for name in worn if nouns().covers[usual, THING[name]] == 1]
        told["wears"].append(bool(found))
        # What is worn there instead has the color, at least.
        found = found or [name for name in worn if place_of(name) == place_of(part)]
        asked = (color, nouns().names[usual], colors.named()[color])
        told["asked"].append((*asked, [label(name) for name in found]))
        told["worn"].append((PLACES[place_of(found[0])], found[0]) if found else ("", ""))
    return told


def squeezed(arrays: Arrays, prefix: str, before: Arrays) -> Arrays:
    """The arrays of a start as what compresses well; `before` are those of others."""
    found = dict(arrays)
    uvs, triangles = found.pop("uvs"), found["triangles"]
    # A vertex has one place in the texture, or a few at seams: the place is told once each.
    keys = np.column_stack([triangles.reshape(-1), uvs.reshape(-1, 2)])
    each, of_corner = np.unique(keys, axis=0, return_inverse=True)
    first = np.searchsorted(each[:, 0], triangles.reshape(-1))
    found |= {
        "uv_of": each[:, 0].astype(np.uint32),
        "uv": each[:, 1:].astype(np.uint16),
        "uv_number": (of_corner.reshape(-1) - first).astype(np.uint8),
    }
    for name, values in found.items():
        if values.dtype in (np.uint16, np.uint32) and values.ndim:
            found[name] = _steps(values)
    same = found["solid_triangles"]
    if np.array_equal(before.get("0_solid_triangles", 0), same):
        del found["solid_triangles"]
    return {prefix + name: values for name, values in found.items()}


def restored(arrays: Arrays, prefix: str) -> Arrays:
    """What `squeezed` made small."""
    found = {
        name.removeprefix(prefix): values
        for name, values in arrays.items()
        if name.startswith(prefix)
    }
    found.setdefault("solid_triangles", arrays["0_solid_triangles"])
    for name, values in found.items():
        if values.dtype in (np.uint16, np.uint32) and values.ndim:
            found[name] = np.cumsum(values, axis=-1, dtype=values.dtype).T
    corners = found["triangles"].reshape(-1)
    of, uv, number = (found.pop(name) for name in ("uv_of", "uv", "uv_number"))
    found["uvs"] = uv[np.searchsorted(of, corners) + number].reshape(-1, 3, 2)
    return found


def _steps(values: NDArray[Any]) -> NDArray[Any]:
    """(K, N) differences of neighbours, column by column, of values (N, K) or (N,)."""
    columns = np.ascontiguousarray(values.T)
    return np.diff(columns, axis=-1, prepend=columns.dtype.type(0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--words", action="store_true", help="keep the starts that are there")
    parser.add_argument("--judge", type=Path, help="a folder with another encoder's two files")
    options = parser.parse_args()
    starts = options.folder / STARTS
    if options.judge:
        files = [options.judge / f"picture_text{name}.safetensors" for name in ("", "_head")]
        write_words(options.folder / JUDGE, load_cases(starts, "cpu"), load_embedded("cpu", *files))
        return
    if not options.words:
        write_starts(starts, "development" if options.development else "evaluation")
    write_words(options.folder / GUIDE, load_cases(starts, "cpu"), load_embedded("cpu"))


if __name__ == "__main__":
    main()
