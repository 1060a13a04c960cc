# SPDX-License-Identifier: Apache-2.0
"""A body's motion put on a drawn person: seen as it is drawn, at the drawing's lengths.

The canvas sees a body that faces it (facing -Y): canvas x is the body's X, turned by `View.turn`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....shared.skeleton import INDEX
from ..drawing import PERSON
from .stage import Floats, rotated

HEAD, NECK, PELVIS = "head", "neck", "pelvis"
POINT = {name: number for number, name in enumerate(PERSON)}
FRONT, SIDE = 0.62, 0.3
"""Shoulders as wide as this share of those of a body that faces us are drawn from the front; below
the second from the side; three quarters between."""
OPEN = 0.45
"""Radians that arms turn outwards in a front view, so that going forward can be seen."""
CALM, LIVELY = 0.35, 0.9
"""Radians off standing: a limb that stays below the first keeps the drawn pose, above the second
takes the motion's."""
SHORTEST, LOWEST = 0.72, 0.7
"""Of its length, that an arm's bone looks when it points at us, and a torso that bends to us."""
AT_US = 0.25
"""How much an arm that points at us hangs as when standing: its direction is hardly seen."""
SLIGHT, CLEAR, EXAGGERATED = 0.12, 0.6, 1.8
"""Radians: what swings more than the first is made to swing the second, so much more at most."""
SWAY = np.array([0.6, 1.0])
"""Of the pelvis's way aside and down."""
STEP, SQUAT = 0.2, 0.8
"""In a front view: radians that legs are seen from aside, and how much of a leg's shortening is
drawn as such, not as a knee that folds."""


@dataclass(frozen=True)
class View:
    """How a person is drawn: `turn` is the way it faces, 0 to us, pi / 2 to the right."""

    turn: float

    @property
    def is_front(self) -> bool:
        return bool(abs(np.cos(self.turn)) > 0.9)


def drawn_view(points: Floats) -> View:
    """From the width of shoulders and hips and, from the side, where head and knees are."""
    place = dict(zip(PERSON, points, strict=True))
    neck = (place["left_shoulder"] + place["right_shoulder"]) / 2
    hips = (place["left_hip"] + place["right_hip"]) / 2
    tall = max(float(np.linalg.norm(neck - hips)), 1e-6)
    wide = float((place["left_shoulder"] - place["right_shoulder"])[0]) / tall / 0.66
    if abs(wide) >= FRONT:
        return View(0.0 if wide > 0 else np.pi)
    knees = sum(
        place[f"{side}_knee"] - (place[f"{side}_hip"] + place[f"{side}_ankle"]) / 2
        for side in ("left", "right")
    )
    aside = (place["head"] - neck)[0] + 0.5 * np.asarray(knees)[0]
    turn = np.pi / 2 if abs(wide) < SIDE else np.pi / 4
    if abs(wide) >= SIDE and wide < 0:
        turn = np.pi - turn
    return View(turn if aside >= 0 else -turn)


@dataclass(frozen=True, eq=False)
class _Playing:
    """A body's joints (T, 22, 3), as it stands (22, 3), both facing us; the drawn points (13, 2).

    `scale` is canvas units in a metre, `amount` how far things go.
    """

    joints: Floats
    standing: Floats
    points: Floats
    view: View
    amount: float

    @property
    def scale(self) -> float:
        return _leg(self.points) / _body_leg(self.standing)

    def moved(self, joint: str, turn: float) -> Floats:
        """(T, 2) how far on the canvas a joint is from where it stands."""
        place = INDEX[joint]
        return self.scale * _seen(self.joints[:, place] - self.standing[place], turn)


def flattened(joints: Floats, standing: Floats, points: Floats, amount: float) -> Floats:
    """Tracks (T, 13, 2) of a motion (T, 22, 3) and a body that stands (22, 3) on a drawn person.

    Limbs keep their drawn length, but look shorter where they point at us; feet stand where the
    body's do. A body that stands gives the drawn pose.
    """
    body = _Playing(
        _facing_us(joints), _facing_us(standing[None])[0], points, drawn_view(points), amount
    )
    tracks = np.zeros((len(joints), len(PERSON), 2))
    _move_torso(tracks, body)
    for side in ("left", "right"):
        _move_arm(tracks, body, side)
        _move_leg(tracks, body, side)
    return _on_the_ground(tracks, body)


def _move_torso(tracks: Floats, body: _Playing) -> None:
    points, amount = body.points, body.amount
    hips = (points[POINT["left_hip"]] + points[POINT["right_hip"]]) / 2
    neck = (points[POINT["left_shoulder"]] + points[POINT["right_shoulder"]]) / 2
    root = hips + amount * SWAY * body.moved(PELVIS, body.view.turn)
    lean, short = _leaning(body, (PELVIS, NECK))
    nod, dip = _leaning(body, (NECK, HEAD))
    for side in ("left", "right"):
        for part, turn, length in (("hip", 0.4 * lean, 1.0), ("shoulder", lean, short)):
            point = POINT[f"{side}_{part}"]
            offset = _shortened(points[point] - hips, neck - hips, length, amount)
            tracks[:, point] = root + rotated(offset, amount * turn)
    moved = (tracks[:, POINT["left_shoulder"]] + tracks[:, POINT["right_shoulder"]]) / 2
    offset = _shortened(points[POINT["head"]] - neck, neck - hips, dip, amount)
    tracks[:, POINT["head"]] = moved + rotated(offset, amount * nod)


