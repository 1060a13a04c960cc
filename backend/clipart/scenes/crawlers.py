# SPDX-License-Identifier: Apache-2.0
"""Snakes, insects, crabs, butterflies, animals on two legs and ones that sit before us."""

from __future__ import annotations

import numpy as np

from .animals import body_fill, patches
from .faces import eye, eyes, line
from .parts import Bone, Creature, Part, Rgba, capsule, disc, leaf, links, oval, plain, spike
from .sketch import Sketch, finished, new_sketch
from .style import BLACK, darker, near


def snake(rng: np.random.Generator) -> Creature:
    """Snakes, worms and caterpillars: a bent chain with its head to the right."""
    pen = new_sketch(rng)
    count, thick = int(rng.integers(5, 9)), pen.between(5, 15)
    swing, phase = pen.between(0.0, 1.1), pen.between(0, 6)
    turns = swing * np.sin(phase + np.arange(count) * pen.between(0.6, 1.3))
    tail = pen.point(0, 0, name="tail")
    step = pen.between(16, 26)
    chain = pen.chain(tail, [(step * np.cos(turn), step * np.sin(turn)) for turn in turns])
    head = pen.chain(chain[-1], [(thick * 1.5, 0)])
    pen.limb(chain, "body")
    pen.limb(head, "head")
    coat = pen.tint()
    other = coat if pen.chance(0.4) else pen.tint()
    tip = thick * (pen.between(0.15, 0.5) if pen.chance(0.7) else 1)
    radii = np.linspace(tip, thick, count + 1)
    if pen.chance(0.7):
        pairs = zip(chain, chain[1:], range(count), strict=False)
        pen.paint(*(
            capsule((first, second), (radii[k], radii[k + 1]), plain(other if k % 2 else coat))
            for first, second, k in pairs
        ))  # fmt: skip
    else:
        for k, point in enumerate(chain):
            pen.paint(
                disc(
                    point, (0, 0), max(radii[k] * 1.3, step * 0.5), plain(other if k % 2 else coat)
                )
            )
    if pen.chance(0.4):
        red = plain(near((0.85, 0.15, 0.2, 1), rng, 0.1))
        pen.detail(capsule(head, (1, 1), red, (1.2, 0), (2.1, pen.between(-3, 3))))
    pen.paint(oval(head, (-0.6, 0), (1.4, 0), thick * pen.between(1.0, 1.4), plain(coat), -0.2))
    eye(pen, head, (0.5, -thick * 0.45), thick * pen.between(0.2, 0.4))
    return finished(pen, "snake", "snake", tail, 1.0)


def insect(rng: np.random.Generator) -> Creature:
    """Beetles, ants, spiders and crabs, from above or from the front: legs on both sides."""
    pen = new_sketch(rng)
    coat, leg = pen.tint(), pen.tint()
    long, thick = pen.between(16, 50), pen.between(14, 36)
    rump = pen.point(0, long / 2, name="rump")
    chest = pen.point(0, -long / 2, rump)
    head = pen.point(0, -long / 2 - pen.between(8, 20), chest, "head")
    pen.limb((rump, chest), "body")
    pen.limb((chest, head), "head")
    pairs = int(rng.integers(2, 5))
    reach, rise = pen.between(14, 40), pen.between(-18, 14)
    for order in range(pairs):
        height = -long / 2 + long * (order + 0.5) / pairs
        slant = (order - (pairs - 1) / 2) * pen.between(4, 10)
        for side, name in ((1, "left"), (-1, "right")):
            root = pen.point(side * thick * 0.8, height, chest if order < pairs / 2 else rump)
            points = pen.chain(
                root, [(side * reach * 0.5, rise + slant), (side * reach * 0.5, slant - rise + 6)]
            )
            pen.limb(points, "leg", "left" if name == "left" else "right", order)
            width = thick * 0.09 + 1
            pen.paint(*links(points, (width, width * 0.9, width * 0.8), plain(leg)))
    if pen.chance(0.35):
        _claws(pen, head, thick, coat)
    pen.paint(
        oval(
            (rump, chest),
            (-0.5, 0),
            (1.3, 0),
            thick,
            body_fill(pen, coat, thick),
            pen.between(-0.2, 0.2),
        ),
        *patches(pen, coat, thick, (rump, chest)),
    )
    skull = thick * pen.between(0.4, 0.75)
    for side, name in ((1, "left"), (-1, "right")) if pen.chance(0.6) else ():
        feeler = pen.chain(head, [(side * 6, -14), (side * 6, -8)])
        pen.limb(feeler, "ear", "left" if name == "left" else "right")
        pen.paint(*links(feeler, (1.1, 1.1, 1.1), plain(darker(leg, 0.3))))
    pen.paint(disc(head, (0, 0), skull, plain(darker(coat, pen.between(-0.2, 0.4)))))
    _two_eyes(pen, (head, head), skull)
    return finished(pen, "insect", "insect", rump, 0.0)


