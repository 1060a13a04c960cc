# SPDX-License-Identifier: Apache-2.0
"""BVH files of any tool give the joints where scipy has them; bad ones a sentence."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from walkers import from_pelvis, make_moved, placed

from kinora.shared.errors import BadOptionError
from kinora.shared.motion_files.reading import Taken, read
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

MIXAMO_NAMES = """
pelvis=Hips spine1=Spine spine2=Spine1 spine3=Spine2 neck=Neck head=Head left_hip=LeftUpLeg
left_knee=LeftLeg left_ankle=LeftFoot left_foot=LeftToeBase left_collar=LeftShoulder
left_shoulder=LeftArm left_elbow=LeftForeArm left_wrist=LeftHand
"""
MIXAMO = dict(pair.split("=") for pair in MIXAMO_NAMES.split())
MIXAMO |= {k.replace("left", "right"): v.replace("Left", "Right") for k, v in MIXAMO.items()}
NAMES = [f"mixamorig:{MIXAMO[joint]}" for joint in JOINTS]


@dataclass(frozen=True)
class Style:
    """How a tool writes: rotation order, names, metres in a unit, Y or Z up, line ends."""

    order: str = "ZXY"
    names: tuple[str, ...] = tuple(NAMES)
    unit: float = 0.01
    is_y_up: bool = True
    every_place: bool = False
    end: str = "\n"


def bvh_text(offset, turns, root, fps, style):
    """The file that such a tool writes of local scipy rotations (Z up, facing -Y)."""
    axes = Rotation.from_euler("x", -90 if style.is_y_up else 0, degrees=True)
    offset, root = axes.apply(offset) / style.unit, axes.apply(root) / style.unit
    lines, order = ["HIERARCHY"], []

    def add(joint, depth):
        order.append(joint)
        pad = "\t" * depth
        lines.append(f"{pad}{'JOINT' if depth else 'ROOT'} {style.names[joint]}")
        lines.append(pad + "{")
        lines.append(pad + "\tOFFSET " + " ".join(f"{v:.9f}" for v in offset[joint]))
        places = ["Xposition", "Yposition", "Zposition"] if not depth or style.every_place else []
        channels = [*places, *(f"{axis}rotation" for axis in style.order)]
        lines.append(f"{pad}\tCHANNELS {len(channels)} " + " ".join(channels))
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        for child in children:
            add(child, depth + 1)
        if not children:
            lines.extend([pad + "\tEnd Site", pad + "\t{", pad + "\t\tOFFSET 0 1 0", pad + "\t}"])
        lines.append(pad + "}")

    add(0, 0)
    lines += ["MOTION", f"Frames: {len(root)}", f"Frame Time: {1 / fps:.7f}"]
    columns = []
    for joint in order:
        if joint == 0:
            columns.append(root)
        elif style.every_place:
            columns.append(np.broadcast_to(offset[joint], root.shape))
        local = axes * turns[joint] * axes.inv()
        columns.append(local.as_euler(style.order.upper(), degrees=True))
    lines += [" ".join(f"{v:.7f}" for v in row) for row in np.concatenate(columns, 1)]
    return (style.end.join(lines) + style.end).encode()


def written(moved, style):
    return bvh_text(moved.offsets, moved.turns, moved.root, moved.fps, style)


def check_places(taken: Taken, moved) -> None:
    """Joints where they were, seen from the first pelvis, on a floor that is moved at most."""
    off = from_pelvis(taken.motion.joints) - from_pelvis(moved.places)
    assert np.ptp(off[..., 2]) < 1e-4
    assert np.abs(off[..., :2]).max() < 1e-4


@pytest.mark.parametrize("order", ["".join(order) for order in itertools.permutations("XYZ")])
def test_channels_in_any_order(moved, order):
    taken = read("walk.bvh", written(moved, Style(order)))
    assert taken.source == "BVH" and taken.motion.name == "walk"
    assert taken.motion.fps == 30
    check_places(taken, moved)


@pytest.mark.parametrize(
    "style",
    [
        Style(is_y_up=False),
        Style(every_place=True),
        Style(unit=1.0),
        Style(unit=0.001),
        Style(unit=0.0254),
        Style(end="\r\n"),
        Style(names=tuple(f"Bip01 {name}" for name in NAMES)),
    ],
    ids=["Z up", "places on every joint", "m", "mm", "inches", "CRLF", "names with blanks"],
)
def test_axes_units_and_spellings(moved, style):
    taken = read("walk.bvh", written(moved, style))
    check_places(taken, moved)
    said = " ".join(taken.notes)
    assert ("unit" in said) == (style.unit != 1.0)


def test_heading_is_kept_and_the_way_begins_over_the_origin(moved):
    motion = read("walk.bvh", written(moved, Style())).motion
    assert np.allclose(motion.root_translation[0, :2], 0)
    assert np.allclose(np.abs((motion.local_rotations * moved.quaternions).sum(-1)), 1, atol=1e-5)


def test_a_byte_order_mark_is_no_matter(moved):
    check_places(read("walk.bvh", b"\xef\xbb\xbf" + written(moved, Style())), moved)


def posed_rest(moved, rest_turns):
    """The same movement of a skeleton that was drawn in another rest pose, given by world turns."""
    world = []
    for joint, parent in enumerate(PARENTS):
        world.append(moved.turns[joint] if parent < 0 else world[parent] * moved.turns[joint])
    offset = np.array(moved.offsets)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            offset[joint] = rest_turns[parent].apply(moved.offsets[joint])
    turned = [world[joint] * rest_turns[joint].inv() for joint in range(len(JOINTS))]
    local = [
        turned[joint] if parent < 0 else turned[parent].inv() * turned[joint]
        for joint, parent in enumerate(PARENTS)
    ]
    return offset, local


@pytest.mark.parametrize("degrees", [0, 45, 80])
def test_an_a_pose_at_rest_makes_no_difference(moved, degrees):
    """Arms that hang at rest: the limbs' rotations are from the T-pose all the same."""
    rest = [Rotation.identity()] * len(JOINTS)
    for side, sign in (("left", 1), ("right", -1)):
        down = Rotation.from_euler("y", sign * degrees, degrees=True)
        for part in ("shoulder", "elbow", "wrist"):
            rest[INDEX[f"{side}_{part}"]] = down
        apart = Rotation.from_euler("y", -sign * 8, degrees=True)
        for part in ("hip", "knee"):
            rest[INDEX[f"{side}_{part}"]] = apart
    offset, local = posed_rest(moved, rest)
    motion = read("a.bvh", bvh_text(offset, local, moved.root, 30, Style())).motion
    likeness = np.abs((motion.local_rotations * moved.quaternions).sum(-1))
    assert np.degrees(2 * np.arccos(np.clip(likeness.min(), 0, 1))) < 0.2
    assert np.allclose(motion.rest_offsets, moved.offsets, atol=1e-5)


