# SPDX-License-Identifier: Apache-2.0
"""Animals seen from the side, facing the right of the picture: four-legged ones, birds, fish."""

from __future__ import annotations

import numpy as np

from .faces import eye
from .parts import (
    Bone,
    Creature,
    Fill,
    Part,
    Rgba,
    capsule,
    clipped,
    disc,
    leaf,
    links,
    oval,
    plain,
    spike,
)
from .sketch import Sketch, finished, new_sketch
from .style import darker, near


def quadruped(rng: np.random.Generator) -> Creature:
    """From dachshund to giraffe; the far legs are painted first and darker."""
    pen = new_sketch(rng)
    thick = pen.between(11, 24)
    legs = pen.between(22, 70)
    rump = pen.point(0, 0, name="rump")
    middle = pen.point(45, pen.between(-4, 4), rump)
    chest = pen.point(90, pen.between(-10, 4), middle, "chest")
    coat = pen.tint()
    pen.limb((rump, middle, chest), "body")
    feet = darker(coat, 0.4) if pen.chance(0.4) else coat
    leg_width = thick * pen.between(0.28, 0.45)
    trunk = _trunk(pen, (rump, chest), thick, coat)
    reach = legs + thick * 0.5
    for order, joint in ((0, chest), (1, rump)):
        pen.paint(*_leg(pen, joint, order, True, (reach, leg_width), (coat, feet)))
    _tail(pen, rump, thick, coat)
    near_legs = [
        _leg(pen, joint, order, False, (reach, leg_width), (coat, feet))
        for order, joint in ((0, chest), (1, rump))
    ]
    if pen.chance(0.6):
        pen.paint(*near_legs[0], *near_legs[1], *trunk)
    else:
        pen.paint(*trunk)
        pen.paint(*near_legs[0])
        pen.paint(*near_legs[1])
    _neck(pen, chest, thick, coat)
    return finished(pen, "quadruped", "quadruped", rump, 1.0)


def _trunk(pen: Sketch, bone: Bone, thick: float, coat: Rgba) -> list[Part]:
    back, front = thick * pen.between(0.8, 1.05), thick * pen.between(0.85, 1.1)
    fill = body_fill(pen, coat, thick)
    belly = capsule(bone, (back, front), fill, bow=pen.between(-3, 5))
    return [belly, *patches(pen, coat, thick, bone)]


def _leg(pen: Sketch, joint: int, order: int, is_far: bool, size: tuple[float, float],
         colors: tuple[Rgba, Rgba]) -> list[Part]:  # fmt: skip
    length, width = size
    coat, foot = (darker(each, 0.25) for each in colors) if is_far else colors
    shift = pen.between(6, 12) if is_far else -pen.between(0, 4)
    swing = pen.between(-0.25, 0.25)
    bend = pen.between(0.0, 0.35) * (-1 if order else 0.4)
    upper = (shift + length * 0.5 * (swing - bend), length * 0.5)
    lower = (length * 0.5 * (swing + bend), length * 0.5)
    points = pen.chain(joint, [upper, lower])
    pen.limb(points, "leg", "left" if is_far else "right", order)
    x, y = pen.places[points[2]]
    toe = pen.point(x + width * pen.between(0.8, 1.6), y, points[2])
    thigh = width * (pen.between(1.4, 2.2) if order else pen.between(1.2, 1.7))
    return [
        capsule((points[0], points[1]), (thigh, width), plain(coat)),
        capsule((points[1], points[2]), (width, width * 0.8), plain(coat)),
        capsule((points[2], toe), (width * 0.85, width * 0.75), plain(foot)),
    ]


