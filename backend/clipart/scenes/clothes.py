# SPDX-License-Identifier: Apache-2.0
"""What procedural people wear and hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .parts import Fill, Part, Rgba, capsule, clipped, disc, leaf, oval, plain, plate, spike
from .poses import NECK, PELVIS, Build, Pose
from .sketch import Sketch
from .style import BLACK, WHITE, darker, near

PROPS = (
    "stick",
    "ball",
    "flower",
    "balloon",
    "umbrella",
    "sword",
    "cup",
    "flag",
    "bag",
    "broom",
    "book",
)


@dataclass(frozen=True)
class Dress:
    """Colors and cuts; lengths are shares of the bone that they cover."""

    top: Rgba
    bottom: Rgba
    legs: Rgba
    shoe: Rgba
    glove: Rgba | None
    sleeve: str
    sleeve_length: float
    sleeve_width: float
    trousers: str
    trouser_length: float
    flare: float
    boot: float
    shoe_size: float
    hand_size: float
    skirt: float
    """Its length in lengths of the torso; 0: none."""
    hem: float
    cape: Rgba | None
    pattern: str
    extra: str
    is_one_piece: bool
    far_shade: float
    prop: str
    hand: int


def new_dress(pen: Sketch, build: Build, pose: Pose, skin: Rgba) -> Dress:
    rng = pen.rng
    is_bare = build.kind in ("stick", "pictogram", "robot")
    is_uniform = build.kind in ("stick", "pictogram") or pen.chance(0.08)
    top = skin if is_uniform else pen.tint()
    bottom = top if is_uniform or pen.chance(0.15) else pen.tint()
    legs = skin if is_uniform or pen.chance(0.75) else pen.tint()
    has_skirt = pen.chance(0.3 if not is_bare else 0.12)
    trousers = str(rng.choice(["long", "short", "none"], p=[0.65, 0.2, 0.15]))
    if is_bare or (has_skirt and pen.chance(0.8)):
        trousers = "none"
    rubber = build.kind == "rubber"
    return Dress(
        top=top, bottom=bottom, legs=legs,
        shoe=top if is_uniform else pen.tint(),
        glove=(WHITE if pen.chance(0.5) else pen.tint()) if pen.chance(0.6 if rubber else 0.08) else None,
        sleeve="none" if is_bare else str(rng.choice(["long", "short", "none"], p=[0.45, 0.38, 0.17])),
        sleeve_length=pen.between(0.35, 1.0),
        sleeve_width=pen.between(0.95, 1.25) if pen.chance(0.8) else pen.between(1.3, 2.2),
        trousers=trousers,
        trouser_length=pen.between(0.4, 1.0),
        flare=pen.between(0.9, 1.2) if pen.chance(0.8) else pen.between(1.2, 2.0),
        boot=pen.between(0.2, 0.8) if pen.chance(0.2) else 0.0,
        shoe_size=0.0 if is_bare and pen.chance(0.5) else pen.between(0.8, 1.3) * (1.8 if rubber else 1),
        hand_size=pen.between(0.9, 1.35) * (1.9 if rubber else 1),
        skirt=float(rng.choice([pen.between(0.25, 0.6), pen.between(0.6, 1.3)])) if has_skirt else 0.0,
        hem=pen.between(1.0, 2.3),
        cape=pen.tint() if pen.chance(0.06) else None,
        pattern=str(rng.choice(["", "stripes", "rows", "two tones"], p=[0.72, 0.1, 0.1, 0.08])),
        extra="" if is_bare and pen.chance(0.7) else str(rng.choice(
            ["", "belt", "open", "tie", "buttons", "overall", "apron", "badge", "scarf", "collar"],
            p=[0.4, 0.12, 0.09, 0.07, 0.07, 0.06, 0.05, 0.05, 0.05, 0.04])),
        is_one_piece=pen.chance(0.4),
        far_shade=pen.between(0.0, 0.3),
        prop=str(rng.choice(PROPS)) if pen.chance(0.22) else "",
        hand=int(rng.integers(2)),
    )  # fmt: skip


def _halves(build: Build, pose: Pose) -> tuple[float, float, float]:
    """Half the width of the torso as seen: at hips, waist, shoulders."""
    flat, deep = abs(float(np.cos(pose.yaw))), abs(float(np.sin(pose.yaw)))
    thick = build.torso * 0.17 if build.kind != "stick" else build.arm_radii[0]
    hip = np.hypot((build.hip + build.leg_radii[0] * 0.8) * flat, thick * deep)
    waist = np.hypot(build.waist * flat, thick * 1.05 * deep)
    shoulder = np.hypot((build.shoulder + build.arm_radii[0] * 0.6) * flat, thick * 1.1 * deep)
    return float(hip), float(waist), float(shoulder)


def torso(pen: Sketch, build: Build, pose: Pose, dress: Dress) -> None:
    bone = (PELVIS, NECK)
    if build.kind == "stick":
        radius = build.arm_radii[0]
        limbs = [capsule(bone, (radius, radius), plain(dress.top))]
        for side in (0, 1):
            limbs.append(capsule((NECK, 1 + side), (radius, radius), plain(dress.top)))
            limbs.append(capsule((PELVIS, 7 + side), (radius, radius), plain(dress.top)))
        return pen.paint(*limbs)
    hip, waist, shoulder = _halves(build, pose)
    radius = min(hip, waist, shoulder) * pen.between(0.3, 0.75)
    if build.kind == "robot":
        radius, waist = 2.0, max(hip, shoulder)
    inset = radius / build.torso
    halves = (hip - radius, waist - radius, shoulder - radius)
    trunk = plate(bone, (inset * 0.2, 0), (1 - inset, 0), halves, _cloth(dress, waist), radius)
    low = [oval(bone, (-0.2, 0), (0.22, 0), hip, plain(dress.bottom))] if dress.skirt == 0 else []
    if dress.trousers != "none" and pen.chance(0.7):
        pen.paint(*low)
        pen.paint(trunk)
    else:
        pen.paint(trunk)
    return None


def _cloth(dress: Dress, width: float) -> Fill:
    other = darker(dress.top, 0.35) if sum(dress.top[:3]) > 1.2 else darker(dress.top, -0.5)
    if dress.pattern == "stripes":
        return Fill(dress.top, other, along=16, slope=6)
    if dress.pattern == "rows":
        return Fill(dress.top, other, across=16 / max(width, 4), slope=6)
    if dress.pattern == "two tones":
        return Fill(dress.top, dress.bottom, along=-1.4, offset=0.2, slope=20)
    return plain(dress.top)


def over_torso(pen: Sketch, build: Build, pose: Pose, dress: Dress) -> None:
    """Belts, ties, buttons: mostly things that are seen from the front only."""
    bone = (PELVIS, NECK)
    hip, waist, shoulder = _halves(build, pose)
    shift = waist * 0.7 * float(np.sin(pose.yaw))
    is_front = np.cos(pose.yaw) > 0.2
    accent = plain(pen.tint())
    if dress.extra == "belt":
        pen.paint(plate(bone, (0.06, 0), (0.14, 0), (hip, hip, hip), accent, 1.0))
    elif dress.extra == "scarf":
        half = max(build.shoulder * 0.45, 5)
        pen.paint(oval(bone, (0.93, 0), (1.06, 0), half, accent))
    elif not is_front:
        return
    elif dress.extra == "open":
        pen.parts.append(
            plate(
                bone, (0.02, shift), (0.98, shift), (waist * 0.3, waist * 0.25, waist * 0.5), accent
            )
        )
    elif dress.extra == "tie":
        pen.paint(leaf(bone, (0.35, shift), (0.95, shift), max(waist * 0.2, 3), accent, -0.5))
    elif dress.extra == "buttons":
        dark = plain(BLACK if pen.chance(0.5) else WHITE)
        for height in (0.25, 0.5, 0.75):
            pen.parts.append(_dot(bone, (height, shift), 2.4, build.torso, dark))
    elif dress.extra in ("overall", "apron"):
        color = (
            plain(dress.bottom) if dress.extra == "overall" else plain(near(WHITE, pen.rng, 0.1))
        )
        half = waist * 0.62
        pen.paint(
            plate(
                bone,
                (0.0, shift),
                (pen.between(0.55, 0.75), shift),
                (hip * 0.85, half, half),
                color,
                1,
            )
        )
        for side in (-1, 1):
            strap = capsule(
                bone,
                (2.2, 2.2),
                color,
                (0.6, shift + side * half * 0.8),
                (0.98, side * shoulder * 0.55),
            )
            pen.parts.append(strap)
    elif dress.extra == "badge":
        pen.parts.append(
            _dot(bone, (pen.between(0.5, 0.75), shift), waist * 0.45, build.torso, accent)
        )
    elif dress.extra == "collar":
        for side in (-1, 1):
            pen.paint(spike(bone, (1.0, shift * 0.5), (0.82, shift + side * 8), 5, accent))


def _dot(
    bone: tuple[int, int], at: tuple[float, float], radius: float, length: float, fill: Fill
) -> Part:
    x, y = at
    return oval(bone, (x - radius / length, y), (x + radius / length, y), radius, fill)


def skirt(pen: Sketch, build: Build, pose: Pose, dress: Dress, is_cape: bool) -> None:
    """A skirt from the waist down, wide enough for the legs; or a cape from the neck."""
    bone = (NECK, PELVIS)
    hip, waist, shoulder = _halves(build, pose)
    if is_cape and dress.cape is not None:
        half = shoulder * pen.between(1.1, 1.9)
        cloth = plate(
            bone,
            (0.03, 0),
            (pen.between(1.2, 2.1), 0),
            (shoulder * 0.9, half, half * 1.2),
            plain(dress.cape),
            3,
        )
        return pen.paint(cloth)
    along = pose.joints[PELVIS] - pose.joints[NECK]
    down = along[:2] / max(float(np.linalg.norm(along[:2])), 1e-3)
    across = np.array([-down[1], down[0]])
    reach = dress.skirt * build.torso
    spread = hip
    for side in (0, 1):
        thigh = pose.joints[9 + side, :2] - pose.joints[PELVIS, :2]
        share = min(1.0, reach / max(float(thigh @ down), reach * 0.5))
        spread = max(spread, abs(float(thigh @ across)) * share * 0.8 + build.leg_radii[1])
    hem = max(spread, hip * dress.hem)
    length = max(float(np.linalg.norm(along[:2])), 1e-3)
    start, end = pen.between(0.62, 0.85), 1 + reach / length
    middle = (waist + hem) / 2 + pen.between(-0.12, 0.25) * hem
    color = dress.top if dress.is_one_piece else dress.bottom
    cloth = plate(bone, (start, 0), (end, 0), (waist, middle, hem), plain(color), 1.5)
    pen.paint(cloth)
    if pen.chance(0.25):
        trim = plate(bone, (end - 4 / length, 0), (end, 0), (hem, hem, hem), plain(pen.tint()), 1.5)
        pen.parts.append(clipped(trim))
    return None


def prop(pen: Sketch, dress: Dress, bone: tuple[int, int]) -> None:
    """Something in a hand: `bone` leads from the wrist to the hand."""
    hand = (bone[1], bone[1])
    fill, other = plain(pen.tint()), plain(pen.tint())
    lean, size = pen.between(-8, 8), pen.between(0.7, 1.4)
    kind = dress.prop
    if kind in ("stick", "sword", "broom", "flag", "flower"):
        low, high = pen.between(0, 50) * size, pen.between(25, 80) * size
        pen.paint(capsule(hand, (1.8, 1.8), fill, (-lean * low / 60, low), (lean, -high)))
        if kind == "broom":
            pen.paint(plate(hand, (lean, -high), (lean * 1.3, -high - 18), (3, 8, 12), other, 1))
        elif kind == "flag":
            pen.paint(
                plate(
                    hand, (lean, -high + 12), (lean + 36 * size, -high + 14), (12, 10, 12), other, 1
                )
            )
        elif kind == "flower":
            pen.paint(*(disc(hand[0], (lean + 6 * np.cos(k), -high + 6 * np.sin(k)), 5.0, other)
                        for k in np.arange(5) * 2 * np.pi / 5))  # fmt: skip
            pen.paint(disc(hand[0], (lean, -high), 4, plain(pen.tint())))
        elif kind == "sword":
            pen.paint(capsule(hand, (1.8, 1.8), other, (-7, -4), (7, -4)))
    elif kind == "ball":
        pen.paint(disc(hand[0], (pen.between(-6, 6), pen.between(-14, 14)), 13 * size, fill))
    elif kind == "balloon":
        height = pen.between(40, 80)
        pen.paint(capsule(hand, (0.7, 0.7), plain(BLACK), (0, 0), (lean, -height)))
        pen.paint(
            oval(hand, (lean, -height), (lean * 1.3, -height - 42 * size), 17 * size, fill, 0.15)
        )
    elif kind == "umbrella":
        height = pen.between(40, 75)
        pen.paint(capsule(hand, (1.3, 1.3), other, (0, 10), (lean, -height)))
        pen.paint(
            plate(
                hand, (lean, -height + 14), (lean, -height - 10), (42 * size, 30 * size, 4), fill, 2
            )
        )
    elif kind == "cup":
        pen.paint(plate(hand, (0, 8), (0, -9), (5, 6, 7), fill, 1.5))
    elif kind == "bag":
        pen.paint(capsule(hand, (1.2, 1.2), other, (-8, 14), (8, 14), -14))
        pen.paint(plate(hand, (0, 12), (0, 36 * size), (12 * size, 14 * size, 15 * size), fill, 2))
    else:
        pen.paint(plate(hand, (-11, -2), (11, -2), (8, 8, 8), fill, 1))
