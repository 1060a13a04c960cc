# SPDX-License-Identifier: Apache-2.0
"""A drawn figure that waves, made by hand: two layers, a ring with a hole, gradients, 24 frames.

Each shape and each vertex goes rigidly with one bone, so that where things are is a closed form.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kinora.shared.results import CANVAS, Media, Paint, VectorClip, VectorLayer, VectorShape

Floats = NDArray[np.float64]
FRAMES = 24
LAYERS = ("Body", "Arm")
NAMES = ("hips", "neck", "head", "elbow", "wrist", "left_foot", "right_foot")
REST = np.array(
    [(128, 150), (128, 84), (128, 40), (168, 100), (200, 76), (108, 244), (148, 244)], np.float64
)
BONES = np.array([(0, 1), (1, 2), (1, 3), (3, 4), (0, 5), (0, 6)], np.int32)
PARENTS = np.array([-1, 0, 0, 2, -1, -1], np.int32)
BOX = np.array([48, 0, 208, 256], np.float32)
CURVE = 0.5523


@dataclass(frozen=True)
class Piece:
    """A shape at rest, the layer that it lies in and the bone that it goes with."""

    name: str
    layer: int
    bone: int
    paint: Paint
    contours: tuple[Floats, ...]


def figure(frames: int = FRAMES) -> VectorClip:
    """The clip; with one frame it is the drawing at rest."""
    tracks = keypoints(frames) if frames > 1 else REST[None]
    maps = np.stack([bone_maps(places) for places in tracks])
    still = bone_maps(REST)[None]
    shapes = tuple(_shape(piece, maps[:, piece.bone]) for piece in pieces())
    at_rest = tuple(_shape(piece, still[:, piece.bone]) for piece in pieces())
    pictures = [paint(tuple(s for s in at_rest if s.layer == n), 0, 192) for n in (0, 1)]
    sheets = [_layer(number, name, pictures[number]) for number, name in enumerate(LAYERS)]
    return VectorClip(
        name="Waving figure",
        fps=12.0,
        box=BOX,
        shapes=shapes,
        layers=tuple(sheets),
        keypoint_names=NAMES,
        rest_keypoints=REST.astype(np.float32),
        keypoints=tracks.astype(np.float32),
        bones=BONES,
        parents=PARENTS,
        is_person=False,
        is_cyclic=frames > 1,
        notes=("The figure waves.",),
    )


def keypoints(frames: int) -> Floats:
    """(T, K, 2): the figure bobs and sways, its forearm swings and grows longer and shorter."""
    phase = np.linspace(0, 2 * np.pi, frames, endpoint=False)
    found = np.repeat(REST[None], frames, axis=0)
    found[:, :5, 1] += 5 * np.cos(2 * phase)[:, None]
    for first, through, swing in ((0, (1, 2, 3, 4), 0.12), (1, (3, 4), 0.25), (3, (4,), 0.7)):
        turn = _rotation(swing * np.sin(phase))
        for number in through:
            arm = found[:, number] - found[:, first]
            found[:, number] = found[:, first] + np.einsum("tij,tj->ti", turn, arm)
    stretch = (1 + 0.2 * np.sin(phase))[:, None]
    found[:, 4] = found[:, 3] + stretch * (found[:, 4] - found[:, 3])
    return found


def bone_maps(places: Floats) -> Floats:
    """(B, 2, 3) what takes the rest to keypoints (K, 2): a turn, and a stretch along the bone."""
    maps = []
    for first, last in BONES:
        was, now = REST[last] - REST[first], places[last] - places[first]
        along, further = was / np.linalg.norm(was), now / np.linalg.norm(was)
        across = np.array([-now[1], now[0]]) / np.linalg.norm(now)
        turn = np.outer(further, along) + np.outer(across, [-along[1], along[0]])
        maps.append(np.column_stack([turn, places[first] - turn @ REST[first]]))
    return np.array(maps)


def moved(maps: Floats, points: Floats) -> Floats:
    """Points (..., 2) by one affine map (2, 3)."""
    return points @ maps[:, :2].T + maps[:, 2]


def pieces() -> tuple[Piece, ...]:
    return (
        Piece("Left leg", 0, 4, _solid(40, 60, 110), (_limb(REST[0], REST[5], 11),)),
        Piece("Right leg", 0, 5, _solid(40, 60, 110), (_limb(REST[0], REST[6], 11),)),
        Piece(
            "Torso",
            0,
            0,
            _gradient("linear", ((220, 60, 50), (250, 190, 60)), [[0, -84, 128], [84, 0, 76]]),
            (_limb((128, 90), (128, 148), 25),),
        ),
        Piece(
            "Ring",
            0,
            0,
            _solid(255, 255, 255),
            (_ellipse((128, 112), 14, 14), _ellipse((128, 112), 7, 7)),
        ),
        Piece(
            "Head",
            0,
            1,
            _gradient(
                "radial",
                ((255, 230, 200), (235, 180, 140), (180, 110, 80)),
                [[34, 0, 120], [0, 34, 34]],
            ),
            (_ellipse((128, 44), 24, 28),),
        ),
        Piece(
            "Eyes", 0, 1, _solid(30, 30, 30), (_ellipse((119, 42), 3, 4), _ellipse((137, 42), 3, 4))
        ),
        Piece("Arm", 1, 2, _solid(220, 60, 50), (_limb(REST[1] + (6, 10), REST[3], 9),)),
        Piece("Hand", 1, 3, _solid(240, 190, 150, 200), (_limb(REST[3], REST[4], 8),)),
    )


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A file of (H, W, 4) RGBA, without a library."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def paint(shapes: tuple[VectorShape, ...], frame: int, pixels: int) -> NDArray[np.uint8]:
    """(pixels, pixels, 4) straight alpha: shapes in one of their frames on the canvas square."""
    fine = 2 * pixels
    y, x = (np.mgrid[:fine, :fine] + 0.5) * (CANVAS / fine)
    spot = np.stack([x, y], axis=-1)
    seen = np.zeros((fine, fine, 4))
    for shape in shapes:
        color = _color(shape, frame, spot)
        contours = np.split(shape.points[frame].astype(np.float64), shape.starts[1:])
        alpha = _inside(contours, spot)[..., None] * color[..., 3:]
        over = np.concatenate([color[..., :3] * alpha, alpha], axis=-1)
        seen = over + seen * (1 - alpha)
    seen = seen.reshape(pixels, 2, pixels, 2, 4).mean((1, 3))
    seen[..., :3] /= np.maximum(seen[..., 3:], 1e-9)
    return np.asarray(np.rint(255 * seen.clip(0, 1)), np.uint8)


def _shape(piece: Piece, maps: Floats) -> VectorShape:
    points = np.concatenate(piece.contours)
    starts = np.cumsum([0, *(len(contour) for contour in piece.contours[:-1])])
    frame = np.vstack([piece.paint.frame, [0, 0, 1]])
    turned = maps @ frame
    is_gradient = piece.paint.kind != "solid"
    return VectorShape(
        piece.name,
        piece.layer,
        piece.paint,
        True,
        starts.astype(np.int32),
        np.stack([moved(each, points) for each in maps]).astype(np.float32),
        turned.astype(np.float32) if is_gradient else np.zeros((0, 2, 3), np.float32),
    )


def _layer(number: int, name: str, picture: NDArray[np.uint8]) -> VectorLayer:
    """A sheet of squares, each square's corners held by the bone that its shape goes with."""
    vertices: list[Floats] = []
    triangles: list[NDArray[np.int32]] = []
    held: list[int] = []
    for piece in pieces():
        if piece.layer == number and piece.name != "Ring":
            points = np.concatenate(piece.contours)
            low, high = points.min(0) - 2, points.max(0) + 2
            square = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
            triangles.append(len(held) + np.array([(0, 1, 2), (0, 2, 3)], np.int32))
            vertices.append(square)
            held += [piece.bone] * 4
    indices = np.zeros((len(held), 4), np.int32)
    indices[:, 0] = held
    weights = np.zeros((len(held), 4), np.float32)
    weights[:, 0] = 1
    return VectorLayer(
        name,
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(triangles),
        indices,
        weights,
        Media.of(f"{name}.png", png(picture)),
    )