def _claws(pen: Sketch, head: int, thick: float, color: Rgba) -> None:
    for side, name in ((1, "left"), (-1, "right")):
        arm = pen.chain(head, [(side * (thick + 6), -4), (side * 8, -pen.between(12, 24))])
        pen.limb(arm, "arm", "left" if name == "left" else "right")
        pen.paint(*links(arm, (3, 3, 3), plain(color)))
        pen.paint(
            leaf(arm[1:], (0.6, 0), (2.0, 4), 6, plain(color)),
            leaf(arm[1:], (0.6, 0), (1.9, -6), 5, plain(color)),
        )


def _two_eyes(pen: Sketch, bone: Bone, radius: float) -> None:
    places = [(side * radius * 0.45, -radius * 0.1) for side in (-1, 1)]
    eyes(pen, bone, places, radius * pen.between(0.18, 0.34))


def butterfly(rng: np.random.Generator) -> Creature:
    """Butterflies, bees and dragonflies with spread wings, from above."""
    pen = new_sketch(rng)
    coat, wing, spot = pen.tint(), pen.tint(), pen.tint()
    long = pen.between(35, 60)
    rump = pen.point(0, long / 2, name="rump")
    chest = pen.point(0, -long * 0.2, rump)
    head = pen.point(0, -long / 2, chest, "head")
    pen.limb((rump, chest), "body")
    pen.limb((chest, head), "head")
    slender = pen.between(0.35, 0.9)
    upper, lower = pen.between(40, 65), pen.between(28, 50)
    slant, droop = pen.between(-0.6, 0.0), pen.between(0.4, 0.9)
    for side, name in ((1, "left"), (-1, "right")):
        for reach, turn in ((lower, droop), (upper, slant)):
            points = pen.chain(chest, [
                (side * reach * 0.5 * np.cos(turn), reach * 0.5 * np.sin(turn)),
                (side * reach * 0.5 * np.cos(turn), reach * 0.5 * np.sin(turn)),
            ])  # fmt: skip
            pen.limb(points, "wing", "left" if name == "left" else "right")
            half = reach * 0.45 * slender
            pen.paint(oval((points[0], points[2]), (0.02, 0), (1.15, 0), half, plain(wing), 0.35))
            pen.detail(oval((points[0], points[2]), (0.55, 0), (0.9, 0), half * 0.4, plain(spot)))
    pen.paint(
        capsule((rump, head), (pen.between(2, 5), pen.between(4, 8)), body_fill(pen, coat, 5))
    )
    for side in (-1, 1):
        line(pen, (head, head), ((0, -4), (side * 9, -20)), 0.9, BLACK, side * 2)
    pen.paint(disc(head, (0, 0), pen.between(5, 9), plain(coat)))
    return finished(pen, "butterfly", "insect", rump, 0.0)


def biped(rng: np.random.Generator) -> Creature:
    """Kangaroos, dinosaurs, penguins, frogs on two legs: side views, short arms, often a tail."""
    pen = new_sketch(rng)
    coat, pale = pen.tint(), pen.tint()
    thick, lean = pen.between(14, 30), pen.between(0.0, 0.9)
    long = pen.between(40, 70)
    rump = pen.point(0, 0, name="rump")
    chest = pen.point(long * np.sin(lean), -long * np.cos(lean), rump, "chest")
    pen.limb((rump, chest), "body")
    width = thick * pen.between(0.3, 0.5)
    legs = {far: _biped_leg(pen, rump, far, thick, (width, coat)) for far in (True, False)}
    arms = {far: _biped_arm(pen, chest, far, thick, coat) for far in (True, False)}
    pen.paint(*legs[True])
    pen.paint(*arms[True])
    if pen.chance(0.8):
        count = 3
        turn, reach = pen.between(-0.6, 0.4), pen.between(12, 28)
        tail = pen.chain(rump, [(-reach, reach * (turn + 0.25 * k)) for k in range(count)])
        pen.limb(tail, "tail")
        radii = [thick * share for share in (0.75, 0.53, 0.31, 0.11)]
        pen.paint(*links(tail, radii, plain(coat)))
    pen.paint(*legs[False]) if pen.chance(0.4) else None
    trunk = capsule((rump, chest), (thick, thick * pen.between(0.6, 0.9)), plain(coat))
    belly = oval((rump, chest), (-0.1, thick * 0.55), (1.0, thick * 0.4), thick * 0.5, plain(pale))
    pen.paint(trunk, *([belly] if pen.chance(0.5) else []))
    pen.paint(*legs[False])
    x, y = pen.places[chest]
    neck = pen.between(8, 40)
    skull, snout = pen.between(10, 20), pen.between(8, 26)
    top = pen.point(x + neck * 0.3, y - neck, chest)
    nose = pen.point(x + neck * 0.3 + snout, y - neck + pen.between(-2, 6), top)
    pen.limb((chest, top, nose), "head")
    pen.paint(
        capsule((chest, top), (thick * 0.6, skull * 0.7), plain(coat)),
        disc(top, (0, 0), skull, plain(coat)),
        capsule((top, nose), (skull * 0.7, skull * pen.between(0.3, 0.6)), plain(coat)),
    )
    if pen.chance(0.5):
        ear = pen.chain(top, [(-4, -skull * 0.6), (-6, -pen.between(8, 30))])
        pen.limb(ear[1:], "ear")
        pen.paint(leaf(ear[1:], (-0.3, 0), (1, 0), 5, plain(darker(coat, 0.15))))
    eye(pen, (top, nose), (0.1, -skull * 0.4), skull * pen.between(0.15, 0.3))
    pen.paint(*arms[False])
    return finished(pen, "biped", "biped", rump, 1.0)


