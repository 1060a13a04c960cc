# SPDX-License-Identifier: Apache-2.0
"""The pictures that a job leaves: the character doing the motion, and a turntable sheet."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...shared import posing, rotations
from ...shared.results import Character
from ...shared.skeleton import INDEX
from ..kit.video import write_mp4
from .actor import Actor
from .camera import FIELD_OF_VIEW, Floats, Shot, facing, fit, follow
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
        size = (look.width, look.height)
        yield _still(actor, 0, _whole_body(actor.posed(0)[0].cpu().numpy(), 0.0, size), size)
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
    frame, front = 0, 0.0
    if character.motion is not None:
        frame = telling_frame(character.motion.joints)
        front = facing(character.motion.joints[frame])
    places = actor.posed(frame)[0].cpu().numpy()
    angles = [front + math.radians(view) for view in VIEWS]
    shots = [_whole_body(places, angle, look.tile) for angle in angles]
    farthest = max(shot.distance for shot in shots)
    shots = [replace(shot, distance=farthest) for shot in shots]
    shots.append(_portrait(character, places, frame, look.tile))
    tiles = []
    for number, shot in enumerate(shots):
        report(number / len(shots))
        tiles.append(_still(actor, frame, shot, look.tile))
    data = io.BytesIO()
    Image.fromarray(np.concatenate(tiles, axis=1)).save(data, "PNG", compress_level=6)
    return data.getvalue()


def telling_frame(joints: Floats) -> int:
    """The frame whose pose is farthest from the motion's mean: a stride, a raised arm, a bow."""
    poses = joints - joints[:, :1]
    return int(np.linalg.norm(poses - poses.mean(0), axis=2).sum(1).argmax())


def _side(joints: Floats) -> float:
    """A little to the side of the front: depth of a stride and width of a wave both show."""
    return facing(joints) + math.radians(28)


def _still(actor: Actor, frame: int, shot: Shot, size: tuple[int, int]) -> Picture:
    camera = shot.camera(*size, actor.vertices.device.type)
    textures = fit_textures(actor, _fineness(shot, size[1]))
    return draw(actor, frame, camera, textures, RECIPE).cpu().numpy()


def _fineness(shot: Shot, height: int) -> float:
    """Drawn pixels for a metre at the target."""
    return RECIPE.samples * height / (2 * shot.distance * math.tan(FIELD_OF_VIEW / 2))


def _framed(places: Floats, shot: Shot, size: tuple[int, int], margin: float) -> Shot:
    """The shot aimed at the middle of the places (N, 3), just far enough to hold them."""
    middle = (places.min(0) + places.max(0)) / 2
    aimed = fit(places - middle, margin, shot, size[0] / size[1])
    x, y, z = middle.tolist()
    return replace(aimed, target=(x, y, z))


def _whole_body(places: Floats, azimuth: float, size: tuple[int, int]) -> Shot:
    tall = float(np.ptp(places[:, 2]))
    return _framed(places, Shot((0, 0, 0), azimuth, math.radians(7), 1.0), size, 0.06 * tall)


def _portrait(character: Character, places: Floats, frame: int, size: tuple[int, int]) -> Shot:
    """Face to face, a little from the side, with all that the head wears."""
    front = 0.0
    if character.motion is not None:
        turns = posing.world_rotations(character.motion.local_rotations[frame : frame + 1])
        nose = rotations.rotate(turns[0, INDEX["head"]], np.array([0.0, -1.0, 0.0]))
        front = math.atan2(nose[0], -nose[1])
    shot = Shot((0, 0, 0), front + math.radians(24), math.radians(5), 1.0)
    head = places[_on_head(character)]
    if not len(head):
        return _framed(places, shot, size, 0.05)
    # No closer than a head's own size, also where hat or hair are cut off.
    return _framed(head, shot, size, 0.02 * character.height_m)


def _on_head(character: Character) -> NDArray[np.bool_]:
    """(V,) which of the drawn vertices the head carries."""
    led = character.rig.joint_of_bone == INDEX["head"]
    shown = [mesh for mesh in character.meshes if len(mesh.faces)]
    shares = [(mesh.weights * led[mesh.bone_indices]).sum(1) for mesh in shown]
    return np.concatenate(shares) > 0.5
