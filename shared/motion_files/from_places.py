# SPDX-License-Identifier: Apache-2.0
"""Rotations of 22 joints of which only the places are known, limbs twisted as they bend."""

from __future__ import annotations

import numpy as np

from .. import rotations
from ..rotations import Floats
from ..skeleton import INDEX, JOINTS, PARENTS
from .average_body import OFFSETS, rest_places
from .problems import unreadable

FOREARM_GOES, SHIN_GOES = np.array([0.0, -0.89, 0.45]), np.array([0.0, 1.0, 0.0])
"""Where from the T-pose on elbows and knees bend to, as captured clips have it."""
SURE_BEND = (0.12, 0.35)
"""Sine of a limb's bend from where on it tells, and wholly tells, how the limb is twisted."""
GAZE = 0.5
"""How much of a neck's bend a head takes back."""
SMPL_SPINE = (0.25, 0.6)
FOOT_SHARE = 0.15
"""What the foot's heading counts beside a knee bent by a right angle."""


def turns_of(places: Floats) -> tuple[Floats, Floats]:
    """World rotations (T, 22, 4) from a rest pose, and that rest pose's places (22, 3), of joint
    places (T, 22, 3), Z up. The rest pose has the average body's directions and these lengths."""
    bones = places - places[:, [max(parent, 0) for parent in PARENTS]]
    lengths = np.median(np.linalg.norm(bones, axis=-1), axis=0)
    if lengths[1:].min() < 1e-4 * max(lengths.max(), 1e-9):
        raise unreadable("The file's joints lie on each other")
    offsets = _directions(lengths) * lengths[:, None]
    world = np.zeros((len(places), len(JOINTS), 4))
    _turn_trunk(world, bones, offsets)
    for side in ("left", "right"):
        _swing(world, bones, offsets, f"{side}_collar", "spine3", f"{side}_shoulder")
        _turn_limb(world, bones, offsets, side, "collar", ("shoulder", "elbow", "wrist"))
        _turn_limb(world, bones, offsets, side, "pelvis", ("hip", "knee", "ankle"))
        _swing(world, bones, offsets, f"{side}_ankle", f"{side}_knee", f"{side}_foot")
        world[:, INDEX[f"{side}_foot"]] = world[:, INDEX[f"{side}_ankle"]]
        world[:, INDEX[f"{side}_wrist"]] = world[:, INDEX[f"{side}_elbow"]]
    return world, rest_places(offsets)


def _directions(lengths: Floats) -> Floats:
    """(22, 3) of the bones at rest. SMPL's body is known by its short third spine bone, and then
    how its spine curves; of any other one a straight spine and straight legs are assumed."""
    own = OFFSETS.copy()
    share = lengths[INDEX["spine3"]] / lengths[INDEX["spine2"]]
    if not SMPL_SPINE[0] < share < SMPL_SPINE[1]:
        straight = np.array([(side, 0.0, up) for side, up in own[:, [0, 2]]])
        own = np.where(np.abs(straight) < 0.05, 0.0, straight)
        own[[INDEX["left_foot"], INDEX["right_foot"]]] = (0.0, -0.14, -0.06)
    return np.asarray(own / np.maximum(np.linalg.norm(own, axis=-1, keepdims=True), 1e-9))


def _turn_trunk(world: Floats, bones: Floats, offsets: Floats) -> None:
    for joint, ends in (
        ("pelvis", ("left_hip", "right_hip", "spine1")),
        ("spine3", ("left_collar", "right_collar", "neck")),
    ):
        rows = [INDEX[end] for end in ends]
        world[:, INDEX[joint]] = _fitted(offsets[rows], bones[:, rows])
    low, high = world[:, INDEX["pelvis"]], world[:, INDEX["spine3"]]
    for joint, end, share in (("spine1", "spine2", 1 / 3), ("spine2", "spine3", 2 / 3)):
        world[:, INDEX[joint]] = rotations.slerp(low, high, np.asarray(share))
        _swing(world, bones, offsets, joint, joint, end)
    _swing(world, bones, offsets, "neck", "spine3", "head")
    world[:, INDEX["head"]] = _levelled(world[:, INDEX["neck"]])


