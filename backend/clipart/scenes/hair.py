# SPDX-License-Identifier: Apache-2.0
"""Hair of procedural people: round the face, on the skull, behind the back."""

from __future__ import annotations

import numpy as np

from .parts import Part, capsule, clipped, dome, leaf, oval, plain, plate, spike
from .poses import Build, Pose
from .sketch import Sketch
from .skull import BONE, Head, ahead
from .style import darker

HAIR = {
    "none": 0.1, "short": 0.37, "bob": 0.1, "long": 0.12, "tail": 0.08, "bun": 0.06, "afro": 0.05,
    "spikes": 0.07, "braids": 0.05,
}  # fmt: skip


def framing_hair(pen: Sketch, pose: Pose, who: Head) -> None:
    """The skull in the hair's color, and on it the face."""
    up = who.half * pen.between(0.0, 0.15)
    wide, hair, skin = (who.width * pen.between(1.0, 1.1), plain(who.hair_color), plain(who.skin))
    skull = oval(BONE, (who.low + up, 0), (who.high + up, 0), wide, hair, who.shape)
    if np.cos(pose.yaw) < -0.3:
        pen.paint(skull)
        return
    front = ahead(who, pose)
    top = who.center + who.half * pen.between(0.15, 0.7)
    half = who.width * (0.93 - 0.25 * abs(float(np.sin(pose.yaw))))
    low = who.low - who.half * 0.02
    face = oval(BONE, (low, front * 0.28), (top, front * 0.36), half, skin, -0.1)
    chin = oval(BONE, (who.low, 0), (who.center, front * 0.2), who.width * 0.75, skin, 0.2)
    pen.paint(skull, clipped(chin), clipped(face))
    if pen.chance(0.4):
        sweep = float(pen.rng.choice([-1, 1])) * who.width
        end = (top - who.half * pen.between(0.1, 0.3), sweep * 0.9)
        pen.detail(clipped(leaf(BONE, (who.high, -sweep * 0.5), end, who.width * 0.35, hair)))


def top_hair(pen: Sketch, pose: Pose, who: Head) -> None:
    """A cap that ends over the brow in front and low behind."""
    fill = plain(who.hair_color)
    away, front = -ahead(who, pose), float(np.cos(pose.yaw))
    cover = pen.between(-0.9, -0.3) if front < -0.3 else pen.between(0.25, 0.7)
    low = who.center + cover * who.half
    top = (who.high + who.half * pen.between(0.05, 0.2), away * 0.12)
    wide = who.width * pen.between(1.0, 1.12)
    parts: list[Part] = [dome(BONE, (low, away * 0.1), top, wide, fill)]
    if front > -0.3 and abs(away) > 0.35 * who.width:
        back = (who.center - who.half * pen.between(0.1, 0.9), away * 0.62)
        parts.append(oval(BONE, back, (who.high, away * 0.4), who.width * 0.5, fill))
    elif pen.chance(0.4) and front > 0:
        sweep = float(pen.rng.choice([-1, 1])) * who.width
        start, end = (who.high, -sweep * 0.5), (low - who.half * 0.25, sweep * 0.95)
        parts.append(leaf(BONE, start, end, who.width * 0.35, fill))
    pen.paint(*parts)
    if who.hair == "bun":
        end = (who.high + who.half * 0.6, away * 0.6)
        pen.paint(oval(BONE, (who.high - 0.05, away * 0.5), end, who.width * 0.38, fill))


def spikes(pen: Sketch, who: Head) -> None:
    fill = plain(who.hair_color)
    for angle in np.linspace(-1.3, 1.3, int(pen.rng.integers(4, 8))):
        reach = pen.between(1.15, 1.6)
        side = who.width * reach * float(np.sin(angle))
        tip = (who.center + who.half * reach * float(np.cos(angle)), side)
        pen.paint(spike(BONE, (who.center, side * 0.4), tip, who.width * 0.4, fill))


def back_hair(pen: Sketch, build: Build, pose: Pose, who: Head) -> None:
    """What hangs or stands off the skull."""
    shade = darker(who.hair_color, 0.1) if pen.chance(0.5) else who.hair_color
    away = -ahead(who, pose)
    if who.hair == "afro":
        low, high = (who.low, away * 0.3), (who.high + who.half * 0.6, away * 0.3)
        pen.paint(oval(BONE, low, high, who.width * pen.between(1.4, 1.8), plain(shade)))
    elif who.hair in ("bob", "long"):
        pen.paint(_curtain(pen, who, away, plain(shade).first))
    elif who.hair == "tail":
        x = who.center + who.half * pen.between(-0.1, 0.8)
        side = away
        if abs(away) < 0.4 * who.width:
            side = who.width * float(pen.rng.choice([-1, 1]))
        end = (x - who.half * pen.between(0.8, 2.6), side * pen.between(1.2, 2.2))
        half = who.width * 0.4
        pen.paint(leaf(BONE, (x + 0.1, side * 0.6), end, half, plain(shade), 0.2, -side * 0.4))
    elif who.hair == "braids":
        for side in (-1, 1):
            y = side * who.width * abs(float(np.cos(pose.yaw))) + away * 0.4
            end = (who.center - who.half * pen.between(1.2, 3.0), y * 1.3)
            radii = (who.width * 0.22, who.width * 0.14)
            pen.paint(capsule(BONE, radii, plain(shade), (who.center, y), end))


def _curtain(pen: Sketch, who: Head, away: float, shade: tuple[float, float, float, float]) -> Part:
    wide = who.width * pen.between(1.08, 1.35)
    drop = pen.between(0.6, 1.3) if who.hair == "bob" else pen.between(1.5, 4.0)
    radius = wide * 0.45
    span = radius / (who.width / who.half)
    halves = (wide * pen.between(0.7, 1.2) - radius, wide - radius, wide * 0.9 - radius)
    low = (who.center - who.half * drop + span, away * 0.5)
    return plate(BONE, low, (who.high - span * 0.9, away * 0.3), halves, plain(shade), radius)