def _tail(pen: Sketch, rump: int, thick: float, coat: Rgba) -> None:
    count = int(pen.rng.integers(1, 4))
    turn, length = pen.between(-0.6, 1.2), pen.between(10, 70) / count
    steps = []
    for _ in range(count):
        steps.append((-length * np.cos(turn), -length * np.sin(turn)))
        turn += pen.between(-0.5, 0.6)
    points = pen.chain(rump, [(-0.2 * thick - 12, -0.3 * thick), *steps])
    pen.limb(points[1:], "tail")
    first, last = pen.between(2.5, 6), pen.between(1.5, 8)
    pen.paint(*links(points[1:], np.linspace(first, last, count + 1).tolist(), plain(coat)))
    if pen.chance(0.3):
        tuft = darker(coat, pen.between(-0.4, 0.4))
        pen.paint(leaf(points[-2:], (0.6, 0), (1.5, 0), last + 3, plain(tuft), -0.2))


def _neck(pen: Sketch, chest: int, thick: float, coat: Rgba) -> None:
    """Neck, head with its face, ears, horns, perhaps a mane or a trunk."""
    long = pen.between(14, 30) if pen.chance(0.8) else pen.between(50, 95)
    lean = pen.between(0.2, 1.1)
    skull = pen.between(12, 22)
    points = pen.chain(chest, [(10, -0.3 * thick), (long * np.sin(lean), -long * np.cos(lean))])
    snout = pen.chain(points[-1], [(skull * pen.between(0.9, 1.5), pen.between(-2, 10))])
    head = (points[-1], snout[-1])
    pen.limb((*points[1:], snout[-1]), "head")
    if pen.chance(0.2):
        mane = darker(coat, pen.between(-0.5, 0.6))
        pen.paint(disc(points[-1], (0, 2), skull * pen.between(1.5, 1.9), plain(mane)))
    back = near(coat, pen.rng) if pen.chance(0.2) else coat
    tips = _ears(pen, head, skull, back, is_far=True)
    muzzle = pen.between(0.45, 0.85) * skull
    pen.paint(
        capsule((points[1], points[2]), (thick * 0.75, skull * 0.62), plain(coat)),
        oval(head, (-0.75, 0), (0.8, 0), skull, plain(coat), -0.15),
        capsule(head, (skull * 0.7, muzzle), plain(coat), (0.2, 1.0), (1.0, 1.0)),
    )
    if pen.chance(0.35):
        pale = darker(coat, -0.5)
        pen.paint(oval(head, (0.5, 2), (1.0 + muzzle / 24, 2), muzzle * 0.8, plain(pale)))
    nose = plain(darker(coat, 0.75))
    pen.paint(oval(head, (0.95, -muzzle * 0.3), (1.0 + muzzle / 22, -muzzle * 0.3), 3.2, nose))
    eye(pen, head, (0.15, -skull * 0.35), skull * pen.between(0.13, 0.3))
    _ears(pen, head, skull, coat, is_far=False, tips=tips)
    if pen.chance(0.15):
        trunk = pen.chain(snout[-1], [(6, 16), (2, 18), (8, 12)])
        pen.limb(trunk, "trunk")
        pen.paint(*links(trunk, (7, 6, 5, 4), plain(coat)))


def _ears(pen: Sketch, head: Bone, skull: float, color: Rgba, is_far: bool,
          tips: tuple[float, float] | None = None) -> tuple[float, float]:  # fmt: skip
    """Both ears have the same form: (length, lean)."""
    length, lean = tips or (skull * pen.between(0.5, 2.0), pen.between(-1.2, 0.3))
    shift = skull * (0.25 if is_far else -0.1)
    x, y = pen.places[head[0]]
    root = pen.point(x + shift, y - skull * 0.6, head[0])
    tip = pen.point(
        x + shift + length * np.sin(lean), y - skull * 0.6 - length * np.cos(lean), root
    )
    pen.limb((root, tip), "ear", "left" if is_far else "right")
    form = leaf if length > skull else spike
    shade = darker(color, 0.2) if is_far else darker(color, pen.between(-0.1, 0.3))
    pen.paint(form((root, tip), (-0.35, 0), (1.0, 0), skull * 0.42, plain(shade)))
    return length, lean


def body_fill(pen: Sketch, coat: Rgba, thick: float) -> Fill:
    kind = pen.rng.random()
    other = darker(coat, pen.between(-0.6, 0.6))
    if kind < 0.12:
        return Fill(coat, other, along=pen.between(9, 22), slope=8)
    if kind < 0.35:
        return Fill(coat, other, across=1.4 / thick, offset=-0.5, slope=pen.between(0.5, 14))
    return plain(coat)


