# SPDX-License-Identifier: Apache-2.0
"""Plants, vehicles, toys and tools."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .animals import body_fill
from .faces import eyes
from .parts import Bone, Creature, Rgba, capsule, disc, dome, leaf, links, oval, plain, plate, spike
from .sketch import Sketch, finished, new_sketch
from .style import BLACK, color, darker, near


def plant(rng: np.random.Generator) -> Creature:
    """Flowers, grasses, cactuses and trees, perhaps in a pot."""
    pen = new_sketch(rng)
    green = color(pen.between(0.2, 0.45), pen.between(0.4, 0.9), pen.between(0.35, 0.85))
    tall, lean = pen.between(70, 130), pen.between(-12, 12)
    is_tree = pen.chance(0.4)
    foot = pen.point(0, 0, name="foot")
    stem = pen.chain(foot, [(lean * k / 3, -tall / 3) for k in (0, 1, 2)])
    pen.limb(stem, "stem")
    wood = color(0.08, 0.55, pen.between(0.3, 0.6)) if is_tree else darker(green, 0.15)
    width = pen.between(5, 11) if is_tree else pen.between(1.5, 5)
    pen.paint(*links(stem, [width * share for share in (1, 0.85, 0.7, 0.55)], plain(wood)))
    for number in range(int(rng.integers(1, 5)) if not is_tree else int(rng.integers(0, 3))):
        side = 1 if number % 2 else -1
        start = stem[1 + number // 2 % 2]
        reach, turn = pen.between(18, 42), pen.between(-0.9, 0.5)
        points = pen.chain(start, [(side * reach * np.cos(turn), reach * np.sin(turn))])
        pen.limb(points, "leaf", "right" if side < 0 else "left")
        pen.paint(
            leaf(
                points,
                (0, 0),
                (1, 0),
                pen.between(4, 11),
                plain(near(green, rng)),
                0.1,
                pen.between(-4, 4),
            )
        )
    if is_tree:
        _crown(pen, stem[-1], green)
    else:
        _blossom(pen, stem[-1])
    if pen.chance(0.5) and not is_tree:
        pot = plain(pen.tint() if pen.chance(0.5) else (0.75, 0.38, 0.22, 1.0))
        half, deep = pen.between(14, 26), pen.between(22, 36)
        pen.paint(
            plate((foot, foot), (0, 0), (0, deep), (half, half * 0.85, half * 0.65), pot, 1.5)
        )
        pen.paint(plate((foot, foot), (0, -3), (0, 5), (half * 1.15,) * 3, pot, 1))
    return finished(pen, "plant", "plant", foot, 0.0)


def _crown(pen: Sketch, top: int, green: tuple[float, float, float, float]) -> None:
    size = pen.between(24, 42)
    if pen.chance(0.3):
        for k in (0, 1, 2):
            base = 16 - 24 * k
            pen.paint(
                spike(
                    (top, top),
                    (0, base + 14),
                    (0, base - size),
                    size * (1.1 - 0.25 * k),
                    plain(green),
                )
            )
        return
    places = [
        (pen.between(-size, size) * 0.7, pen.between(-size, size * 0.4) * 0.7) for _ in range(5)
    ]
    pen.paint(*(disc(top, place, size * pen.between(0.5, 0.8), plain(green)) for place in places))
    fruit = plain(pen.tint())
    for place in places if pen.chance(0.3) else ():
        pen.paint(disc(top, place, size * 0.12, fruit))


def _blossom(pen: Sketch, top: int) -> None:
    petals, count, size = (plain(pen.tint()), int(pen.rng.integers(4, 11)), pen.between(12, 24))
    kind = pen.rng.random()
    if kind < 0.15:
        return
    if kind < 0.35:
        for side in (-0.35, 0.35, 0.0):
            pen.paint(
                leaf(
                    (top, top),
                    (side * size * 0.5, 4),
                    (side * size * 1.6, -size * 1.8),
                    size * 0.5,
                    petals,
                )
            )
        return
    spokes = [(np.cos(turn), np.sin(turn)) for turn in np.arange(count) * 2 * np.pi / count]
    far = size * 1.4
    pen.paint(
        *(
            oval((top, top), (4 * x, 4 * y), (far * x, far * y), size * 0.38, petals, 0.2)
            for x, y in spokes
        )
    )
    pen.paint(disc(top, (0, 0), size * 0.5, plain(near((0.95, 0.75, 0.15, 1), pen.rng, 0.15))))
    if pen.chance(0.25):
        eyes(pen, (top, top), [(-0.2 * size, 0.0), (0.2 * size, 0.0)], size * 0.09)


def vehicle(rng: np.random.Generator) -> Creature:
    """Cars, buses, trains, tractors; each wheel turns with its rim's point."""
    pen = new_sketch(rng)
    long, tall, wheel = pen.between(90, 140), pen.between(20, 40), pen.between(10, 20)
    rear = pen.point(-long * 0.4, 0, name="rear")
    front = pen.point(long * 0.4, 0, rear, "front")
    pen.limb((rear, front), "body")
    coat = pen.tint()
    _bodywork(pen, (rear, front), tall, coat)
    pen.detail(disc(front, (long * 0.07, -5), 4, plain((1.0, 0.9, 0.5, 1))))
    tire, rim = plain(BLACK if pen.chance(0.6) else darker(coat, 0.7)), plain(pen.tint())
    for order, (x, joint) in enumerate(((long * 0.28, front), (-long * 0.28, rear))):
        hub = pen.point(x, tall * 0.45, joint)
        edge = pen.point(x, tall * 0.45 + wheel, hub)
        pen.limb((hub, edge), "wheel", "", order)
        pen.paint(oval((hub, edge), (-1, 0), (1, 0), wheel, tire))
        pen.detail(oval((hub, edge), (-0.55, 0), (0.55, 0), wheel * 0.55, rim))
        pen.detail(capsule((hub, edge), (1.2, 1.2), tire, (-0.5, 0), (0.5, 0)))
        pen.detail(capsule((hub, edge), (1.2, 1.2), tire, (0, -0.5 * wheel), (0, 0.5 * wheel)))
    return finished(pen, "vehicle", "vehicle", rear, 1.0)


