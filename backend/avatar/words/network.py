# SPDX-License-Identifier: Apache-2.0
"""The text head's network in numpy, and its file: small, read in milliseconds, without torch.

Every word comes as the encoder's embedding and last state of it. Two layers of attention, which
know how far apart two words are, see the sentence; what comes out says for every word its kind, its
class and where it belongs, and for the sentence what the body is like. `train.py` holds the same
network in torch; a test compares them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy.special import erf

from ....shared.errors import MissingWeightsError
from .known import Class, Kind
from .people import LEVELS

Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).with_name("text_head.safetensors")
FORMAT = "kinora-text-head-1"
WIDTH = 128
HIDDEN = 192
HEADS = 4
LAYERS = 2
REACH = 5
"""Words so far apart, or farther, are all as near to each other."""
CLASS_WIDTH = 96
SHARPNESS = 12.0
"""What the cosine of a word with a class is multiplied by."""
BODY = (*LEVELS, "age")
"""The numbers said of a body: levels, and age as the logarithm of years + 1."""
QUERIES = len(BODY) + 1
"""One reading of the sentence for each number of the body, and one for the sex."""


@dataclass(frozen=True, eq=False)
class TextHead:
    """The weights by name, and the classes in the order in which they are predicted.

    `alike` (classes, classes) is 1 where two classes mean the same and falls to 0; `names` is the
    phrase that stands for each class; `warmth` softens the probabilities so that they come true.
    """

    weights: dict[str, Floats]
    classes: tuple[Class, ...]
    names: tuple[str, ...]
    alike: Floats
    warmth: dict[str, float]


@dataclass(frozen=True, eq=False)
class Output:
    """Of every word (W, ...) probabilities of kinds, of the classes within each kind, of parts, and
    of being denied; of the sentence the body's numbers, whether each is said, and the sex."""

    kinds: Floats
    classes: Floats
    parts: Floats
    denied: Floats
    body: Floats
    is_said: Floats
    sex: Floats
    """(3,) female, male, unsaid."""


def run(head: TextHead, words: Floats) -> Output:
    """The network on one sentence: `words` (W, 768) as `SentenceEncoder.word_states` gives them."""
    weights = head.weights
    inputs = (words - weights["input_mean"]) / weights["input_deviation"]
    own = _gelu(_linear(weights, "own", inputs))
    states = _linear(weights, "context", inputs)
    for layer in range(LAYERS):
        states = states + _attend(weights, f"layers.{layer}", states)
        normal = _normalise(weights, f"layers.{layer}.second_norm", states)
        states = states + _linear(
            weights,
            f"layers.{layer}.contract",
            _gelu(_linear(weights, f"layers.{layer}.expand", normal)),
        )
    states = _normalise(weights, "last_norm", states)
    both = np.concatenate([own, states], axis=-1)
    query = _unit(_linear(weights, "query", both) + _linear(weights, "direct", inputs))
    cosines: Floats = query @ _unit(weights["vectors"]).T
    scores: Floats = cosines * np.float32(SHARPNESS) + weights["bias"]
    body, sex = _sentence(weights, states)
    return Output(
        kinds=_softmax(_linear(weights, "kind", both) / np.float32(head.warmth["kind"])),
        classes=_within_kinds(head, scores / np.float32(head.warmth["class"])),
        parts=_softmax(_linear(weights, "part", states)),
        denied=_logistic(_linear(weights, "denied", states)[:, 0]),
        body=body[:, 1],
        is_said=_logistic(body[:, 0]),
        sex=_softmax(sex),
    )


def _within_kinds(head: TextHead, scores: Floats) -> Floats:
    """(W, classes) probabilities that sum to 1 within each kind."""
    result = np.zeros_like(scores)
    kinds = np.array([one.kind for one in head.classes])
    for kind in dict.fromkeys(kinds):
        result[:, kinds == kind] = _softmax(scores[:, kinds == kind])
    return result


def _sentence(weights: dict[str, Floats], states: Floats) -> tuple[Floats, Floats]:
    """(6, 2) of each number of the body whether it is said and its value; (3,) the sex."""
    shares = _softmax(_linear(weights, "ask", states).T)
    pooled = shares @ _linear(weights, "answer", states)
    body = np.einsum("qd,qdo->qo", pooled[:-1], weights["body"]) + weights["body_bias"]
    sex = pooled[-1] @ weights["sex.weight"].T + weights["sex.bias"]
    return body, sex