def patches(pen: Sketch, coat: Rgba, thick: float, bone: Bone) -> list[Part]:
    if not pen.chance(0.3):
        return []
    color = plain(pen.tint() if pen.chance(0.3) else darker(coat, pen.between(-0.8, 0.6)))
    patches = []
    for _ in range(int(pen.rng.integers(2, 7))):
        x, y, size = (pen.between(-0.2, 1.2), pen.between(-thick, thick), pen.between(4, 14))
        long = size * pen.between(0.6, 1.5) / 90
        patches.append(clipped(oval(bone, (x - long, y), (x + long, y), size, color)))
    return patches


def bird(rng: np.random.Generator) -> Creature:
    """Perched or flying, with one wing before and one behind the body."""
    pen = new_sketch(rng)
    coat, flight = pen.tint(), pen.tint()
    thick, tilt = pen.between(15, 32), pen.between(-0.7, 0.3)
    rump = pen.point(0, 0, name="rump")
    chest = pen.point(50 * np.cos(tilt), 50 * np.sin(tilt), rump, "chest")
    pen.limb((rump, chest), "body")
    _bird_tail(pen, rump, tilt, flight)
    _wing(pen, (rump, chest), True, thick, flight)
    _bird_legs(pen, (rump, chest), thick)
    long = pen.between(8, 20) if pen.chance(0.75) else pen.between(30, 60)
    x, y = pen.places[chest]
    skull, lean = pen.between(11, 20), pen.between(-0.1, 0.8)
    neck = pen.point(x + 6, y - thick * 0.4, chest)
    head = pen.point(x + 6 + long * np.sin(lean), y - thick * 0.4 - long * np.cos(lean), neck)
    beak = pen.point(pen.places[head][0] + skull * pen.between(1.3, 2.6),
                     pen.places[head][1] + pen.between(0, 6), head)  # fmt: skip
    pen.limb((neck, head, beak), "head")
    bill = plain(near((0.95, 0.65, 0.1, 1), pen.rng, 0.15))
    pen.paint(spike((head, beak), (0.3, 0), (1, 0), pen.between(4, 9), bill, pen.between(-4, 4)))
    pen.paint(
        oval((rump, chest), (-0.4, 0), (1.45, 0), thick, body_fill(pen, coat, thick), 0.15),
        capsule((neck, head), (thick * 0.6, skull * 0.6), plain(coat)),
        disc(head, (0, 0), skull, plain(coat)),
    )
    if pen.chance(0.25):
        crest = pen.chain(head, [(-4, -skull), (-8, -skull * 0.7)])
        pen.paint(leaf(crest[1:], (-0.6, 0), (1, 0), 5, plain(flight)))
    eye(pen, (head, beak), (0.15, -skull * 0.3), skull * pen.between(0.16, 0.36))
    _wing(pen, (rump, chest), False, thick, flight)
    return finished(pen, "bird", "bird", rump, 1.0)


def _bird_tail(pen: Sketch, rump: int, tilt: float, color: Rgba) -> None:
    length, turn = pen.between(18, 55), tilt + pen.between(-0.5, 0.4)
    root = pen.point(-12 * np.cos(tilt), -12 * np.sin(tilt), rump)
    x, y = pen.places[root]
    tip = pen.point(x - length * np.cos(turn), y - length * np.sin(turn), root)
    pen.limb((root, tip), "tail")
    for side in (-1, 0, 1) if pen.chance(0.6) else (0,):
        feather = darker(color, 0.12 * abs(side))
        pen.paint(
            leaf((root, tip), (-0.3, 0), (1, 7.0 * side), pen.between(5, 9), plain(feather), 0.3)
        )