MAX_NAMES = """
pelvis=Hips spine1=Chest spine2=Chest2 spine3=Chest3 neck=Neck head=Head left_hip=LeftHip
left_knee=LeftKnee left_ankle=LeftAnkle left_foot=LeftToe left_collar=LeftCollar
left_shoulder=LeftShoulder left_elbow=LeftElbow left_wrist=LeftWrist
"""


def test_legs_drawn_apart_with_their_feet_and_arms_drawn_down(moved):
    """As in files of Carnegie Mellon's for 3ds Max, in their own unit."""
    rest = [Rotation.identity()] * len(JOINTS)
    for side, sign in (("left", 1), ("right", -1)):
        for part in ("shoulder", "elbow", "wrist"):
            rest[INDEX[f"{side}_{part}"]] = Rotation.from_euler("y", sign * 90, degrees=True)
        for part in ("hip", "knee", "ankle", "foot"):
            rest[INDEX[f"{side}_{part}"]] = Rotation.from_euler("y", -sign * 20, degrees=True)
    names = dict(pair.split("=") for pair in MAX_NAMES.split())
    names |= {k.replace("left", "right"): v.replace("Left", "Right") for k, v in names.items()}
    offset, local = posed_rest(moved, rest)
    style = Style("ZYX", tuple(names[joint] for joint in JOINTS), unit=0.0564)
    taken = read("131_01.bvh", bvh_text(offset, local, moved.root, 120, style))
    assert any("Carnegie Mellon" in note for note in taken.notes)
    likeness = np.abs((taken.motion.local_rotations * moved.quaternions).sum(-1))
    assert np.degrees(2 * np.arccos(np.clip(likeness.min(), 0, 1))) < 0.2