def _facing_us(joints: Floats) -> Floats:
    """The body turned about the vertical so that its hips face -Y, over where it stands."""
    across = joints[:, INDEX["left_hip"]] - joints[:, INDEX["right_hip"]]
    shoulders = joints[:, INDEX["left_shoulder"]] - joints[:, INDEX["right_shoulder"]]
    across = across / np.linalg.norm(across, axis=-1, keepdims=True) + shoulders
    yaw = np.unwrap(np.arctan2(across[:, 1], across[:, 0]))
    slow = np.cos(-yaw.mean()), np.sin(-yaw.mean())
    if np.ptp(yaw) > 0.6:
        slow = np.cos(-yaw)[:, None], np.sin(-yaw)[:, None]
    middle = joints[:, [INDEX[PELVIS]]].mean(0, keepdims=True)
    x, y = (joints - middle)[..., 0], (joints - middle)[..., 1]
    return np.stack([slow[0] * x - slow[1] * y, slow[1] * x + slow[0] * y, joints[..., 2]], axis=-1)


def _seen(vectors: Floats, turn: float) -> Floats:
    """(..., 2) on the canvas, of places (..., 3) on a body that is turned by so much."""
    x = vectors[..., 0] * np.cos(turn) - vectors[..., 1] * np.sin(turn)
    return np.stack([x, -vectors[..., 2]], axis=-1)


def _bone(joints: Floats, start: str, end: str, turn: float) -> Floats:
    bone = joints[..., INDEX[end], :] - joints[..., INDEX[start], :]
    seen: Floats = _seen(bone, turn) / np.linalg.norm(bone, axis=-1, keepdims=True)
    return seen


def _angle(vectors: Floats) -> Floats:
    angle: Floats = np.arctan2(vectors[..., 1], vectors[..., 0])
    return angle


def _near(angle: Floats) -> Floats:
    near: Floats = (angle + np.pi) % (2 * np.pi) - np.pi
    return near


def _leaning(body: _Playing, ends: tuple[str, str]) -> tuple[Floats, Floats]:
    """(T,) how far torso or head leans from standing, and how long it looks.

    Seen from the front what bends towards us grows shorter; it does not turn over.
    """
    turns, lengths = [], []
    for joints in (body.joints, body.standing):
        bone = joints[..., INDEX[ends[1]], :] - joints[..., INDEX[ends[0]], :]
        bone = bone / np.linalg.norm(bone, axis=-1, keepdims=True)
        seen = _seen(bone, body.view.turn)
        lengths.append(np.linalg.norm(seen, axis=-1))
        away = bone[..., 1] * np.cos(body.view.turn) + bone[..., 0] * np.sin(body.view.turn)
        turns.append(np.arctan2(seen[..., 0], -seen[..., 1] + np.abs(away)))
    lean = np.unwrap(_near(turns[0] - turns[1]))
    return lean, np.clip(lengths[0] / lengths[1], LOWEST, 1.0)


def _shortened(offset: Floats, axis: Floats, length: Floats | float, amount: float) -> Floats:
    """(T, 2) an offset, of `length` times its share along an axis."""
    unit = axis / max(float(np.linalg.norm(axis)), 1e-9)
    less = np.atleast_1d(amount * (1 - np.asarray(length)))[:, None]
    short: Floats = offset - less * (offset @ unit) * unit
    return short


def _open(view: View, side: str) -> float:
    """The turn at which an arm is looked at: outwards from the body where it faces us."""
    if not view.is_front:
        return view.turn
    outwards = OPEN if side == "left" else -OPEN
    return view.turn + outwards


def _move_arm(tracks: Floats, body: _Playing, side: str) -> None:
    turn, amount = _open(body.view, side), body.amount
    for start, end in ((f"{side}_shoulder", f"{side}_elbow"), (f"{side}_elbow", f"{side}_wrist")):
        drawn = body.points[POINT[end]] - body.points[POINT[start]]
        standing = _bone(body.standing, start, end, turn)
        seen, still = _smooth(_bone(body.joints, start, end, turn)), _angle(standing)
        length = np.linalg.norm(seen, axis=-1)
        sure = seen + AT_US * (1 - length)[:, None] * standing
        away = _told(np.unwrap(_near(_angle(sure) - still)))
        share = _share(np.abs(away).max())
        wanted = away - share * _near(_angle(drawn) - still)
        length = 1 - share * (1 - np.clip(length, SHORTEST, 1.0))
        bone = rotated(drawn, amount * wanted) * (1 - amount * (1 - length))[:, None]
        tracks[:, POINT[end]] = tracks[:, POINT[start]] + bone


def _told(away: Floats) -> Floats:
    """(T,) a small gesture made larger about its middle, as drawn people make them."""
    far = float(np.ptp(away))
    more = float(np.clip(CLEAR / max(far, 1e-6), 1.0, EXAGGERATED)) if far > SLIGHT else 1.0
    told: Floats = away.mean() + more * (away - away.mean())
    return told


