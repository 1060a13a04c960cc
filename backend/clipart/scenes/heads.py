# SPDX-License-Identifier: Apache-2.0
"""Heads of procedural people, with faces that turn."""

from __future__ import annotations

import numpy as np

from .faces import eye, line
from .hair import HAIR, framing_hair, spikes, top_hair
from .hats import HATS, put_on
from .parts import Part, Rgba, capsule, oval, plain, plate
from .poses import Build, Pose
from .sketch import Sketch
from .skull import BONE, Head, on_front
from .style import BLACK, WHITE, color, darker, near


def new_head(pen: Sketch, build: Build, skin: Rgba) -> Head:
    whole = build.neck + build.head
    is_bare = build.kind in ("stick", "pictogram", "robot")
    is_ring = build.kind == "stick" and pen.chance(0.5)
    return Head(
        center=(build.neck + build.head / 2) / whole,
        half=build.head / 2 / whole,
        width=build.head_width / 2,
        skin=WHITE if is_ring else skin,
        hair="none" if is_bare and pen.chance(0.75) else pen.one_of(HAIR),
        hair_color=_hair_color(pen),
        hat=str(pen.rng.choice(HATS)) if pen.chance(0.12 if is_bare else 0.27) else "",
        hat_color=pen.tint(),
        face=_face_of(pen, build, is_bare),
        has_neck=build.neck > 1.5 and build.kind != "pictogram",
        shape=pen.between(-0.15, 0.2),
    )


def _hair_color(pen: Sketch) -> Rgba:
    if pen.chance(0.25):
        return pen.tint()
    light = pen.rng.random() ** 1.5
    return color(pen.between(0.03, 0.14), pen.between(0.2, 0.85), 0.08 + 0.85 * light)


def _face_of(pen: Sketch, build: Build, is_bare: bool) -> str:
    if not is_bare:
        return pen.one_of({"full": 0.65, "eyes": 0.2, "none": 0.15})
    return "eyes" if pen.chance(0.4) and build.kind != "pictogram" else "none"


def head(pen: Sketch, build: Build, pose: Pose, who: Head) -> None:
    _neck(pen, build, who)
    if who.hair == "spikes":
        spikes(pen, who)
    pen.paint(*_skull(pen, build, pose, who))
    is_framed = who.hair != "none" and pen.chance(0.65)
    if is_framed:
        framing_hair(pen, pose, who)
    if who.face != "none" and np.cos(pose.yaw) > -0.3:
        _face(pen, pose, who)
    if not is_framed and who.hair != "none":
        top_hair(pen, pose, who)
    put_on(pen, pose, who)


def _neck(pen: Sketch, build: Build, who: Head) -> None:
    if not who.has_neck:
        return
    radius = min(build.head_width * 0.22, build.torso * 0.12)
    if build.kind == "stick":
        radius = build.arm_radii[0]
    shade = plain(darker(who.skin, 0.08) if who.skin != WHITE else BLACK)
    pen.paint(capsule(BONE, (radius, radius), shade, (-0.05, 0), (who.center, 0)))


def _skull(pen: Sketch, build: Build, pose: Pose, who: Head) -> list[Part]:
    skin = plain(who.skin)
    if build.kind == "robot":
        halves = (who.width * 0.9,) * 3
        return [plate(BONE, (who.low + 0.05, 0), (who.high - 0.05, 0), halves, skin, 3)]
    skull = oval(BONE, (who.low, 0), (who.high, 0), who.width, skin, who.shape)
    if build.kind == "stick" and who.skin == WHITE:
        # A ring.
        thick = build.arm_radii[0]
        span = thick / (build.neck + build.head)
        low, high = (who.low + span, 0.0), (who.high - span, 0.0)
        pen.detail(oval(BONE, (who.low, 0), (who.high, 0), who.width, plain(BLACK), who.shape))
        return [oval(BONE, low, high, who.width - thick, skin, who.shape)]
    has_ears = build.kind in ("cartoon", "realistic", "chibi") and pen.chance(0.6)
    return [*(_ears(pose, who) if has_ears else ()), skull]


def _ears(pose: Pose, who: Head) -> list[Part]:
    ears = []
    for side in (-1, 1):
        angle = pose.yaw + side * np.pi / 2
        if np.cos(angle) > -0.5:
            low, high = who.center - who.half * 0.22, who.center + who.half * 0.22
            y = float(np.sin(angle)) * who.width
            fill = plain(darker(who.skin, 0.05))
            ears.append(oval(BONE, (low, y), (high, y), who.width * 0.16, fill))
    return ears


def _face(pen: Sketch, pose: Pose, who: Head) -> None:
    height = pen.between(-0.12, 0.2)
    _eyes(pen, pose, who, height)
    if who.face == "full":
        _nose(pen, pose, who, height)
        _mouth(pen, pose, who, height)


def _eyes(pen: Sketch, pose: Pose, who: Head, height: float) -> None:
    apart, size = pen.between(0.33, 0.55), who.width * pen.between(0.07, 0.2)
    has_brows, tilt = pen.chance(0.4), pen.between(-0.06, 0.06)
    state = pen.rng.bit_generator.state
    for side in (-1, 1):
        at = on_front(who, pose, side * apart, height)
        if at is None:
            continue
        # Both alike.
        pen.rng.bit_generator.state = state
        eye(pen, BONE, at, size)
        if has_brows:
            x = at[0] + size * 0.022 + who.half * 0.18
            ends = ((x - tilt * side, at[1] - size * 1.3), (x + tilt * side, at[1] + size * 1.3))
            line(pen, BONE, ends, size * 0.3, darker(who.hair_color, 0.3))


def _nose(pen: Sketch, pose: Pose, who: Head, height: float) -> None:
    nose = on_front(who, pose, 0.0, height - pen.between(0.2, 0.35))
    if nose is not None and pen.chance(0.6):
        out = float(np.sin(pose.yaw)) * who.width * pen.between(0.1, 0.35)
        thick = who.width * pen.between(0.04, 0.12)
        line(pen, BONE, (nose, (nose[0], nose[1] + out)), thick, darker(who.skin, 0.12))


def _mouth(pen: Sketch, pose: Pose, who: Head, height: float) -> None:
    mouth = on_front(who, pose, 0.0, height - pen.between(0.5, 0.7))
    if mouth is None:
        return
    x, y = mouth
    half = who.width * pen.between(0.12, 0.4) * max(float(np.cos(pose.yaw)), 0.4)
    if pen.chance(0.7):
        red = near((0.65, 0.15, 0.15, 1), pen.rng, 0.1) if pen.chance(0.6) else BLACK
        smile = pen.between(-0.5, 0.8) * half
        line(pen, BONE, ((x, y - half), (x, y + half)), who.width * 0.035 + 0.4, red, smile)
    else:
        span = half * 0.5 / (who.width / who.half)
        dark = plain((0.45, 0.08, 0.1, 1))
        pen.detail(oval(BONE, (x - span, y), (x + span, y), half, dark))
    if pen.chance(0.12):
        low = (who.low - who.half * pen.between(0, 0.8), y)
        half = who.width * pen.between(0.4, 0.85)
        pen.paint(oval(BONE, low, (x + who.half * 0.05, y), half, plain(who.hair_color)))