def _bodywork(pen: Sketch, body: Bone, tall: float, coat: Rgba) -> None:
    """Cabin, windows, hood, perhaps a chimney."""
    glass = plain(near((0.7, 0.87, 0.95, 1), pen.rng, 0.08))
    cabin, middle = pen.between(0.3, 0.9), pen.between(0.2, 0.5)
    back, front = middle - cabin / 2, middle + cabin / 2
    roof = (tall * 0.7, tall * 0.8, tall * pen.between(0.4, 0.8))
    pen.paint(plate(body, (back, -tall * 0.9), (front, -tall * 0.9), roof, plain(coat), 3))
    for k in range(int(pen.rng.integers(1, 4))):
        x, half = back + cabin * (k + 0.5) / 3, cabin * 0.13
        pen.detail(plate(body, (x - half, -tall), (x + half, -tall), (tall * 0.35,) * 3, glass, 2))
    halves = (tall * 0.55, tall * 0.55, tall * pen.between(0.35, 0.6))
    pen.paint(plate(body, (-0.15, -4), (1.15, -4), halves, body_fill(pen, coat, tall * 0.5), 4))
    if pen.chance(0.3):
        foot, top = (1.0, -tall * 0.4), (1.0, -tall * 1.5)
        pen.paint(plate(body, foot, top, (4, 4, 7), plain(darker(coat, 0.4)), 1))