def _rotation(angles: Floats) -> Floats:
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)


def _solid(red: int, green: int, blue: int, alpha: int = 255) -> Paint:
    color = np.float32([[red, green, blue, alpha]]) / 255
    return Paint("solid", color, np.float32([0]), np.eye(2, 3, dtype=np.float32))


def _gradient(kind, colors, frame) -> Paint:
    whole = np.array([(*color, 255) for color in colors], np.float32) / 255
    stops = np.linspace(0, 1, len(colors), dtype=np.float32)
    return Paint(kind, whole, stops, np.asarray(frame, np.float32))


def _ellipse(center, width: float, height: float) -> Floats:
    corners = [np.array(each, np.float64) for each in ((1, 0), (0, 1), (-1, 0), (0, -1), (1, 0))]
    chain = [corners[0]]
    for first, second in pairwise(corners):
        chain += [first + CURVE * second, second + CURVE * first, second]
    return np.array(center, np.float64) + np.array(chain) * (width, height)


def _limb(start, end, radius: float) -> Floats:
    """A capsule round the line from `start` to `end`."""
    start, end = np.array(start, np.float64), np.array(end, np.float64)
    along = (end - start) / np.linalg.norm(end - start) * radius
    across = np.array([-along[1], along[0]])
    k = CURVE
    chain = [start + across]
    for center, first, second in (
        (end, across, along),
        (end, along, -across),
        (start, -across, -along),
        (start, -along, across),
    ):
        here = center + first
        if not np.allclose(chain[-1], here):
            step = (here - chain[-1]) / 3
            chain += [chain[-1] + step, here - step, here]
        chain += [here + k * second, center + second + k * first, center + second]
    return np.array(chain)


def _inside(contours: list[Floats], spot: Floats) -> NDArray[np.bool_]:
    """Even-odd, by counting the crossings of a ray to the right."""
    count = np.zeros(spot.shape[:2], np.int32)
    for contour in contours:
        line = _flat(contour)
        for (x0, y0), (x1, y1) in zip(line, np.roll(line, -1, 0), strict=True):
            if y0 == y1:
                continue
            between = (spot[..., 1] >= min(y0, y1)) & (spot[..., 1] < max(y0, y1))
            cut = x0 + (spot[..., 1] - y0) * (x1 - x0) / (y1 - y0)
            count += between & (cut > spot[..., 0])
    return count % 2 == 1


def _flat(contour: Floats, steps: int = 8) -> Floats:
    t = np.arange(steps)[:, None] / steps
    a, b, c, d = (contour[n::3][: len(contour) // 3, None] for n in (0, 1, 2, 3))
    curve = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
    return curve.reshape(-1, 2)


def _color(shape: VectorShape, frame: int, spot: Floats) -> Floats:
    paint = shape.paint
    if paint.kind == "solid":
        return np.broadcast_to(paint.colors[0], (*spot.shape[:2], 4))
    inverse = np.linalg.inv(np.vstack([shape.paint_frames[frame], [0, 0, 1]]))
    unit = moved(inverse[:2], spot)
    at = unit[..., 0] if paint.kind == "linear" else np.linalg.norm(unit, axis=-1)
    return np.stack([np.interp(at, paint.stops, paint.colors[:, n]) for n in range(4)], -1)
