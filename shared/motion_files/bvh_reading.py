# SPDX-License-Identifier: Apache-2.0
"""BVH text to a moving skeleton: any channels in any order, on any joint."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np

from .. import rotations
from ..rotations import Floats
from .moving import Moving
from .problems import check_frames, unreadable

MOST_JOINTS = 1000
_AXES = np.eye(3)
_HEAD = re.compile(
    r"\s*Frames\s*:?\s*([+-]?[0-9]{1,12})\s+Frame\s*Time\s*:?\s*(\S+)", flags=re.IGNORECASE
)


@dataclass
class Joint:
    """`channels` as "xp" or "zr": the axis, then position or rotation."""

    name: str
    parent: int
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    channels: tuple[str, ...] = ()


def read_bvh(data: bytes) -> tuple[Moving, tuple[str, ...]]:
    """Raises BadOptionError where the text is no BVH file, is cut off or says nonsense."""
    text = data.decode("utf-8-sig", errors="replace")
    parts = re.split(r"^[ \t]*MOTION[ \t]*\r?$", text, maxsplit=1, flags=re.M | re.I)
    if len(parts) < 2:
        raise unreadable("The BVH file has no MOTION part: it is cut off or no BVH file")
    joints = _read_hierarchy(parts[0])
    values, fps, notes = _read_frames(parts[1], sum(len(joint.channels) for joint in joints))
    return _moved(joints, values, fps), notes


@dataclass
class _Hierarchy:
    """What was read so far: `stack` holds the joints whose brackets are open, -1 for end sites,
    `coming` the one whose bracket comes next."""

    joints: list[Joint] = field(default_factory=list)
    stack: list[int] = field(default_factory=list)
    coming: int = -1


def _read_hierarchy(text: str) -> list[Joint]:
    """The joints, parents first."""
    read = _Hierarchy()
    for line in re.sub(r"([{}])", r"\n\1\n", text).splitlines():
        word, _, rest = " ".join(line.split()).partition(" ")
        _read_line(read, word.upper(), rest)
    if read.stack or not read.joints:
        raise unreadable("The BVH file's skeleton is cut off")
    return read.joints


def _read_line(read: _Hierarchy, word: str, rest: str) -> None:
    if word in ("ROOT", "JOINT"):
        _add_joint(read, word, rest)
    elif word == "END":
        read.coming = -1
    elif word == "{":
        read.stack.append(read.coming)
        read.coming = -1
    elif word == "}":
        if not read.stack:
            raise unreadable("The BVH file closes more brackets than it opens")
        read.stack.pop()
    elif word in ("OFFSET", "CHANNELS") and read.stack:
        _set(read.joints, read.stack[-1], word, rest)
    elif word not in ("", "HIERARCHY"):
        raise unreadable(f'The BVH file says "{word[:40]}", which is not understood')


def _set(joints: list[Joint], number: int, word: str, rest: str) -> None:
    """End sites have offsets, which say nothing of joints."""
    if number < 0:
        return
    if word == "OFFSET":
        joints[number].offset = _offset(rest)
    else:
        joints[number].channels = _channels(rest, joints[number].name)


def _add_joint(read: _Hierarchy, word: str, name: str) -> None:
    joints, stack = read.joints, read.stack
    if word == "ROOT" and joints:
        raise unreadable(
            "The BVH file holds several skeletons", "Save each of them in a file of its own."
        )
    if (word == "ROOT") != (not stack) or (stack and stack[-1] < 0):
        raise unreadable(f'The BVH file has the joint "{name[:40]}" in a wrong place')
    if len(joints) >= MOST_JOINTS:
        raise unreadable(f"The BVH file has more than {MOST_JOINTS:,} joints")
    joints.append(Joint(name or f"joint {len(joints)}", stack[-1] if stack else -1))
    read.coming = len(joints) - 1


def _offset(text: str) -> tuple[float, float, float]:
    try:
        x, y, z = (float(word) for word in text.split())
    except ValueError:
        raise unreadable(f'The BVH file has the offset "{text[:40]}"') from None
    if not all(map(math.isfinite, (x, y, z))):
        raise unreadable(f'The BVH file has the offset "{text[:40]}"')
    return x, y, z


def _channels(text: str, joint: str) -> tuple[str, ...]:
    count, *names = text.lower().split() or ["0"]
    kinds = {f"{axis}{kind}": axis + kind[0] for axis in "xyz" for kind in ("position", "rotation")}
    found = tuple(kinds.get(name, "") for name in names)
    if count != str(len(found)) or "" in found:
        raise unreadable(f'The BVH file gives the joint "{joint[:40]}" the channels "{text[:60]}"')
    if len(set(found)) < len(found):
        raise unreadable(f'The BVH file gives the joint "{joint[:40]}" one channel twice')
    return found


def _read_frames(text: str, width: int) -> tuple[Floats, float, tuple[str, ...]]:
    """(T, width) values, frames a second."""
    head = _HEAD.match(text)
    if head is None:
        raise unreadable("The BVH file does not say how many frames it has and how long they last")
    said, fps = int(head.group(1)), _rate(head.group(2))
    check_frames(said)
    if not width:
        raise unreadable("The BVH file's skeleton has no channels: nothing moves")
    words = text[head.end() :].split(maxsplit=said * width)[: said * width]
    frames = len(words) // width
    if not frames or len(words) % width:
        raise unreadable(
            f"The BVH file says {said:,} frames of {width} numbers and holds {len(words):,} numbers"
        )
    try:
        values = np.array(words, dtype=np.float64).reshape(frames, width)
    except ValueError as error:
        raise unreadable(f"The BVH file's frames hold no numbers: {error}") from None
    if not np.isfinite(values).all() or np.abs(values).max() > 1e9:
        raise unreadable("The BVH file's frames hold numbers that are not finite")
    if frames < said:
        return values, fps, (f"The file says {said:,} frames and holds {frames:,}.",)
    return values, fps, ()


def _rate(text: str) -> float:
    try:
        time = float(text)
    except ValueError:
        time = 0.0
    if not 1e-4 <= time <= 1.0:
        raise unreadable(f'The BVH file says that a frame lasts "{text[:20]}" seconds')
    fps = 1 / time
    # Times are often cut to 0.0333333: thirty frames a second are meant.
    return float(round(fps)) if abs(fps - round(fps)) < 0.002 * fps else fps


def _moved(joints: list[Joint], values: Floats, fps: float) -> Moving:
    count = len(joints)
    rest, places = np.zeros((count, 3)), np.empty((len(values), count, 3))
    turns = np.empty((len(values), count, 4))
    at = 0
    for number, joint in enumerate(joints):
        offset = np.array(joint.offset)
        own = values[:, at : at + len(joint.channels)]
        at += len(joint.channels)
        shift, turn = _local(joint.channels, own, offset)
        if joint.parent < 0:
            rest[number], places[:, number], turns[:, number] = offset, shift, turn
            continue
        above = turns[:, joint.parent]
        rest[number] = rest[joint.parent] + offset
        places[:, number] = places[:, joint.parent] + rotations.rotate(above, shift)
        turns[:, number] = rotations.multiply(above, turn)
    names, parents = zip(*((joint.name, joint.parent) for joint in joints), strict=True)
    return Moving(names, parents, rest, places, turns, fps)


def _local(channels: tuple[str, ...], values: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Place (T, 3) seen from the parent and turn (T, 4) of a joint. Turns are done in the order of
    the channels, the first one outermost; a position takes the place of the offset."""
    shift = np.broadcast_to(offset, (len(values), 3)).copy()
    turn: Floats = np.tile([1.0, 0.0, 0.0, 0.0], (len(values), 1))
    for column, channel in zip(values.T, channels, strict=True):
        axis = "xyz".index(channel[0])
        if channel[1] == "p":
            shift[:, axis] = column
        else:
            step = rotations.from_axis_angle(_AXES[axis], np.radians(column))
            turn = rotations.multiply(turn, step)
    return shift, turn
