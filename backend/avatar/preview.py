# SPDX-License-Identifier: Apache-2.0
"""The pictures that a job leaves: the character doing the motion, and a turntable sheet."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...shared.results import Character
from ...shared.skeleton import INDEX
from ..kit.video import write_mp4
from .actor import Actor
from .camera import FIELD_OF_VIEW, Shot, distance_for, facing, follow
from .lights import Recipe
from .studio import draw, fit_textures

Report = Callable[[float], None]
Picture = NDArray[np.uint8]

VIEWS = (0.0, 40.0, 90.0, 180.0)  # degrees around the body: front, three quarters, side, back


@dataclass(frozen=True)
class Look:
    """How large and how fast a preview is: pixels, frames a second."""

    width: int
    height: int
    fps: float
    tile: tuple[int, int]
    """Width and height of one view of the sheet."""


LOOKS = {
    "draft": Look(384, 512, 15, (300, 480)),
    "standard": Look(576, 768, 24, (420, 672)),
    "quality": Look(864, 1152, 30, (600, 960)),
}
"""By preset."""
LONGEST_SECONDS = 10.0
RECIPE = Recipe()


def preview_video(character: Character, actor: Actor, look: Look, report: Report) -> bytes:
    """An MP4 of the motion in real time, at most LONGEST_SECONDS; a still when there is none.

    `report(fraction)` is called before each picture, and may raise to stop.
    """
    return write_mp4(_frames(character, actor, look, report), look.fps)


def _frames(character: Character, actor: Actor, look: Look, report: Report) -> Iterator[Picture]:
    motion = character.motion
    if motion is None:
        report(0.0)
        yield _still(actor, 0, _whole_body(actor, 0, 0.0), (look.width, look.height))
        return
    shots = follow(motion, character.height_m, look.width / look.height, _side(motion.joints[0]))
    textures = fit_textures(actor, _fineness(shots[0], look.height))
    seconds = min(len(shots) / motion.fps, LONGEST_SECONDS)
    count = max(1, round(seconds * look.fps))
    for step in range(count):
        report(step / count)
        frame = min(round(step / look.fps * motion.fps), len(shots) - 1)
        camera = shots[frame].camera(look.width, look.height, actor.vertices.device.type)
        yield draw(actor, frame, camera, textures, RECIPE).cpu().numpy()


def preview_sheet(character: Character, actor: Actor, look: Look, report: Report) -> bytes:
    """A PNG: the body's four sides in the motion's most telling pose, and the face close up."""
    frame, front, head = 0, 0.0, None
    if character.motion is not None:
        frame = telling_frame(character.motion.joints)
        front = facing(character.motion.joints[frame])
        head = character.motion.joints[frame, INDEX["head"]]
    body = _whole_body(actor, frame, 0.0)
    angles = [front + math.radians(view) for view in VIEWS]
    shots = [Shot(body.target, angle, body.elevation, body.distance) for angle in angles]
    shots.append(_portrait(character, head, front))
    tiles = []
    for number, shot in enumerate(shots):
        report(number / len(shots))
        tiles.append(_still(actor, frame, shot, look.tile))
    data = io.BytesIO()
    Image.fromarray(np.concatenate(tiles, axis=1)).save(data, "PNG", compress_level=6)
    return data.getvalue()


def telling_frame(joints: NDArray[np.floating]) -> int:
    """The frame whose pose is farthest from standing around: joints apart from their mean place."""
    poses = joints - joints[:, :1]
    return int(np.linalg.norm(poses - poses.mean(0), axis=2).sum(1).argmax())


def _side(joints: NDArray[np.floating]) -> float:
    """A little to the side of the front: depth of a stride and width of a wave both show."""
    return facing(joints) + math.radians(28)


def _still(actor: Actor, frame: int, shot: Shot, size: tuple[int, int]) -> Picture:
    camera = shot.camera(*size, actor.vertices.device.type)
    textures = fit_textures(actor, _fineness(shot, size[1]))
    return draw(actor, frame, camera, textures, RECIPE).cpu().numpy()


def _fineness(shot: Shot, height: int) -> float:
    """Drawn pixels for a metre at the target."""
    return RECIPE.samples * height / (2 * shot.distance * math.tan(FIELD_OF_VIEW / 2))


def _whole_body(actor: Actor, frame: int, azimuth: float) -> Shot:
    """All of the body from any side."""
    places, _ = actor.posed(frame)
    low, high = places.amin(0).tolist(), places.amax(0).tolist()
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    reach = math.hypot(high[0] - low[0], high[1] - low[1]) / 2
    half = (high[2] - low[2]) / 2
    distance = distance_for(reach + 0.02, half * 1.1, 5 / 8) + reach / 2
    return Shot((middle[0], middle[1], middle[2]), azimuth, math.radians(7), distance)


def _portrait(character: Character, head: NDArray[np.floating] | None, front: float) -> Shot:
    if head is None:
        rig = character.rig
        head = rig.heads[rig.bone_names.index("head")]
    size = character.height_m * 0.105
    x, y, z = (float(number) for number in head)
    out = 0.03 * character.height_m
    target = (x + out * math.sin(front), y - out * math.cos(front), z + 0.045 * character.height_m)
    return Shot(
        target, front + math.radians(22), math.radians(4), distance_for(size, size * 1.35, 5 / 8)
    )
