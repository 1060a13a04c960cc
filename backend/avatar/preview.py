# SPDX-License-Identifier: Apache-2.0
"""The pictures that a job leaves: the character doing the motion, and a turntable sheet."""

from __future__ import annotations

import io
import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ...shared import posing, rotations
from ...shared.results import Character, Motion
from ...shared.skeleton import INDEX, sways
from ..kit.motion.rounds import repeated
from ..kit.video import write_mp4
from .actor import Actor, load_actor
from .camera import FIELD_OF_VIEW, Floats, Shot, facing, fit, follow
from .lights import Recipe
from .studio import draw, fit_textures

Report = Callable[[float], None]
Picture = NDArray[np.uint8]

VIEWS = (0.0, 40.0, 90.0, 180.0)  # degrees around the body: front, three quarters, side, back


@dataclass(frozen=True)
class Look:
    """How large and how long a preview is: pixels, pictures a second, pictures at most."""

    width: int
    height: int
    fps: float
    pictures: int
    tile: tuple[int, int]
    """Width and height of one view of the sheet."""


LOOKS = {
    "draft": Look(384, 512, 15, 60, (300, 480)),
    "standard": Look(576, 768, 24, 240, (420, 672)),
    "quality": Look(864, 1152, 30, 360, (600, 960)),
    "published": Look(576, 768, 24, 240, (420, 672)),
}
"""By preset."""
SHORTEST_SECONDS = 3.0
SLOWEST_FPS = 10.0
SHOWN_SIDE = 768
"""Pixels along the longer side of what is shown of the sheet while the job runs."""
RECIPE = Recipe()


def preview_video(character: Character, look: Look, device: str, report: Report) -> bytes:
    """An MP4 of the motion in real time; a still where there is no motion.

    A cyclic motion is repeated until it lasts SHORTEST_SECONDS. A long one is shown with fewer
    pictures a second, down to SLOWEST_FPS, and beyond that not to its end. `report(fraction)` is
    called for each picture, and may raise to stop.
    """
    if character.motion is None:
        return write_mp4(_still(character, look, device, report), look.fps)
    playing = lasting(character, character.motion, SHORTEST_SECONDS)
    motion = playing.motion or character.motion
    fps = paced(len(motion.local_rotations) / motion.fps, look)
    return write_mp4(_frames(playing, motion, (look, fps), device, report), fps)


def paced(seconds: float, look: Look) -> float:
    """Pictures a second for a motion of this length."""
    return min(look.fps, max(look.pictures / seconds, SLOWEST_FPS))


def _still(character: Character, look: Look, device: str, report: Report) -> Iterator[Picture]:
    actor = load_actor(character, device)
    size = (look.width, look.height)
    shot = _whole_body(actor.posed(0)[0].cpu().numpy(), 0.0, size)
    return _drawn(actor, [0], [shot], size, report)


def _frames(
    character: Character, motion: Motion, pace: tuple[Look, float], device: str, report: Report
) -> Iterator[Picture]:
    look, fps = pace
    actor = load_actor(character, device)
    shots = follow(motion, character.height_m, look.width / look.height, _side(motion.joints[0]))
    count = min(max(1, round(len(shots) / motion.fps * fps)), look.pictures)
    steps = np.round(np.arange(count) / fps * motion.fps).astype(int)
    frames = np.minimum(steps, len(shots) - 1).tolist()
    held = [shots[frame] for frame in frames]
    return _drawn(actor, frames, held, (look.width, look.height), report)