@pytest.mark.parametrize(
    ("unit", "scale"), [(0.0254, 0.62), (1.0, 0.35), (0.01, 1.4), (0.001, 0.4)]
)
def test_children_and_giants_in_the_units_that_are_about(moved, unit, scale):
    text = bvh_text(scale * moved.offsets, moved.turns, scale * moved.root, 30, Style(unit=unit))
    motion = read("a.bvh", text).motion
    assert np.allclose(motion.rest_offsets, scale * moved.offsets, atol=1e-4)


def test_a_rest_pose_that_looks_aside_faces_where_the_body_does(moved):
    aside = [Rotation.from_euler("z", 90, degrees=True)] * len(JOINTS)
    offset, local = posed_rest(moved, aside)
    taken = read("a.bvh", bvh_text(offset, local, moved.root, 30, Style()))
    check_places(taken, moved)
    assert np.allclose(taken.motion.rest_offsets, moved.offsets, atol=1e-5)


def test_where_the_rest_pose_does_not_stand_the_first_frame_does(moved):
    """Drawn sitting, it stands up in the first frame alone."""
    laid = [Rotation.identity()] * len(JOINTS)
    for joint, name in enumerate(JOINTS):
        if "hip" in name:
            laid[joint] = Rotation.from_euler("x", -80, degrees=True)
    first = [Rotation.concatenate([Rotation.identity(1), turn[1:]]) for turn in moved.turns]
    stood = make_moved()
    stood.turns[:] = first
    offset, local = posed_rest(stood, laid)
    taken = read("a.bvh", bvh_text(offset, local, moved.root, 30, Style()))
    assert any("first frame" in note for note in taken.notes)
    assert np.allclose(taken.motion.rest_offsets, moved.offsets, atol=1e-4)


def test_a_short_spine_and_no_collars_are_filled(moved):
    keep = [joint for joint, name in enumerate(JOINTS) if name not in _LACKING]
    parents, offset = [], []
    for joint in keep:
        parent, arm = PARENTS[joint], moved.offsets[joint]
        while parent >= 0 and parent not in keep:
            arm, parent = arm + moved.offsets[parent], PARENTS[parent]
        parents.append(keep.index(parent) if parent >= 0 else -1)
        offset.append(arm)
    text = _short_text(keep, parents, np.array(offset), moved.root)
    taken = read("short.bvh", text)
    assert any("no spine2" in note for note in taken.notes)
    # The chain from pelvis to wrist still spans what it did at rest.
    reach = taken.motion.joints - taken.motion.joints[:, :1]
    still = placed(moved.offsets, [Rotation.identity(1)] * len(JOINTS), np.zeros((1, 3)))
    assert np.abs(reach[0] - still[0])[[INDEX["left_wrist"], INDEX["neck"]]].max() < 0.01


_LACKING = ("spine2", "left_collar", "right_collar", "left_foot", "right_foot", "head")