def _attend(weights: dict[str, Floats], name: str, states: Floats) -> Floats:
    normal = _normalise(weights, f"{name}.first_norm", states)
    mixed = _linear(weights, f"{name}.mix", normal).reshape(len(states), 3, HEADS, -1)
    query, key, value = mixed.transpose(1, 2, 0, 3)
    places = np.arange(len(states))
    offsets = np.clip(places[None] - places[:, None], -REACH, REACH) + REACH
    scores = query @ key.swapaxes(-1, -2) / np.sqrt(np.float32(WIDTH // HEADS))
    shares = _softmax(scores + weights[f"{name}.near"][:, offsets])
    attended = (shares @ value).swapaxes(0, 1).reshape(len(states), WIDTH)
    return _linear(weights, f"{name}.out", attended)


def _linear(weights: dict[str, Floats], name: str, states: Floats) -> Floats:
    result: Floats = states @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
    return result


def _normalise(weights: dict[str, Floats], name: str, states: Floats) -> Floats:
    centred = states - states.mean(-1, keepdims=True)
    variance: Floats = np.square(centred).mean(-1, keepdims=True, dtype=np.float32)
    normal = centred / np.sqrt(variance + np.float32(1e-5))
    result: Floats = normal * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return result


def _gelu(states: Floats) -> Floats:
    result: Floats = states * (1 + erf(states / np.sqrt(np.float32(2)))) / 2
    return result


def _unit(vectors: Floats) -> Floats:
    result: Floats = vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-6)
    return result


def _softmax(scores: Floats) -> Floats:
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    result: Floats = shares / shares.sum(-1, keepdims=True)
    return result


def _logistic(scores: Floats) -> Floats:
    result: Floats = np.float32(1) / (np.float32(1) + np.exp(-scores))
    return result


def save_head(head: TextHead, path: Path) -> None:
    """In half precision; the same head gives the same file."""
    arrays = {name: value.astype(np.float16) for name, value in head.weights.items()}
    for kind, places in _places(head.classes).items():
        arrays[f"alike.{kind}"] = head.alike[np.ix_(places, places)].astype(np.float16)
    described = {
        "format": FORMAT,
        "classes": [[one.kind, one.meaning, list(one.phrases)] for one in head.classes],
        "names": head.names,
        "warmth": head.warmth,
    }
    save_file(dict(sorted(arrays.items())), path, {"head": json.dumps(described)})


@cache
def load_head(path: Path = WEIGHTS) -> TextHead:
    """Read the head, once a process. Raises MissingWeightsError where it is absent or damaged."""
    advice = "Install Kinora again, or make it with `kinora train text`."
    if not path.is_file():
        raise MissingWeightsError(f"The text head {path.name} is missing.", advice)
    try:
        with safe_open(path, framework="numpy") as file:
            described = json.loads((file.metadata() or {})["head"])
            weights = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        if described["format"] != FORMAT:
            raise ValueError(f"its format is {described['format']}")
        listed = _classes(described["classes"])
        alike = np.zeros((len(listed), len(listed)), np.float32)
        for kind, places in _places(listed).items():
            alike[np.ix_(places, places)] = weights.pop(f"alike.{kind}")
        names = tuple(described["names"])
        head = TextHead(weights, listed, names, alike, described["warmth"])
        run(head, np.zeros((1, weights["input_mean"].shape[0]), np.float32))
    except (SafetensorError, KeyError, ValueError, TypeError, IndexError) as error:
        raise MissingWeightsError(
            f"The text head {path.name} is damaged or of another version ({error}).", advice
        ) from error
    return head


def _classes(listed: Sequence[tuple[Kind, str, list[str]]]) -> tuple[Class, ...]:
    return tuple(Class(kind, meaning, tuple(phrases)) for kind, meaning, phrases in listed)


def _places(listed: Sequence[Class]) -> dict[Kind, NDArray[np.int64]]:
    kinds = np.array([one.kind for one in listed])
    return {kind: np.flatnonzero(kinds == kind) for kind in dict.fromkeys(kinds.tolist())}
