# SPDX-License-Identifier: Apache-2.0
"""Heads of procedural people: faces that turn, hair, hats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clothes import Dress
from .parts import Part, Rgba, capsule, clipped, dome, leaf, oval, plain, plate, spike
from .poses import CROWN, NECK, Build, Pose
from .sketch import Sketch
from .style import BLACK, WHITE, color, darker, near

HAIR = ("none", "short", "bob", "long", "tail", "bun", "afro", "spikes", "braids")
_HAIR_SHARES = (0.1, 0.37, 0.1, 0.12, 0.08, 0.06, 0.05, 0.07, 0.05)
HATS = (
    "cap",
    "top hat",
    "beanie",
    "wizard",
    "straw",
    "crown",
    "helmet",
    "chef",
    "hood",
    "ears",
    "band",
)
_BONE = (NECK, CROWN)


@dataclass(frozen=True)
class Head:
    """`center` and `half` are in lengths of the bone from neck to crown, `width` in units."""

    center: float
    half: float
    width: float
    skin: Rgba
    hair: str
    hair_color: Rgba
    hat: str
    hat_color: Rgba
    face: str
    neck: bool
    shape: float


def new_head(pen: Sketch, build: Build, dress: Dress, skin: Rgba) -> Head:
    whole = build.neck + build.head
    is_bare = build.kind in ("stick", "pictogram", "robot")
    deep = pen.rng.random()
    hair_color = color(pen.between(0.03, 0.14), pen.between(0.2, 0.85), 0.08 + 0.85 * deep**1.5)
    if pen.chance(0.25):
        hair_color = pen.tint()
    face = str(pen.rng.choice(["full", "eyes", "none"], p=[0.65, 0.2, 0.15]))
    if is_bare:
        face = "eyes" if pen.chance(0.4) and build.kind != "pictogram" else "none"
    is_solid = build.kind == "stick" and pen.chance(0.5)
    return Head(
        center=(build.neck + build.head / 2) / whole,
        half=build.head / 2 / whole,
        width=build.head_width / 2,
        skin=skin if is_solid or build.kind != "stick" else WHITE,
        hair="none" if is_bare and pen.chance(0.75) else str(pen.rng.choice(HAIR, p=_HAIR_SHARES)),
        hair_color=hair_color,
        hat=str(pen.rng.choice(HATS)) if pen.chance(0.12 if is_bare else 0.27) else "",
        hat_color=pen.tint(),
        face=face,
        neck=build.neck > 1.5 and build.kind != "pictogram",
        shape=pen.between(-0.15, 0.2),
    )


def head(pen: Sketch, build: Build, pose: Pose, who: Head) -> None:
    low, high = who.center - who.half, who.center + who.half
    skin = plain(who.skin)
    if who.neck:
        radius = (
            min(build.head_width * 0.22, build.torso * 0.12)
            if build.kind != "stick"
            else build.arm_radii[0]
        )
        pen.paint(
            capsule(
                _BONE, (radius, radius), plain(darker(who.skin, 0.08)), (-0.05, 0), (who.center, 0)
            )
        )
    skull: Part = oval(_BONE, (low, 0), (high, 0), who.width, skin, who.shape)
    if build.kind == "robot":
        skull = plate(_BONE, (low + 0.05, 0), (high - 0.05, 0), (who.width * 0.9,) * 3, skin, 3)
    sides = [skull]
    if build.kind in ("cartoon", "realistic", "chibi") and pen.chance(0.6):
        sides = [*_ears(pose, who), skull]
    if build.kind == "stick" and who.skin == WHITE:
        ring = oval(
            _BONE, (low, 0), (high, 0), who.width, plain(BLACK if sum(build.arm_radii) else BLACK)
        )
        pen.parts.append(ring)
        inner = build.arm_radii[0]
        span = inner / max(build.neck + build.head, 1)
        sides = [oval(_BONE, (low + span, 0), (high - span, 0), who.width - inner, skin)]
    if who.hair == "spikes":
        _spikes(pen, who)
    is_framed = who.hair != "none" and pen.chance(0.65)
    pen.paint(*sides)
    if is_framed:
        _framing_hair(pen, pose, who)
    if who.face != "none" and np.cos(pose.yaw) > -0.3 and pen.style.look != "silhouette":
        _face(pen, pose, who)
    if not is_framed and who.hair != "none":
        _top_hair(pen, pose, who)
    if who.hat:
        _hat(pen, pose, who)


def _at(who: Head, pose: Pose, turn: float, height: float) -> tuple[float, float] | None:
    """A place on the head's front: `turn` radians to the person's left, height -1..1; None when
    it is turned away."""
    angle = pose.yaw + turn
    if np.cos(angle) < 0.12:
        return None
    reach = np.sqrt(max(1 - height * height, 0.05)) * who.width * 0.9
    return who.center + height * who.half, float(reach * np.sin(angle))


def _face(pen: Sketch, pose: Pose, who: Head) -> None:
    from .faces import eye, line

    apart, height = pen.between(0.33, 0.55), pen.between(-0.12, 0.2)
    size = who.width * pen.between(0.07, 0.2)
    state = pen.rng.bit_generator.state
    has_brows, brow_tilt = pen.chance(0.4), pen.between(-0.06, 0.06)
    for turn in (-apart, apart):
        at = _at(who, pose, turn, height)
        if at is None:
            continue
        pen.rng.bit_generator.state = state
        eye(pen, _BONE, at, size)
        if has_brows:
            x, y = at[0] + size * 2.2 / 100 + who.half * 0.18, at[1]
            tilt = brow_tilt * np.sign(turn)
            line(
                pen,
                _BONE,
                ((x - tilt, y - size * 1.3), (x + tilt, y + size * 1.3)),
                size * 0.3,
                darker(who.hair_color, 0.3),
            )
    if who.face == "eyes":
        return
    nose = _at(who, pose, 0.0, height - pen.between(0.2, 0.35))
    if nose is not None and pen.chance(0.6):
        side = float(np.sin(pose.yaw))
        tip = (nose[0], nose[1] + side * who.width * pen.between(0.1, 0.35))
        line(pen, _BONE, (nose, tip), who.width * pen.between(0.04, 0.12), darker(who.skin, 0.12))
    mouth = _at(who, pose, 0.0, height - pen.between(0.5, 0.7))
    if mouth is None:
        return
    half = who.width * pen.between(0.12, 0.4) * max(float(np.cos(pose.yaw)), 0.4)
    x, y = mouth
    if pen.chance(0.7):
        red = near((0.65, 0.15, 0.15, 1), pen.rng, 0.1) if pen.chance(0.6) else BLACK
        line(
            pen,
            _BONE,
            ((x, y - half), (x, y + half)),
            who.width * 0.035 + 0.4,
            red,
            pen.between(-0.5, 0.8) * half,
        )
    else:
        span = half * 0.5 / (who.width / who.half)
        pen.parts.append(
            oval(_BONE, (x - span, y), (x + span, y), half, plain((0.45, 0.08, 0.1, 1)))
        )
    if pen.chance(0.12):
        beard = plain(who.hair_color)
        low = who.center - who.half
        pen.paint(
            oval(
                _BONE,
                (low - who.half * pen.between(0, 0.8), y),
                (x + who.half * 0.05, y),
                who.width * pen.between(0.4, 0.85),
                beard,
            )
        )


def _ears(pose: Pose, who: Head) -> list[Part]:
    ears = []
    for side in (-1, 1):
        angle = pose.yaw + side * np.pi / 2
        if np.cos(angle) < -0.5:
            continue
        y = float(np.sin(angle)) * who.width
        span, half = who.half * 0.22, who.width * 0.16
        ears.append(
            oval(
                _BONE,
                (who.center - span, y),
                (who.center + span, y),
                half,
                plain(darker(who.skin, 0.05)),
            )
        )
    return ears


def _framing_hair(pen: Sketch, pose: Pose, who: Head) -> None:
    """Hair round the face: the skull in the hair's color, and on it the face."""
    low, high = who.center - who.half, who.center + who.half
    hair = plain(who.hair_color)
    up = who.half * pen.between(0.0, 0.15)
    skull = oval(
        _BONE, (low + up, 0), (high + up, 0), who.width * pen.between(1.0, 1.1), hair, who.shape
    )
    ahead = float(np.sin(pose.yaw)) * who.width
    front = float(np.cos(pose.yaw))
    if front < -0.3:
        pen.paint(skull)
        return
    top = who.center + who.half * pen.between(0.15, 0.7)
    half = who.width * (0.93 - 0.25 * abs(float(np.sin(pose.yaw))))
    face = oval(
        _BONE,
        (low - who.half * 0.02, ahead * 0.28),
        (top, ahead * 0.36),
        half,
        plain(who.skin),
        -0.1,
    )
    chin = oval(_BONE, (low, 0), (who.center, ahead * 0.2), who.width * 0.75, plain(who.skin), 0.2)
    pen.paint(skull, clipped(chin), clipped(face))
    if pen.chance(0.4):
        sweep = float(pen.rng.choice([-1, 1])) * who.width
        end = (top - who.half * pen.between(0.1, 0.3), sweep * 0.9)
        pen.parts += [clipped(leaf(_BONE, (high, -sweep * 0.5), end, who.width * 0.35, hair))]