def _share(most: float) -> float:
    """How far a limb leaves its drawn pose for the motion's: 0 to 1."""
    share = float(np.clip((most - CALM) / (LIVELY - CALM), 0, 1))
    return share * share * (3 - 2 * share)


def _smooth(vectors: Floats) -> Floats:
    """Each frame of a loop with its two neighbors."""
    smooth: Floats = (
        0.5 * vectors + 0.25 * np.roll(vectors, 1, axis=0) + 0.25 * np.roll(vectors, -1, axis=0)
    )
    return smooth


def _move_leg(tracks: Floats, body: _Playing, side: str) -> None:
    """The ankle goes as far as the body's; knees fold forwards, in a front view outwards."""
    hip, knee, ankle = (POINT[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    points, view = body.points, body.view
    turn = view.turn + (STEP if view.is_front else 0.0)
    goal = points[ankle] + body.amount * body.moved(f"{side}_ankle", turn)
    rest = points[ankle] - points[hip]
    reach = max(float(np.linalg.norm(rest)), 1e-6)
    bones = np.linalg.norm([points[knee] - points[hip], points[ankle] - points[knee]], axis=-1)
    bones = np.maximum(bones, 1e-6)
    forward = np.sin(view.turn)
    if abs(forward) < 0.3:
        forward = np.sign(points[hip, 0] - points[[7, 8], 0].mean()) or 1.0
    if view.is_front:
        goal = _uncrossed(goal, tracks[:, [7, 8]].mean(1), points[ankle] - points[[7, 8]].mean(0))
    way = goal - tracks[:, hip]
    shrunk = _foreshortened(np.linalg.norm(way, axis=-1) / reach, view)
    knees, bend = _knees(way, bones, shrunk, np.sign(forward))
    as_drawn, least = _knees(rest[None], bones, np.ones(1), np.sign(forward))
    drawn = (points[knee] - points[hip] - as_drawn) * np.clip(1 - (bend - least) / 0.4, 0, 1)[
        :, None
    ]
    tracks[:, knee] = tracks[:, hip] + knees + drawn
    tip = goal - tracks[:, knee]
    tip = tip / np.maximum(np.linalg.norm(tip, axis=-1, keepdims=True), 1e-9)
    tracks[:, ankle] = tracks[:, knee] + bones[1] * shrunk[:, None] * tip


def _uncrossed(goal: Floats, middle: Floats, drawn: Floats) -> Floats:
    """Feet (T, 2) that stay on their own side of the middle (T, 2), as they are drawn."""
    side = np.sign(drawn[0]) or 1.0
    out = np.maximum(side * (goal - middle)[:, 0], 0.3 * abs(drawn[0]))
    return np.stack([middle[:, 0] + side * out, goal[:, 1]], axis=-1)


def _knees(way: Floats, bones: Floats, shrunk: Floats, forward: float) -> tuple[Floats, Floats]:
    """(T, 2) knees from the hips for feet that are `way` (T, 2) off, and how far they bend (T,)."""
    upper, lower = bones[0] * shrunk, bones[1] * shrunk
    apart = np.linalg.norm(way, axis=-1)
    apart = np.clip(apart, np.abs(upper - lower) * 1.01 + 1e-6, (upper + lower) * 0.99999)
    bend = np.arccos(np.clip((upper**2 + apart**2 - lower**2) / (2 * upper * apart), -1, 1))
    toward = way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9)
    return upper[:, None] * rotated(toward, -forward * bend), bend


def _foreshortened(share: Floats, view: View) -> Floats:
    """(T,) how long a leg looks that spans this share of its rest length."""
    if not view.is_front:
        return np.ones(len(share))
    return 1 - SQUAT * (1 - np.clip(share, LOWEST, 1.0))


def _leg(points: Floats) -> float:
    """The drawn length of a leg, the mean of both."""
    chains = [[POINT[f"{side}_{part}"] for part in ("hip", "knee", "ankle")]
              for side in ("left", "right")]  # fmt: skip
    return float(
        np.mean([np.linalg.norm(np.diff(points[c], axis=0), axis=-1).sum() for c in chains])
    )


def _body_leg(standing: Floats) -> float:
    chain = [INDEX[f"left_{part}"] for part in ("hip", "knee", "ankle")]
    return float(np.linalg.norm(np.diff(standing[chain], axis=0), axis=-1).sum())


def _on_the_ground(tracks: Floats, body: _Playing) -> Floats:
    """The lower foot as high above the drawn ground as the body's is."""
    ankles = [POINT["left_ankle"], POINT["right_ankle"]]
    both = [INDEX["left_ankle"], INDEX["right_ankle"]]
    height = body.joints[:, both, 2].min(1) - body.standing[both, 2].min()
    ground = body.points[ankles, 1].max()
    wanted = ground - body.amount * body.scale * np.maximum(height, 0.0)
    tracks = tracks.copy()
    tracks[..., 1] += (wanted - tracks[:, ankles, 1].max(1))[:, None]
    return tracks
