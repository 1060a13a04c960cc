# SPDX-License-Identifier: Apache-2.0
"""What procedural people wear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .parts import Fill, Rgba, capsule, clipped, oval, plain, plate
from .poses import NECK, PELVIS, Build, Pose
from .sketch import Sketch
from .style import WHITE, darker

_EXTRAS = {
    "": 0.4, "belt": 0.12, "open": 0.09, "tie": 0.07, "buttons": 0.07, "overall": 0.06,
    "apron": 0.05, "badge": 0.05, "scarf": 0.05, "collar": 0.04,
}  # fmt: skip


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
    has_prop: bool
    hand: int


def new_dress(pen: Sketch, build: Build, skin: Rgba) -> Dress:
    is_bare = build.kind in ("stick", "pictogram", "robot")
    is_uniform = build.kind in ("stick", "pictogram") or pen.chance(0.08)
    top = skin if is_uniform else pen.tint()
    has_skirt = pen.chance(0.12 if is_bare else 0.3)
    bulky = 1.8 if build.kind == "rubber" else 1.0
    sleeve = pen.one_of({"long": 0.45, "short": 0.38, "none": 0.17})
    trousers = pen.one_of({"long": 0.65, "short": 0.2, "none": 0.15})
    is_short = pen.chance(0.5)
    return Dress(
        top=top,
        bottom=top if is_uniform or pen.chance(0.15) else pen.tint(),
        legs=skin if is_uniform or pen.chance(0.75) else pen.tint(),
        shoe=top if is_uniform else pen.tint(),
        glove=_glove(pen, 0.6 if bulky > 1 else 0.08),
        sleeve="none" if is_bare else sleeve,
        sleeve_length=pen.between(0.35, 1.0),
        sleeve_width=pen.between(0.95, 1.25) if pen.chance(0.8) else pen.between(1.3, 2.2),
        trousers="none" if is_bare or (has_skirt and pen.chance(0.8)) else trousers,
        trouser_length=pen.between(0.4, 1.0),
        flare=pen.between(0.9, 1.2) if pen.chance(0.8) else pen.between(1.2, 2.0),
        boot=pen.between(0.2, 0.8) if pen.chance(0.2) else 0.0,
        shoe_size=0.0 if is_bare and pen.chance(0.5) else pen.between(0.8, 1.3) * bulky,
        hand_size=pen.between(0.9, 1.35) * bulky,
        skirt=(pen.between(0.25, 0.6) if is_short else pen.between(0.6, 1.3)) * has_skirt,
        hem=pen.between(1.0, 2.3),
        cape=pen.tint() if pen.chance(0.06) else None,
        pattern=pen.one_of({"": 0.72, "stripes": 0.1, "rows": 0.1, "two tones": 0.08}),
        extra="" if is_bare and pen.chance(0.7) else pen.one_of(_EXTRAS),
        is_one_piece=pen.chance(0.4),
        far_shade=pen.between(0.0, 0.3),
        has_prop=build.kind != "pictogram" and pen.chance(0.22),
        hand=int(pen.rng.integers(2)),
    )


def _glove(pen: Sketch, share: float) -> Rgba | None:
    if not pen.chance(share):
        return None
    return WHITE if pen.chance(0.5) else pen.tint()


def halves_of(build: Build, pose: Pose) -> tuple[float, float, float]:
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
    hip, waist, shoulder = halves_of(build, pose)
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


def cape(pen: Sketch, build: Build, pose: Pose, dress: Dress) -> None:
    if dress.cape is None:
        return
    _, _, shoulder = halves_of(build, pose)
    half = shoulder * pen.between(1.1, 1.9)
    halves = (shoulder * 0.9, half, half * 1.2)
    end = (pen.between(1.2, 2.1), 0.0)
    pen.paint(plate((NECK, PELVIS), (0.03, 0), end, halves, plain(dress.cape), 3))


def skirt(pen: Sketch, build: Build, pose: Pose, dress: Dress) -> None:
    """From the waist down, wide enough for the legs."""
    bone = (NECK, PELVIS)
    hip, waist, _ = halves_of(build, pose)
    reach = dress.skirt * build.torso
    length = float(np.linalg.norm((pose.joints[PELVIS] - pose.joints[NECK])[:2]))
    hem = max(_spread(build, pose, reach), hip, hip * dress.hem)
    start, end = pen.between(0.62, 0.85), 1 + reach / max(length, 1e-3)
    middle = (waist + hem) / 2 + pen.between(-0.12, 0.25) * hem
    cloth = plain(dress.top if dress.is_one_piece else dress.bottom)
    pen.paint(plate(bone, (start, 0), (end, 0), (waist, middle, hem), cloth, 1.5))
    if pen.chance(0.25):
        edge = (end - 4 / max(length, 1e-3), 0.0)
        pen.detail(clipped(plate(bone, edge, (end, 0), (hem,) * 3, plain(pen.tint()), 1.5)))


def _spread(build: Build, pose: Pose, reach: float) -> float:
    """How far to the sides the legs are where a skirt of the length ends."""
    along = pose.joints[PELVIS, :2] - pose.joints[NECK, :2]
    down = along / max(float(np.linalg.norm(along)), 1e-3)
    across = np.array([-down[1], down[0]])
    spread = 0.0
    for side in (0, 1):
        thigh = pose.joints[9 + side, :2] - pose.joints[PELVIS, :2]
        share = min(1.0, reach / max(float(thigh @ down), reach * 0.5))
        spread = max(spread, abs(float(thigh @ across)) * share * 0.8 + build.leg_radii[1])
    return spread