def _top_hair(pen: Sketch, pose: Pose, who: Head) -> None:
    """What covers the skull: above the brow in front, all of it behind."""
    fill = plain(who.hair_color)
    high = who.center + who.half
    away = -float(np.sin(pose.yaw)) * who.width
    if np.cos(pose.yaw) < -0.3:
        cover = pen.between(-0.9, -0.3)
    else:
        cover = pen.between(0.25, 0.7)
    low = who.center + cover * who.half
    thick = who.half * pen.between(0.05, 0.2)
    cap = dome(
        _BONE,
        (low, away * 0.1),
        (high + thick, away * 0.12),
        who.width * pen.between(1.0, 1.12),
        fill,
    )
    parts = [cap]
    if np.cos(pose.yaw) > -0.3 and abs(np.sin(pose.yaw)) > 0.35:
        side = oval(
            _BONE,
            (who.center - who.half * pen.between(0.1, 0.9), away * 0.62),
            (high, away * 0.4),
            who.width * 0.5,
            fill,
        )
        parts.append(side)
    elif pen.chance(0.4) and np.cos(pose.yaw) > 0:
        sweep = float(pen.rng.choice([-1, 1])) * who.width
        parts.append(
            leaf(
                _BONE,
                (high, -sweep * 0.5),
                (low - who.half * 0.25, sweep * 0.95),
                who.width * 0.35,
                fill,
            )
        )
    pen.paint(*parts)
    if who.hair == "bun":
        pen.paint(
            oval(
                _BONE,
                (high - 0.05, away * 0.5),
                (high + who.half * 0.6, away * 0.6),
                who.width * 0.38,
                fill,
            )
        )