def _levelled(neck: Floats) -> Floats:
    """Heads look ahead rather than down where necks bend; who lies looks where the neck does."""
    level = neck * np.array([1.0, 0.0, 0.0, 1.0])
    upright = np.linalg.norm(level, axis=-1, keepdims=True)
    share = GAZE * np.clip(2 * upright[:, 0] ** 2 - 1, 0, 1)
    return rotations.slerp(neck, level / np.maximum(upright, 1e-6), share)


def _fitted(rest: Floats, seen: Floats) -> Floats:
    """(T, 4) the turn that brings vectors (K, 3) nearest to others (T, K, 3)."""
    u, _, v = np.linalg.svd(np.einsum("tki,kj->tij", seen, rest))
    u[..., -1] *= np.sign(np.linalg.det(u @ v))[:, None]
    return rotations.from_matrix(u @ v)


def _swing(
    world: Floats, bones: Floats, offsets: Floats, joint: str, before: str, end: str
) -> None:
    """From the turn of `before` on, without twist, until the bone points to `end`."""
    start = world[:, INDEX[before]]
    now = rotations.rotate(start, offsets[INDEX[end]])
    step = rotations.between(now, _long(bones[:, INDEX[end]], now))
    world[:, INDEX[joint]] = rotations.multiply(step, start)


def _long(vectors: Floats, instead: Floats) -> Floats:
    """Vectors of no length in a frame have no direction; others take their place."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(length > 1e-6, vectors, instead)


def _turn_limb(
    world: Floats, bones: Floats, offsets: Floats, side: str, above: str, parts: tuple[str, ...]
) -> None:
    """Upper and lower bone of a limb, twisted so that its hinge lies across the bend."""
    upper, lower, end = (f"{side}_{part}" for part in parts)
    before = above if above == "pelvis" else f"{side}_{above}"
    _swing(world, bones, offsets, upper, before, lower)
    is_leg = above == "pelvis"
    hinge = _unit(np.cross(offsets[INDEX[lower]], SHIN_GOES if is_leg else FOREARM_GOES))
    along, then = _unit(bones[:, INDEX[lower]]), _unit(bones[:, INDEX[end]])
    across = _hinges(along, then, float(hinge @ _unit(offsets[INDEX[end]])))
    if is_leg:
        foot = INDEX[f"{side}_foot"]
        splay = _angle(
            np.cross(offsets[foot], offsets[INDEX[end]]), hinge, _unit(offsets[INDEX[end]])
        )
        level = np.cross(_unit(bones[:, foot]), then)
        straight = rotations.rotate(
            rotations.from_axis_angle(then, np.full(len(then), splay)), level
        )
        across = across + FOOT_SHARE * straight
    start = world[:, INDEX[upper]]
    twist = _steady(_angle(rotations.rotate(start, hinge), across, along), across)
    turn = rotations.from_axis_angle(along, twist)
    world[:, INDEX[upper]] = rotations.multiply(turn, start)
    _swing(world, bones, offsets, lower, upper, end)


def _hinges(along: Floats, then: Floats, share: float) -> Floats:
    """(T, 3) the hinge, across the upper bone, as long as the sine of the bend. `share` is its
    cosine with the lower bone, which no bend changes."""
    across = np.cross(along, then)
    sine = np.linalg.norm(across, axis=-1, keepdims=True)
    slant = np.clip(share / np.maximum(sine, 1e-9), -0.7, 0.7)
    return np.asarray(np.sqrt(1 - slant**2) * across + slant * np.cross(across, along))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _angle(first: Floats, second: Floats, about: Floats) -> Floats:
    """(T,) signed angle from one to the other as seen along `about`."""
    sine = (np.cross(first, second) * about).sum(-1)
    flat = second - (second * about).sum(-1, keepdims=True) * about
    return np.asarray(np.arctan2(sine, (first * flat).sum(-1)))


def _steady(angle: Floats, across: Floats) -> Floats:
    """A straight limb's twist is led from where it bends to where it bends again."""
    low, high = SURE_BEND
    sure = np.clip((np.linalg.norm(across, axis=-1) - low) / (high - low), 0, 1)
    bent = np.flatnonzero(sure > 0)
    if not len(bent):
        return np.zeros_like(angle)
    known = np.unwrap(angle[bent])
    led = np.interp(np.arange(len(angle)), bent, known)
    if sure.max() >= 1:
        trusted = np.flatnonzero(sure >= 1)
        steady = np.interp(np.arange(len(angle)), trusted, led[trusted])
        led = sure * led + (1 - sure) * steady
    return led