def boat(rng: np.random.Generator) -> Creature:
    """Sailing boats, rockets and balloons: a body and what stands or hangs on it."""
    pen = new_sketch(rng)
    coat, sail = plain(pen.tint()), plain(pen.tint())
    kind = pen.rng.random()
    base = pen.point(0, 0, name="base")
    top = pen.point(pen.between(-6, 6), -pen.between(60, 100), base, "top")
    pen.limb((base, top), "stem" if kind < 0.45 else "body")
    bone, upright = (base, top), (base, base)
    if kind < 0.45:
        half = pen.between(35, 60)
        pen.paint(capsule(bone, (1.8, 1.8), plain((0.45, 0.3, 0.2, 1))))
        for side in (-1, 1):
            pen.paint(spike(bone, (0.2, side * half * 0.42), (0.98, side * 3), half * 0.36, sail))
        pen.paint(
            plate(
                upright, (0, 0), (0, pen.between(16, 26)), (half, half * 0.85, half * 0.55), coat, 2
            )
        )
    elif kind < 0.75:
        half = pen.between(14, 26)
        for side, name in ((1, "left"), (-1, "right")):
            fin = pen.chain(base, [(side * half * 0.7, -4), (side * 16, 14)])
            pen.limb(fin[1:], "fin", "left" if name == "left" else "right")
            pen.paint(spike(fin[1:], (-0.3, 0), (1.1, 0), 14, sail))
        flame = plain(near((1.0, 0.6, 0.1, 1), rng, 0.05))
        pen.paint(leaf(upright, (0, -6), (0, pen.between(18, 40)), half * 0.5, flame))
        pen.paint(oval(bone, (-0.1, 0), (1.1, 0), half, coat, -0.2))
        pen.paint(disc(base, (0, -40), half * 0.42, plain((0.7, 0.9, 1.0, 1))))
    else:
        half = pen.between(26, 40)
        pen.paint(
            *(
                capsule(bone, (0.8, 0.8), plain(BLACK), (0, side * 8), (0.7, side * half * 0.8))
                for side in (-1, 1)
            )
        )
        pen.paint(oval(bone, (0.45, 0), (1.5, 0), half, body_fill(pen, coat.first, half), 0.15))
        pen.paint(plate(upright, (0, -4), (0, 16), (11, 11, 9), sail, 2))
    return finished(pen, "boat", "thing", base, 0.0)


def toy(rng: np.random.Generator) -> Creature:
    """Balls, kites, balloons, bells, stars, blocks: one piece and perhaps a string."""
    pen = new_sketch(rng)
    coat, size = pen.tint(), pen.between(30, 50)
    low = pen.point(0, size, name="low")
    high = pen.point(pen.between(-8, 8), -size, low, "high")
    pen.limb((low, high), "body")
    _TOYS[int(rng.integers(len(_TOYS)))](pen, (low, high), size, coat)
    if pen.chance(0.35):
        eyes(pen, (low, high), [(0.58, -0.28 * size), (0.58, 0.28 * size)], size * 0.1)
    return finished(pen, "toy", "thing", low, 0.0)


def _ball(pen: Sketch, bone: Bone, size: float, coat: Rgba) -> None:
    pen.paint(oval(bone, (0, 0), (1, 0), size, body_fill(pen, coat, size)))


def _block(pen: Sketch, bone: Bone, size: float, coat: Rgba) -> None:
    fill = body_fill(pen, coat, size)
    pen.paint(plate(bone, (0.05, 0), (0.95, 0), (size * 0.8,) * 3, fill, 4))


def _kite(pen: Sketch, bone: Bone, size: float, coat: Rgba) -> None:
    ribbon = plain(pen.tint())
    for point in _string(pen, bone[0])[1:]:
        pen.paint(leaf((point, point), (-8, 0), (8, 0), 4, ribbon))
    half = size * pen.between(0.6, 0.9)
    pen.paint(leaf(bone, (-0.05, 0), (1.05, 0), half, plain(coat), 0.3))
    pen.detail(capsule(bone, (1, 1), plain(darker(coat, 0.4))))


def _balloon(pen: Sketch, bone: Bone, size: float, coat: Rgba) -> None:
    _string(pen, bone[0])
    half = size * pen.between(0.75, 1)
    pen.paint(oval(bone, (0, 0), (1, 0), half, body_fill(pen, coat, size), 0.15))
    pen.paint(spike(bone, (-0.04, 0), (0.06, 0), 5, plain(coat)))