def _spikes(pen: Sketch, who: Head) -> None:
    fill = plain(who.hair_color)
    for angle in np.linspace(-1.3, 1.3, int(pen.rng.integers(4, 8))):
        reach = pen.between(1.15, 1.6)
        tip = (who.center + who.half * reach * np.cos(angle), who.width * reach * np.sin(angle))
        pen.paint(spike(_BONE, (who.center, tip[1] * 0.4), tip, who.width * 0.4, fill))


def back_hair(pen: Sketch, build: Build, pose: Pose, who: Head) -> None:
    """Hair that hangs or stands off the skull."""
    fill = plain(darker(who.hair_color, 0.1) if pen.chance(0.5) else who.hair_color)
    high = who.center + who.half
    away = -float(np.sin(pose.yaw)) * who.width
    wide = who.width * pen.between(1.08, 1.35)
    if who.hair == "afro":
        pen.paint(
            oval(
                _BONE,
                (who.center - who.half, away * 0.3),
                (high + who.half * 0.6, away * 0.3),
                wide * 1.35,
                fill,
            )
        )
    elif who.hair in ("bob", "long"):
        low = who.center - who.half * (
            pen.between(0.6, 1.3) if who.hair == "bob" else pen.between(1.5, 4.0)
        )
        round_ = wide * 0.45
        span = round_ / (who.width / who.half)
        halves = (wide * pen.between(0.7, 1.2) - round_, wide - round_, wide * 0.9 - round_)
        pen.paint(
            plate(
                _BONE,
                (low + span, away * 0.5),
                (high - span * 0.9, away * 0.3),
                halves,
                fill,
                round_,
            )
        )
    elif who.hair == "tail":
        x = who.center + who.half * pen.between(-0.1, 0.8)
        side = away if abs(away) > 0.4 * who.width else who.width * float(pen.rng.choice([-1, 1]))
        end = (x - who.half * pen.between(0.8, 2.6), side * pen.between(1.2, 2.2))
        pen.paint(leaf(_BONE, (x + 0.1, side * 0.6), end, who.width * 0.4, fill, 0.2, -side * 0.4))
    elif who.hair == "braids":
        for side in (-1, 1):
            y = side * who.width * abs(float(np.cos(pose.yaw))) + away * 0.4
            end = (who.center - who.half * pen.between(1.2, 3.0), y * 1.3)
            pen.paint(
                capsule(_BONE, (who.width * 0.22, who.width * 0.14), fill, (who.center, y), end)
            )