def _wing(pen: Sketch, bone: Bone, is_far: bool, thick: float, color: Rgba) -> None:
    (ax, ay), (bx, by) = pen.places[bone[0]], pen.places[bone[1]]
    x, y = ax + 0.75 * (bx - ax), ay + 0.75 * (by - ay) - thick * 0.25
    lift = pen.between(-0.5, 2.2)
    reach = pen.between(22, 42)
    root = pen.point(x + (6 if is_far else 0), y, bone[1])
    points = pen.chain(root, [
        (-reach * np.cos(lift), -reach * np.sin(lift)),
        (-reach * np.cos(lift * 0.7), -reach * np.sin(lift * 0.7)),
    ])  # fmt: skip
    pen.limb(points, "wing", "left" if is_far else "right")
    shade = darker(color, 0.25) if is_far else color
    half = pen.between(9, 17)
    pen.paint(
        leaf(points[1:], (-0.7, 0), (1.1, 0), half, plain(darker(shade, 0.15)), 0.0, half * 0.3),
        oval(points[:2], (-0.25, 0), (1.35, 0), half, plain(shade), 0.1),
    )


def _bird_legs(pen: Sketch, bone: Bone, thick: float) -> None:
    color = plain(near((0.9, 0.6, 0.15, 1), pen.rng, 0.2))
    length = pen.between(8, 45)
    (ax, ay), (bx, by) = pen.places[bone[0]], pen.places[bone[1]]
    for is_far in (True, False):
        share = 0.55 if is_far else 0.35
        hip = pen.point(ax + share * (bx - ax), ay + share * (by - ay) + thick * 0.6, bone[0])
        points = pen.chain(hip, [(-3, thick * 0.35 + length * 0.45), (4, length * 0.55), (9, 2)])
        pen.limb(points, "leg", "left" if is_far else "right")
        pen.paint(*links(points, (2.3, 2.1, 2.1, 2.0), color))


def fish(rng: np.random.Generator) -> Creature:
    pen = new_sketch(rng)
    coat, fins = pen.tint(), pen.tint()
    thick, long = pen.between(14, 48), pen.between(70, 110)
    rump = pen.point(0, 0, name="rump")
    middle = pen.point(long * 0.35, pen.between(-3, 3), rump)
    head = pen.point(long * 0.85, 0, middle, "head")
    tail = pen.chain(rump, [(-long * 0.13, 0), (-long * pen.between(0.15, 0.3), 0)])
    pen.limb((rump, middle, head), "body")
    pen.limb(tail, "tail")
    spread, half = pen.between(10, 26), pen.between(6, 12)
    reach = pen.between(0.9, 1.4)
    lobes = [
        leaf(tail[1:], (-0.35, 0), (reach, side * spread), half, plain(fins), 0.3)
        for side in (-1, 1)
    ]
    top = pen.chain(
        middle, [(2, -thick * 0.6), (-pen.between(8, 24), -pen.between(0.5, 1) * thick)]
    )
    pen.limb(top[1:], "fin")
    pen.paint(*lobes, capsule((rump, tail[1]), (thick * 0.3, thick * 0.2), plain(coat)))
    pen.paint(leaf(top[1:], (-0.8, 0), (1.0, 0), pen.between(9, 22), plain(fins), -0.3))
    body = oval(
        (rump, head), (-0.25, 0), (1.2, 0), thick, body_fill(pen, coat, thick), pen.between(0, 0.35)
    )
    pen.paint(body, *patches(pen, coat, thick, (rump, head)))
    look = (0.85, -thick * 0.22)
    eye(pen, (rump, head), look, pen.between(3, 8))
    if pen.chance(0.6):
        gill = plain(darker(coat, 0.3))
        pen.paint(capsule((rump, head), (1, 1), gill, (0.62, -thick * 0.4), (0.62, thick * 0.4), 6))
    side = pen.chain(
        middle, [(long * 0.12, thick * 0.3), (-pen.between(14, 26), pen.between(4, 16))]
    )
    pen.limb(side[1:], "fin", "right")
    pen.paint(leaf(side[1:], (-0.2, 0), (1, 0), pen.between(5, 10), plain(darker(fins, 0.1)), 0.3))
    return finished(pen, "fish", "fish", rump, 1.0)