def _short_text(keep, parents, offset, root):
    """All rotations left out: the skeleton stands still and goes along."""
    lines = ["HIERARCHY"]

    def add(number, depth):
        pad = "  " * depth
        lines.append(f"{pad}{'JOINT' if depth else 'ROOT'} {NAMES[keep[number]]} {{")
        lines.append(f"{pad}  OFFSET {offset[number][0]} {offset[number][1]} {offset[number][2]}")
        places = "3 Xposition Yposition Zposition" if not depth else "0"
        lines.append(f"{pad}  CHANNELS {places}")
        for child, parent in enumerate(parents):
            if parent == number:
                add(child, depth + 1)
        lines.append(pad + "}")

    add(0, 0)
    rows = [" ".join(map(str, row)) for row in root]
    return "\n".join([*lines, "MOTION", f"Frames: {len(rows)}", "Frame Time: 0.1", *rows]).encode()


GOOD = written(make_moved(4), Style())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"hello", "no motion that Kinora can read"),
        (GOOD.split(b"MOTION")[0], "no MOTION part"),
        (GOOD.replace(b"}", b"", 1), "cut off"),
        (GOOD.replace(b"{", b"", 1), "not understood"),
        (GOOD.replace(b"HIERARCHY", b"HIERARCHY\nROOT a\n{\nCHANNELS 0\n}"), "several"),
        (GOOD.replace(b"Frames: 4", b"Frames: 0"), "no frames"),
        (GOOD.replace(b"Frames: 4", b"Frames: -4"), "no frames"),
        (GOOD.replace(b"Frames: 4", b"Frames: 20001"), "20,001 frames"),
        (GOOD.replace(b"Frames: 4", b"Frames: four"), "how many frames"),
        (GOOD.replace(b"Frames: 4", b"Frames: " + b"4" * 5000), "how many frames"),
        (GOOD.replace(b"Frame Time: 0.0333333", b"Frame Time: 0"), "lasts"),
        (GOOD.replace(b"Frame Time: 0.0333333", b"Frame Time: nan"), "lasts"),
        (GOOD.replace(b"CHANNELS 3", b"CHANNELS 4", 1), "channels"),
        (GOOD.replace(b"CHANNELS 3", "CHANNELS ³".encode(), 1), "channels"),
        (GOOD.replace(b"Zrotation", b"Zrolling", 1), "channels"),
        (GOOD.replace(b"OFFSET 0.", b"OFFSET nan 0.", 1), "offset"),
        (GOOD[: GOOD.rindex(b" ")], "holds"),
        (GOOD[: GOOD.rindex(b" ")] + b" nan\n", "not finite"),
        (GOOD[: GOOD.rindex(b" ")] + b" x\n", "no numbers"),
        (GOOD.replace(b"Left", b"q").replace(b"Right", b"w"), "human"),
    ],
)  # fmt: skip
def test_bad_files_get_a_sentence(data, said):
    with pytest.raises(BadOptionError, match=said) as caught:
        read("bad.bvh", data)
    assert caught.value.field == "motion_file"


def test_fewer_frames_than_said_are_told_of(moved):
    whole = written(moved, Style())
    short = b"\n".join(whole.split(b"\n")[:-11]) + b"\n"
    taken = read("short.bvh", short)
    assert len(taken.motion.joints) == 30
    assert any("40" in note and "30" in note for note in taken.notes)


def test_many_frames_are_taken_with_a_word(moved):
    lines = written(moved, Style()).split(b"\n")
    head = b"\n".join(lines[: -len(moved.root) - 1]).replace(b"Frames: 40", b"Frames: 10001")
    rows = b"\n".join([lines[-2]] * 10_001)
    taken = read("long.bvh", head + b"\n" + rows)
    assert len(taken.motion.joints) == 10_001
    assert any("10,001 frames" in note for note in taken.notes)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD)), st.binary(max_size=8), st.integers(0, 30))
def test_no_damage_does_more_than_a_sentence(at, instead, width):
    try:
        taken = read("hurt.bvh", GOOD[:at] + instead + GOOD[at + width :])
    except BadOptionError:
        return
    taken.motion.check()