def _hat(pen: Sketch, pose: Pose, who: Head) -> None:
    fill, band = plain(who.hat_color), plain(pen.tint())
    line = who.center + who.half * pen.between(0.3, 0.6)
    high = who.center + who.half
    wide = who.width * pen.between(0.98, 1.12)
    ahead = float(np.sin(pose.yaw)) * who.width
    tall = who.half * pen.between(0.5, 1.4)
    if who.hat in ("cap", "beanie", "helmet"):
        pen.paint(
            dome(
                _BONE,
                (line - (0.15 if who.hat == "helmet" else 0), 0),
                (high + who.half * 0.25, 0),
                wide,
                fill,
            )
        )
        if who.hat == "cap" and np.cos(pose.yaw) > -0.4:
            reach = ahead * 1.1 if abs(ahead) > 0.4 * who.width else 0.0
            pen.paint(
                capsule(
                    _BONE, (2.5, 2.5), fill, (line, reach - wide * 0.7), (line, reach + wide * 0.7)
                )
            )
        elif who.hat == "beanie":
            pen.paint(
                oval(
                    _BONE,
                    (high + who.half * 0.1, 0),
                    (high + who.half * 0.5, 0),
                    who.width * 0.22,
                    band,
                )
            )
    elif who.hat in ("top hat", "straw"):
        crown = wide * pen.between(0.6, 0.8)
        pen.paint(
            plate(
                _BONE,
                (line, 0),
                (line + tall, 0),
                (crown, crown * 0.95, crown * pen.between(0.8, 1.15)),
                fill,
                1,
            )
        )
        pen.paint(plate(_BONE, (line, 0), (line + 0.1 * tall, 0), (crown,) * 3, band))
        brim = wide * pen.between(1.2, 1.8)
        pen.paint(capsule(_BONE, (2.2, 2.2), fill, (line, -brim), (line, brim), pen.between(-4, 6)))
    elif who.hat == "wizard":
        pen.paint(
            spike(
                _BONE,
                (line, 0),
                (high + tall * 1.5, pen.between(-10, 10)),
                wide,
                fill,
                pen.between(-6, 6),
            )
        )
        pen.paint(capsule(_BONE, (2.2, 2.2), band, (line, -wide * 1.1), (line, wide * 1.1)))
    elif who.hat == "crown":
        for y in (-0.65, 0.0, 0.65):
            pen.paint(
                spike(
                    _BONE,
                    (line + 0.3 * who.half, y * wide),
                    (line + tall, y * wide * 1.2),
                    wide * 0.35,
                    fill,
                )
            )
        pen.paint(
            plate(
                _BONE,
                (line + 0.1 * who.half, 0),
                (line + 0.5 * who.half, 0),
                (wide * 0.95,) * 3,
                fill,
            )
        )
    elif who.hat == "chef":
        pen.paint(
            oval(
                _BONE,
                (line + 0.3 * tall, 0),
                (high + tall, 0),
                wide * 1.15,
                plain(near(WHITE, pen.rng, 0.05)),
            )
        )
        pen.paint(plate(_BONE, (line, 0), (line + 0.5 * tall, 0), (wide * 0.9,) * 3, plain(WHITE)))
    elif who.hat == "ears":
        _animal_ears(pen, who)
    else:
        pen.paint(
            clipped(plate(_BONE, (line - 0.06, 0), (line + 0.06, 0), (wide * 1.1,) * 3, fill))
        )


def _animal_ears(pen: Sketch, who: Head) -> None:
    """A mascot's: a person's body, an animal's ears."""
    reach, half = pen.between(0.3, 1.2), who.width * pen.between(0.25, 0.42)
    form = oval if pen.chance(0.5) else spike
    for side in (-1, 1):
        y = side * who.width * 0.65
        start = (who.center + who.half * 0.6, y * 0.9)
        end = (who.center + who.half * (1 + reach), y * 1.25)
        pen.paint(form(_BONE, start, end, half, plain(who.skin)))