def _biped_leg(
    pen: Sketch, rump: int, far: bool, thick: float, look: tuple[float, Rgba]
) -> list[Part]:
    width, coat = look
    reach = pen.between(14, 32)
    shift = 8 if far else -3
    points = pen.chain(
        rump,
        [(shift + reach * 0.5, reach * 0.6 + thick * 0.4), (-reach * 0.5, reach * 0.7), (14, 3)],
    )
    pen.limb(points, "leg", "left" if far else "right")
    fill = plain(darker(coat, 0.25) if far else coat)
    return [
        capsule(points[:2], (width * 1.8, width), fill),
        capsule(points[1:3], (width, width * 0.7), fill),
        capsule(points[2:], (width * 0.7, width * 0.6), fill),
    ]


def _biped_arm(pen: Sketch, chest: int, far: bool, thick: float, coat: Rgba) -> list[Part]:
    reach = pen.between(8, 20)
    points = pen.chain(
        chest,
        [(6 + (4 if far else 0), thick * 0.5), (reach * 0.4, reach), (reach * 0.7, -reach * 0.2)],
    )
    pen.limb(points[1:], "arm", "left" if far else "right")
    fill = plain(darker(coat, 0.25) if far else coat)
    return links(points[1:], (thick * 0.18, thick * 0.16, thick * 0.15), fill)


def sitter(rng: np.random.Generator) -> Creature:
    """Cats, bears, owls, rabbits sitting before us: a big head, front legs, ears."""
    pen = new_sketch(rng)
    coat, pale = pen.tint(), pen.tint()
    thick, tall = pen.between(22, 36), pen.between(30, 55)
    skull = pen.between(22, 36)
    rump = pen.point(0, 0, name="rump")
    chest = pen.point(pen.between(-4, 4), -tall, rump, "chest")
    head = pen.point(pen.between(-6, 6), -tall - skull * 0.9, chest, "head")
    pen.limb((rump, chest), "body")
    pen.limb((chest, head), "head")
    if pen.chance(0.6):
        side = float(rng.choice([-1, 1]))
        tail = pen.chain(
            rump,
            [(side * thick, 4), (side * pen.between(6, 20), -pen.between(0, 24)), (side * 4, -14)],
        )
        pen.limb(tail[1:], "tail")
        pen.paint(*links(tail, (5, 5, 5, 4.5), plain(darker(coat, 0.1))))
    for side, name in ((1, "left"), (-1, "right")):
        foot = pen.chain(rump, [(side * thick * 0.8, 4), (side * 8, 8)])
        pen.limb(foot, "leg", "left" if name == "left" else "right", 1)
        pen.paint(oval(foot[1:], (-0.9, 0), (1.4, 0), 8, plain(coat)))
    body = capsule((rump, chest), (thick, thick * 0.75), body_fill(pen, coat, thick))
    patch = oval((rump, chest), (-0.2, 0), (0.95, 0), thick * 0.6, plain(pale))
    pen.paint(body, *([patch] if pen.chance(0.5) else []))
    for side, name in ((1, "left"), (-1, "right")):
        arm = pen.chain(chest, [(side * thick * 0.45, 6), (side * 2, tall * 0.55), (0, tall * 0.5)])
        pen.limb(arm[1:], "leg", "left" if name == "left" else "right", 0)
        pen.paint(*links(arm[1:], (6, 5.7, 5.5), plain(coat)))
    _sitter_ears(pen, head, skull, coat)
    pen.paint(oval((head, head), (-skull * 1.1, 0), (skull * 1.1, 0), skull * 0.95, plain(coat)))
    muzzle = plain(darker(coat, -0.4))
    pen.detail(oval((head, head), (-9, skull * 0.4), (9, skull * 0.4), 7, muzzle))
    _two_eyes(pen, (head, head), skull)
    pen.paint(
        oval((head, head), (-3.5, skull * 0.28), (3.5, skull * 0.28), 2.4, plain(darker(coat, 0.8)))
    )
    return finished(pen, "sitter", "quadruped", rump, 0.0)


def _sitter_ears(pen: Sketch, head: int, skull: float, coat: Rgba) -> None:
    reach, lean = pen.between(8, 40), pen.between(0.1, 1.2)
    form = spike if pen.chance(0.5) else oval
    for side, name in ((1, "left"), (-1, "right")):
        root = pen.chain(head, [(side * skull * 0.65, -skull * 0.6)])[1]
        ear = pen.chain(root, [(side * reach * np.sin(lean), -reach * np.cos(lean))])
        pen.limb(ear, "ear", "left" if name == "left" else "right")
        pen.paint(form(ear, (-0.5, 0), (1.0, 0), skull * 0.35, plain(darker(coat, 0.1))))