def _string(pen: Sketch, low: int) -> tuple[int, ...]:
    tail = pen.chain(low, [(pen.between(-10, 10), pen.between(14, 26)) for _ in range(3)])
    pen.limb(tail, "tail")
    pen.paint(*links(tail, (1, 1, 1, 1), plain(darker(pen.tint(), 0.4))))
    return tail


def _bell(pen: Sketch, bone: Bone, size: float, coat: Rgba) -> None:
    pen.paint(disc(bone[0], (0, 0), size * 0.22, plain(pen.tint())))
    half = size * pen.between(0.7, 1)
    pen.paint(dome(bone, (0.0, 0), (1.05, 0), half, body_fill(pen, coat, size), 2))


def _star(pen: Sketch, bone: Bone, size: float, coat: Rgba) -> None:
    count = int(pen.rng.integers(5, 9))
    rays = []
    for turn in np.arange(count) * 2 * np.pi / count:
        x, y = np.cos(turn), np.sin(turn)
        start, tip = (0.5 + 0.2 * x, 0.4 * size * y), (0.5 + 0.62 * x, 1.24 * size * y)
        rays.append(spike(bone, start, tip, size * 0.36, plain(coat)))
    pen.paint(*rays, oval(bone, (0.2, 0), (0.8, 0), size * 0.6, plain(coat)))


_TOYS: tuple[Callable[[Sketch, Bone, float, Rgba], None], ...] = (
    _ball, _block, _kite, _balloon, _bell, _star,
)  # fmt: skip


def tool(rng: np.random.Generator) -> Creature:
    """Hammers, brushes, keys, cups, lamps, bottles: a handle and a head."""
    pen = new_sketch(rng)
    coat, other = plain(pen.tint()), plain(pen.tint())
    long, turn = pen.between(60, 120), pen.between(-0.7, 0.7)
    low = pen.point(0, 0, name="low")
    high = pen.point(long * np.sin(turn), -long * np.cos(turn), low, "high")
    pen.limb((low, high), "body")
    bone, kind = (low, high), int(rng.integers(6))
    thin = pen.between(3, 7)
    if kind in (0, 1, 2):
        pen.paint(capsule(bone, (thin, thin * pen.between(0.7, 1)), coat))
    if kind == 0:
        half = pen.between(16, 32)
        pen.paint(plate(bone, (0.85, -half), (0.85, half), (9, 8, pen.between(3, 12)), other, 2))
    elif kind == 1:
        pen.paint(
            plate(
                bone,
                (0.75, 0),
                (1.15, 0),
                (thin * 1.5, thin * 2.2, thin * pen.between(1, 3.5)),
                other,
                2,
            )
        )
    elif kind == 2:
        pen.paint(oval(bone, (0.8, 0), (1.3, 0), pen.between(10, 22), other))
    elif kind == 3:
        half = long * pen.between(0.25, 0.4)
        pen.paint(capsule(bone, (3, 3), coat, (0.25, -half), (0.8, -half), 16))
        pen.paint(plate(bone, (0.05, 0), (0.98, 0), (half * 0.8, half, half), coat, 2))
    elif kind == 4:
        half = long * pen.between(0.2, 0.3)
        pen.paint(plate(bone, (0.0, 0), (1.2, 0), (half * 0.3,) * 3, other, 2))
        pen.paint(plate(bone, (0.0, 0), (0.75, 0), (half, half, half * 0.6), coat, 5))
    else:
        pen.paint(capsule(bone, (thin * 0.6,) * 2, coat))
        pen.paint(plate(bone, (-0.04, 0), (0.04, 0), (20, 16, 10), coat, 1))
        pen.paint(plate(bone, (0.75, 0), (1.2, 0), (32, 24, 14), other, 2))
    return finished(pen, "tool", "thing", low, 0.0)
