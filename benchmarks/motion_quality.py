# SPDX-License-Identifier: Apache-2.0
"""How sound a motion is, measured alike on generated motions and on the captured clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from motion_takes import UP, Floats, Take
from scipy.ndimage import binary_erosion, binary_opening
from scipy.spatial.transform import Rotation

from kinora.backend.kit.motion.poses import limits
from kinora.shared.skeleton import INDEX

LOW = 0.01
"""Metres above its floor under which a part of a sole stands, if it neither rises nor falls by
more than STEADY a second and is no foot swung over the floor, which goes faster than SWING while
the other one stands."""
STEADY, SWING = 0.06, 0.6
STANDS = 0.15
"""Seconds that it does so at least; the first and the last frame of them, in which it comes and
goes, are left out."""
BEYOND = 5.0
"""Degrees past a joint's limit that count as past it."""
# Radii in metres of a slim adult that is 1.70 m tall, by the joints at a limb's ends.
TRUNK = (("pelvis", "spine2", 0.095), ("spine2", "neck", 0.095), ("neck", "head", 0.055),
         ("left_hip", "left_knee", 0.065), ("right_hip", "right_knee", 0.065))  # fmt: skip
ARMS = (("elbow", "wrist", 0.035), ("wrist", "hand", 0.035))
ALONG = 6
INSIDE = 0.01
"""Metres that a hand or forearm is inside of the body before it counts."""
WINDOW, STEPS = 2.0, 30


def soundness(take: Take, turns: Floats) -> dict[str, float]:
    """Slide in cm/s of feet that stand and of all their parts, depth under the floor in mm, jerk in
    m/s³, % of frames with a joint over its limit or an arm in the body, of `turns` (T, 22, 4)."""
    beyond = np.degrees(limits.excess_of(turns.astype(np.float32)).astype(np.float64))
    depth = arm_depth(take)
    slide, dragged = slides(take)
    under = np.maximum(-take.soles[..., 2].min((0, 1)), 0.0) / take.scale
    return {
        "slide": _mean(slide),
        "slide_most": float(np.quantile(slide, 0.95)) * 100 if len(slide) else float("nan"),
        "dragged": _mean(dragged),
        "under": float(under.mean()) * 1000,
        "under_most": float(under.max()) * 1000,
        "jerk": jerk(take),
        "limits": float((beyond.max(1) > BEYOND).mean()) * 100,
        "arms_inside": float((depth > INSIDE).mean()) * 100,
        "arms_depth": float(depth.max()) * 1000,
    }


def _mean(speeds: Floats) -> float:
    """In centimetres a second; nan where nothing stands."""
    return float(speeds.mean()) * 100 if len(speeds) else float("nan")


def slides(take: Take) -> tuple[Floats, Floats]:
    """Level metres a second of standing feet: of the part of each that keeps its place better in
    each frame (N,), and of every heel and ball that stands (M,), which a swivelled foot drags."""
    soles = take.soles / take.scale
    steps = np.diff(soles, axis=2) * take.fps
    level = np.linalg.norm(steps[..., :2], axis=-1)
    heights = np.maximum(soles[:, :, 1:, 2], soles[:, :, :-1, 2])
    stands = (heights < LOW) & (np.abs(steps[..., 2]) < STEADY)
    lower = soles[:, :, 1:, 2].min(1)
    supports = (lower <= lower.min(0))[:, None]
    stands &= (level < SWING) | supports
    least = round(STANDS * take.fps)
    long = binary_opening(stands, np.ones((1, 1, least)))
    inner = binary_erosion(long, np.ones((1, 1, 3)), border_value=1)
    better = np.where(inner, level, np.inf).min(1)
    return better[inner.any(1)], level[inner]


def jerk(take: Take) -> float:
    """The mean over joints and frames, for a body that is TALL."""
    third = np.diff(take.joints / take.scale, 3, axis=0) * take.fps**3
    return float(np.linalg.norm(third, axis=-1).mean()) if len(third) else 0.0


def arm_depth(take: Take) -> Floats:
    """(T,) metres that forearms and hands are within trunk, head and thighs."""
    deepest = np.zeros(len(take))
    for side in ("left", "right"):
        for start, end, radius in ARMS:
            points = _between(take, f"{side}_{start}", f"{side}_{end}", ALONG)
            for first, second, girth in TRUNK:
                away = _from_axis(points, take.place(first), take.place(second))
                inside = (radius + girth) * take.scale - away
                deepest = np.maximum(deepest, inside.max(0))
    return deepest


def _between(take: Take, start: str, end: str, count: int) -> Floats:
    """(count, T, 3) places from one joint to another, both left out."""
    share = (np.arange(count) + 0.5)[:, None, None] / count
    points: Floats = take.place(start) * (1 - share) + take.place(end) * share
    return points


def _from_axis(points: Floats, start: Floats, end: Floats) -> Floats:
    """(N, T) metres from points (N, T, 3) to the line from one place (T, 3) to another."""
    axis = end - start
    along = ((points - start) * axis).sum(-1) / (axis * axis).sum(-1)
    nearest = start + np.clip(along, 0, 1)[..., None] * axis
    away: Floats = np.linalg.norm(points - nearest, axis=-1)
    return away


def spread(poses: Sequence[Floats]) -> float:
    """Mean centimetres between joints of two takes' `poses_of`, each shifted to fit best."""
    apart = []
    for number, first in enumerate(poses):
        for second in poses[number + 1 :]:
            shifts = [np.roll(second, shift, axis=0) for shift in range(0, STEPS, 2)]
            ways = [np.linalg.norm(first - moved, axis=-1).mean() for moved in shifts]
            apart.append(min(ways))
    return float(np.mean(apart)) * 100 if apart else float("nan")


def poses_of(take: Take) -> Floats:
    """(STEPS, 22, 3) joints of two seconds from the middle, seen from the pelvis and its heading,
    of a body that is TALL."""
    middle, half = len(take) / 2, WINDOW * take.fps / 2
    first, last = max(0.0, middle - half), min(len(take) - 1.0, middle + half)
    frames = np.linspace(first, last, STEPS).round().astype(int)
    away = (take.joints - take.joints[:, :1])[frames] / take.scale
    back = Rotation.from_rotvec(np.outer(-take.heading[frames], UP))
    return np.stack([back.apply(away[:, joint]) for joint in range(away.shape[1])], 1)


def knees_backward(take: Take) -> float:
    """The most degrees that a knee is bent to the front of its thigh, the wrong way."""
    worst = 0.0
    for side in ("left", "right"):
        hip, knee, ankle = (take.place(f"{side}_{name}") for name in ("hip", "knee", "ankle"))
        thigh, shin = knee - hip, ankle - knee
        turn = Rotation.from_quat(take.world[:, INDEX[f"{side}_hip"]], scalar_first=True)
        front = turn.apply([0.0, -1.0, 0.0])
        along = thigh / np.linalg.norm(thigh, axis=-1, keepdims=True)
        front -= (front * along).sum(-1, keepdims=True) * along
        ahead = np.degrees(np.arctan2((shin * front).sum(-1), (shin * along).sum(-1)))
        worst = max(worst, float(ahead.max()))
    return worst


def median_of(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over motions."""
    return {name: float(np.nanmedian([row[name] for row in rows])) for name in rows[0]}