def preview_sheet(character: Character, look: Look, device: str, report: Report) -> bytes:
    """A PNG: the body's four sides in the motion's most telling pose, and the face close up."""
    actor = load_actor(character, device)
    frame, front = 0, 0.0
    if character.motion is not None:
        frame = telling_frame(character.motion)
        front = facing(character.motion.joints[frame])
    places = actor.posed(frame)[0].cpu().numpy()
    angles = [front + math.radians(view) for view in VIEWS]
    shots = [_whole_body(places, angle, look.tile) for angle in angles]
    farthest = max(shot.distance for shot in shots)
    shots = [replace(shot, distance=farthest) for shot in shots]
    shots.append(_portrait(character, places, frame, look.tile))
    tiles = list(_drawn(actor, [frame] * len(shots), shots, look.tile, report))
    data = io.BytesIO()
    Image.fromarray(np.concatenate(tiles, axis=1)).save(data, "PNG", compress_level=6)
    return data.getvalue()


def reduced(sheet: bytes) -> bytes:
    """A sheet small enough to be shown while the job runs, as another PNG."""
    picture = Image.open(io.BytesIO(sheet))
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=1)
    return data.getvalue()


def _drawn(
    actor: Actor, frames: list[int], shots: list[Shot], size: tuple[int, int], report: Report
) -> Iterator[Picture]:
    """Draw each frame from its shot, in order."""
    device = actor.vertices.device.type
    textures = {shot.distance: fit_textures(actor, _fineness(shot, size[1])) for shot in shots}

    def picture(number: int) -> Picture:
        shot = shots[number]
        camera = shot.camera(*size, device)
        fitted = textures[shot.distance]
        return draw(actor, frames[number], camera, fitted, RECIPE).cpu().numpy()

    # A thread for each picture beats several threads for one: on a busy machine they do not wait
    # for one another inside every operation.
    threads = torch.get_num_threads() if device == "cpu" else 1
    started: deque[Future[Picture]] = deque()
    try:
        with ThreadPoolExecutor(threads, initializer=_use_one_thread, initargs=(device,)) as pool:
            for number in range(len(frames) + threads):
                if number < len(frames):
                    started.append(pool.submit(picture, number))
                if number >= threads:
                    report((number - threads) / len(frames))
                    yield started.popleft().result()
    finally:
        torch.set_num_threads(threads)


def _use_one_thread(device: str) -> None:
    if device == "cpu":
        torch.set_num_threads(1)


def lasting(character: Character, motion: Motion, seconds: float) -> Character:
    """The character doing the motion again and again; its cloth sways as often."""
    longer, sway = repeated(motion, seconds), character.sway
    if sway is not None:
        times = len(longer.local_rotations) // len(sway.turns)
        sway = replace(sway, turns=np.tile(sway.turns, (times, 1, 1)))
    return replace(character, motion=longer, sway=sway)


def telling_frame(motion: Motion) -> int:
    """The frame farthest from standing with the arms down: in a stride, a bow, a wave."""
    turns = np.zeros((1, 22, 4))
    turns[..., 0] = 1
    for side, sign in (("left_shoulder", 1.0), ("right_shoulder", -1.0)):
        hanging = rotations.from_axis_angle(np.array([0.0, sign, 0.0]), np.array(math.radians(80)))
        turns[0, INDEX[side]] = hanging
    offsets = motion.rest_offsets.astype(np.float64)
    standing = posing.joint_positions(turns, np.zeros((1, 3)), offsets)[0]
    poses = motion.joints - motion.joints[:, :1]
    away = np.array([facing(joints) for joints in motion.joints])
    upright = np.array([0.0, 0.0, 1.0])
    forwards = rotations.rotate(rotations.from_axis_angle(upright, -away)[:, None], poses)
    return int(np.linalg.norm(forwards - standing, axis=2).sum(1).argmax())


def _side(joints: Floats) -> float:
    """A little to the side of the front: depth of a stride and width of a wave both show."""
    return facing(joints) + math.radians(28)


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
    # Hair that reaches the waist would draw the camera back.
    led &= ~np.array([sways(name) for name in character.rig.bone_names])
    shown = [mesh for mesh in character.meshes if len(mesh.faces)]
    shares = [(mesh.weights * led[mesh.bone_indices]).sum(1) for mesh in shown]
    return np.concatenate(shares) > 0.5
