# SPDX-License-Identifier: Apache-2.0
"""npz and npy files of other tools, made here in their published forms, against scipy alone."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from walkers import from_pelvis, make_moved, offsets, placed, y_up

from kinora.shared.errors import BadOptionError
from kinora.shared.motion_files.average_body import OFFSETS
from kinora.shared.motion_files.guessing import FINGERS
from kinora.shared.motion_files.reading import read
from kinora.shared.skeleton import INDEX, PARENTS

UPRIGHT = Rotation.from_euler("x", 90, degrees=True)
"""Y up, facing +Z, to Z up, facing -Y."""


def npz(**arrays) -> bytes:
    data = io.BytesIO()
    np.savez(data, **arrays)
    return data.getvalue()


def npy(array) -> bytes:
    data = io.BytesIO()
    np.save(data, array)
    return data.getvalue()


def smpl_vectors(turns: list[Rotation], is_y_up: bool) -> np.ndarray:
    """(T, 22, 3) axis-angle in SMPL's axes; the root also stands the body up in a Z-up world."""
    local = [UPRIGHT.inv() * turn * UPRIGHT for turn in turns]
    if not is_y_up:
        local[0] = UPRIGHT * local[0]
    return np.stack([turn.as_rotvec() for turn in local], 1)


def smpl_path(root: np.ndarray, is_y_up: bool) -> np.ndarray:
    return y_up(root) if is_y_up else root


def check_joints(motion, turns, root) -> None:
    """On the average body the joints are where its forward kinematics has them, but for height."""
    off = from_pelvis(motion.joints) - from_pelvis(placed(OFFSETS, turns, root))
    assert np.abs(off[..., :2]).max() < 1e-5
    assert np.ptp(off[..., 2]) < 1e-5


@pytest.mark.parametrize("width", [66, 72, 156, 165])
def test_amass_poses_of_any_width(moved, width):
    poses = np.zeros((len(moved.root), width))
    poses[:, :66] = smpl_vectors(moved.turns, False).reshape(-1, 66)
    data = npz(
        poses=poses,
        trans=moved.root,
        betas=np.zeros(16),
        gender=np.array("female"),
        mocap_framerate=np.float64(120),
    )
    taken = read("0005_poses.npz", data)
    assert taken.source == "AMASS" and taken.motion.fps == 120
    check_joints(taken.motion, moved.turns, moved.root)


def test_amass_poses_in_parts_and_with_the_newer_name_of_the_rate(moved):
    vectors = smpl_vectors(moved.turns, False).reshape(-1, 66)
    data = npz(
        root_orient=vectors[:, :3],
        pose_body=vectors[:, 3:],
        pose_hand=np.zeros((len(vectors), 90)),
        trans=moved.root,
        mocap_frame_rate=60,
        surface_model_type="smplx",
    )
    taken = read("stageii.npz", data)
    assert taken.motion.fps == 60
    check_joints(taken.motion, moved.turns, moved.root)


def test_hy_motion_is_y_up(moved):
    poses = np.zeros((len(moved.root), 156), np.float32)
    poses[:, :66] = smpl_vectors(moved.turns, True).reshape(-1, 66)
    data = npz(
        betas=np.zeros((1, 16)),
        gender="neutral",
        poses=poses,
        trans=smpl_path(moved.root, True).astype(np.float32),
        mocap_framerate=30,
        num_frames=len(poses),
        Rh=poses[:, :3],
    )
    taken = read("000.npz", data)
    assert taken.source == "HY-Motion" and taken.motion.fps == 30
    check_joints(taken.motion, moved.turns, moved.root)


@pytest.mark.parametrize("joints", [22, 52])
def test_six_numbers_a_rotation_are_two_columns(moved, joints):
    local = [UPRIGHT.inv() * turn * UPRIGHT for turn in moved.turns]
    matrices = np.stack([turn.as_matrix() for turn in local], 1)
    six = np.zeros((len(matrices), joints, 6))
    six[..., 0] = six[..., 4] = 1
    six[:, :22] = np.concatenate([matrices[..., 0], matrices[..., 1]], -1)
    taken = read("api.npz", npz(rot6d=six[None], transl=smpl_path(moved.root, True)[None]))
    check_joints(taken.motion, moved.turns, moved.root)


@pytest.mark.parametrize("is_y_up", [True, False])
def test_bodies_that_stand_tell_which_axis_is_up(moved, is_y_up):
    """Whatever the kind of file has by custom."""
    poses = smpl_vectors(moved.turns, is_y_up).reshape(-1, 66)
    trans = smpl_path(moved.root, is_y_up)
    for more in ({}, {"Rh": poses[:, :3]}):
        taken = read("a.npz", npz(poses=poses, trans=trans, fps=30, **more))
        check_joints(taken.motion, moved.turns, moved.root)


def test_who_lies_in_an_amass_file_lies(moved):
    lying = [Rotation.from_euler("x", -90, degrees=True) * moved.turns[0], *moved.turns[1:]]
    poses = smpl_vectors(lying, False).reshape(-1, 66)
    root = moved.root - [0, 0, 0.8]
    taken = read("sleep.npz", npz(poses=poses, trans=root, mocap_framerate=30))
    check_joints(taken.motion, lying, root)


def test_joint_places_are_met_by_the_rotations_found(moved):
    """HumanML3D's form: Y up, 20 frames a second."""
    smpl = placed(OFFSETS, moved.turns, moved.root)
    taken = read("M000001.npy", npy(y_up(smpl).astype(np.float32)))
    assert taken.motion.fps == 20
    assert any("20 frames" in note for note in taken.notes)
    off = from_pelvis(taken.motion.joints) - from_pelvis(smpl)
    assert np.abs(off - off[:1, :1]).max() < 1e-3


@pytest.mark.parametrize("offset", [OFFSETS, offsets()], ids=["SMPL's spine", "a straight spine"])
def test_bent_limbs_get_the_twist_they_had(moved, offset):
    """Elbows and knees are hinges: a bent limb tells its own twist."""
    places = placed(offset, moved.turns, moved.root)
    motion = read("walk.npz", npz(joints=y_up(places), fps=30.0)).motion
    poses = smpl_vectors(moved.turns, False).reshape(-1, 66)
    told = read("walk.npz", npz(poses=poses, trans=moved.root, fps=30)).motion
    world = [_world(m.local_rotations) for m in (motion, told)]
    for joint in ("left_shoulder", "right_shoulder", "left_elbow", "left_hip", "right_knee"):
        between = world[0][INDEX[joint]].inv() * world[1][INDEX[joint]]
        limit = 6 if offset is OFFSETS else 14
        assert np.degrees(between.magnitude()).max() < limit, joint


def _world(local) -> list[Rotation]:
    found: list[Rotation] = []
    for joint, parent in enumerate(PARENTS):
        own = Rotation.from_quat(local[:, joint], scalar_first=True)
        found.append(own if parent < 0 else found[parent] * own)
    return found


@pytest.mark.parametrize(
    "form", ["MDM", "batch of one", "all joints", "npz", "Z up", "millimetres"]
)
def test_joint_places_in_the_forms_that_are_about(moved, form):
    places = placed(OFFSETS, moved.turns, moved.root)
    y = y_up(places)
    more = np.concatenate([y, np.repeat(y[:, -1:], 30, 1)], 1)
    data = {
        "MDM": lambda: npy(np.moveaxis(y, 0, -1)),
        "batch of one": lambda: npy(y[None]),
        "all joints": lambda: npy(more),
        "npz": lambda: npz(keypoints3d=y, fps=30),
        "Z up": lambda: npy(places),
        "millimetres": lambda: npy(1000 * y),
    }[form]()
    taken = read("a.npy", data)
    off = from_pelvis(taken.motion.joints) - from_pelvis(places)
    assert np.abs(off - off[:1, :1]).max() < 1e-3


@pytest.mark.parametrize("is_batch", [False, True])
def test_a_single_frame_of_joint_places_is_one(moved, is_batch):
    frame = y_up(moved.places)[:1]
    taken = read("a.npy", npy(frame[None] if is_batch else frame))
    assert taken.motion.joints.shape == (1, 22, 3)


def humanml_features(places: np.ndarray) -> np.ndarray:
    """(T - 1, 263) as the paper defines them, of places (T, 22, 3), Y up, over the origin; what is
    not needed to get places back is zero."""
    hips, shoulders = (places[:, a] - places[:, b] for a, b in ((1, 2), (16, 17)))
    across = (hips + shoulders) * [1, 0, 1]
    forward = np.cross(across, [0, 1, 0])
    yaw = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    into = Rotation.from_rotvec(np.outer(-yaw, [0, 1, 0]))
    flat = places - places[:, :1] * [1, 0, 1]
    local = np.stack([into.apply(flat[:, joint]) for joint in range(22)], 1)
    step = into[1:].apply(np.diff(places[:, 0], axis=0))
    values = np.zeros((len(places) - 1, 263))
    # The half angle of the turn that takes world directions into the body's heading.
    values[:, 0] = -np.diff(yaw) / 2
    values[:, 1:3] = step[:, [0, 2]]
    values[:, 3] = places[:-1, 0, 1]
    values[:, 4:67] = local[:-1, 1:].reshape(-1, 63)
    return values


def test_features_give_back_the_places_they_are_of(moved):
    places = y_up(placed(OFFSETS, moved.turns, moved.root))
    hips = places[0, 1] - places[0, 2] + places[0, 16] - places[0, 17]
    front = np.cross(hips * [1, 0, 1], [0, 1, 0])
    to_z = Rotation.from_rotvec([0, -np.arctan2(front[0], front[2]), 0])
    places = to_z.apply((places - places[0, 0] * [1, 0, 1]).reshape(-1, 3)).reshape(-1, 22, 3)
    taken = read("000021.npy", npy(humanml_features(places).astype(np.float32)))
    assert taken.source == "HumanML3D" and len(taken.motion.joints) == len(places) - 1
    off = y_up(taken.motion.joints) - places[:-1]
    assert np.abs(off - off[:1, :1]).max() < 1e-3


def test_normalised_features_are_refused(moved):
    values = np.random.default_rng(0).normal(size=(40, 263))
    values[:, 3] -= np.median(values[:, 3])
    with pytest.raises(BadOptionError, match="normalised"):
        read("a.npy", npy(values))


SOMA_LEFT = {
    "collar": "Shoulder",
    "shoulder": "Arm",
    "elbow": "ForeArm",
    "wrist": "Hand",
    "hip": "Leg",
    "knee": "Shin",
    "ankle": "Foot",
    "foot": "ToeBase",
}
SOMA_MIDDLE = "Hips=pelvis Spine1=spine1 Spine2=spine2 Chest=spine3 Neck1=neck Head=head"


def soma_order() -> list[tuple[str, int]]:
    """Name and parent of SOMA's 77 joints, as the project's documents list them."""
    trunk = ["Hips", "Spine1", "Spine2", "Chest", "Neck1", "Neck2", "Head"]
    rows = [(name, number - 1) for number, name in enumerate(trunk)]
    rows += [(name, 6) for name in ("HeadEnd", "Jaw", "LeftEye", "RightEye")]
    for side in ("Left", "Right"):
        above = 3
        for part in ("Shoulder", "Arm", "ForeArm", "Hand"):
            rows.append((side + part, above))
            above = len(rows) - 1
        hand = above
        for finger, count in (
            ("Thumb", 3),
            *((f, 4) for f in ("Index", "Middle", "Ring", "Pinky")),
        ):
            above = hand
            for joint in (*range(1, count + 1), "End"):
                rows.append((f"{side}Hand{finger}{joint}", above))
                above = len(rows) - 1
    for side in ("Left", "Right"):
        above = 0
        for part in ("Leg", "Shin", "Foot", "ToeBase", "ToeEnd"):
            rows.append((side + part, above))
            above = len(rows) - 1
    return rows


def soma_posed(moved):
    """Matrices and places, Y up, of 77 joints that do what the 22 do."""
    rows = soma_order()
    assert len(rows) == 77
    ours = {b: a for a, b in (pair.split("=") for pair in SOMA_MIDDLE.split())}
    ours = {soma: joint for joint, soma in ours.items()}
    for part, soma in SOMA_LEFT.items():
        ours |= {f"Left{soma}": f"left_{part}", f"Right{soma}": f"right_{part}"}
    world: list[Rotation] = []
    places = np.zeros((len(moved.root), 77, 3))
    identity = Rotation.identity(len(moved.root))
    for number, (name, parent) in enumerate(rows):
        joint = INDEX[ours[name]] if name in ours else None
        turn = moved.turns[joint] if joint is not None else identity
        arm = moved.offsets[joint] if joint is not None else np.array([0.0, 0.0, 0.03])
        if name == "Neck2":
            arm, turn = np.array([0, 0, 0.05]), identity
        elif name == "Head":
            arm = moved.offsets[joint] - [0, 0, 0.05]
        elif "Hand" in name and joint is None:
            arm = np.array([0.05 if name.startswith("Left") else -0.05, 0, 0])
        if parent < 0:
            world.append(turn)
            places[:, number] = moved.root
        else:
            world.append(world[parent] * turn)
            places[:, number] = places[:, parent] + world[parent].apply(arm)
    turned = [UPRIGHT.inv() * turn * UPRIGHT for turn in world]
    return np.stack([turn.as_matrix() for turn in turned], 1), y_up(places), rows


@pytest.mark.parametrize("kind", ["global", "local", "both"])
def test_kimodo_on_the_soma_skeleton(moved, kind):
    world, places, rows = soma_posed(moved)
    local = world.copy()
    for number, (_, parent) in enumerate(rows):
        if parent >= 0:
            local[:, number] = np.swapaxes(world[:, parent], 1, 2) @ world[:, number]
    arrays = {"posed_joints": places, "foot_contacts": np.zeros((len(places), 4))}
    if kind != "local":
        arrays["global_rot_mats"] = world
    if kind != "global":
        arrays["local_rot_mats"] = local
    taken = read("motion_00.npz", npz(**{k: v.astype(np.float32) for k, v in arrays.items()}))
    assert taken.source == "Kimodo" and taken.motion.fps == 30
    off = from_pelvis(taken.motion.joints) - from_pelvis(moved.places)
    assert np.abs(off - off[:1, :1]).max() < 2e-4
    likeness = np.abs((taken.motion.local_rotations * moved.quaternions).sum(-1))
    assert likeness.min() > 1 - 1e-5


def test_kimodo_on_smpl_x(moved):
    world = [turn for turn in moved.turns]
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            world[joint] = world[parent] * moved.turns[joint]
    matrices = np.stack([(UPRIGHT.inv() * turn * UPRIGHT).as_matrix() for turn in world], 1)
    places = placed(OFFSETS, moved.turns, moved.root)
    data = npz(posed_joints=y_up(places), global_rot_mats=matrices)
    off = from_pelvis(read("a.npz", data).motion.joints) - from_pelvis(places)
    assert np.abs(off - off[:1, :1]).max() < 1e-4


def test_a_robot_is_refused(moved):
    eye = np.broadcast_to(np.eye(3), (5, 34, 3, 3))
    with pytest.raises(BadOptionError, match="robot"):
        read("g1.npz", npz(posed_joints=np.zeros((5, 34, 3)), global_rot_mats=eye))


FEW = make_moved(5)
POSES = smpl_vectors(FEW.turns, False).reshape(-1, 66)
GOOD = npz(poses=POSES, trans=FEW.root, mocap_framerate=30)


def bomb() -> bytes:
    """A gigabyte of zeros in a megabyte."""
    data = io.BytesIO()
    with (
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("poses.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(1024):
            member.write(bytes(2**20))
    return data.getvalue()


def lying_header() -> bytes:
    """An array that says it is of a terabyte."""
    return npy(np.zeros((5, 22, 3))).replace(b"(5, 22, 3)", b"(9999999999, 22, 3)")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (GOOD[: len(GOOD) // 2], "damaged or cut off"),
        (GOOD[:-30], "damaged or cut off"),
        (npy(y_up(FEW.places))[:-9], "cut off"),
        (npy(np.zeros((0, 22, 3))), "no frames"),
        (npy(np.zeros((5, 22, 3))), "lie on each other"),
        (npy(np.zeros((5, 21, 3))), "5 x 21 x 3"),
        (npy(np.zeros((5, 251))), "5 x 251"),
        (npy(np.float64(3)), "nothing"),
        (npy(np.zeros((20_001, 22, 3))), "20,001 frames"),
        (npy(np.full((5, 22, 3), np.nan)), "not finite"),
        (npy(np.array([{"a": 1}], dtype=object)), "Python objects"),
        (npz(poses=np.array([None, 1], dtype=object)), "Python objects"),
        (lying_header(), "cut off|damaged"),
        (npz(a=np.zeros(3)), 'holds "a"'),
        (npz(poses=np.zeros((5, 63)), trans=np.zeros((5, 3))), "63 numbers"),
        (npz(poses=np.zeros((0, 156)), trans=np.zeros((0, 3))), "no frames"),
        (npz(poses=np.zeros((0, 52, 3)), trans=np.zeros((0, 3))), "no frames"),
        (npz(poses=POSES, trans=np.zeros((4, 3))), '"trans" has the shape 4 x 3'),
        (npz(poses=np.full_like(POSES, np.inf), trans=FEW.root), "not finite"),
        (npz(poses=POSES, trans=FEW.root, mocap_framerate=-1), "-1 frames a second"),
        (npz(poses=np.array(["a", "b"]), trans=FEW.root), "no numbers"),
        (npz(rot6d=np.zeros((5, 22, 6)), transl=FEW.root), "rotations that are none"),
    ],
)
def test_bad_files_get_a_sentence(data, said):
    with pytest.raises(BadOptionError, match=said) as caught:
        read("bad.npz", data)
    assert caught.value.field == "motion_file"


def test_a_bomb_is_not_unpacked():
    with pytest.raises(BadOptionError, match="unpacks to more than"):
        read("bomb.npz", bomb())


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([GOOD, npy(y_up(FEW.places))]), st.data())
def test_no_damage_does_more_than_a_sentence(good, data):
    at = data.draw(st.integers(0, len(good)))
    instead, width = data.draw(st.binary(max_size=8)), data.draw(st.integers(0, 40))
    try:
        taken = read("hurt.npz", good[:at] + instead + good[at + width :])
    except BadOptionError:
        return
    taken.motion.check()


def test_very_fast_files_keep_half_of_their_frames(moved):
    poses = smpl_vectors(moved.turns, False).reshape(-1, 66)
    taken = read("fast.npz", npz(poses=poses, trans=moved.root, mocap_framerate=480))
    assert taken.motion.fps == 120
    assert len(taken.motion.joints) == len(poses) // 4
    assert any("480" in note for note in taken.notes)


@pytest.mark.parametrize("width", [156, 165])
def test_smpl_hands_curl_fingers(moved, width):
    """Index fingers close to a fist and open; others stay flat; the right thumb rests."""
    frames = len(moved.root)
    hands = np.zeros((frames, 2, 5, 3, 3))
    share = np.linspace(0, 1, frames)
    for joint, degrees in enumerate((64, 84, 52)):
        hands[:, :, 0, joint, 2] = np.radians(degrees) * share[:, None]
    poses = np.zeros((frames, width))
    poses[:, :66] = smpl_vectors(moved.turns, False).reshape(-1, 66)
    poses[:, -90:] = hands.reshape(frames, 90)
    fingers = read("grip.npz", npz(poses=poses, trans=moved.root, fps=30)).motion.fingers
    assert fingers.shape == (frames, 2, 5)
    index = FINGERS.index("index")
    assert np.allclose(fingers[-1, :, index], 1, atol=1e-3)
    assert np.allclose(fingers[0], -0.5, atol=1e-3)
    assert (np.diff(fingers[:, 0, index]) > 0).all()
    assert np.allclose(np.delete(fingers, index, axis=2), -0.5, atol=1e-3)


def test_hands_that_never_move_are_left_to_kinora(moved):
    poses = np.full((len(moved.root), 156), 0.2)
    poses[:, :66] = smpl_vectors(moved.turns, False).reshape(-1, 66)
    assert not len(read("a.npz", npz(poses=poses, trans=moved.root, fps=30)).motion.fingers)


def test_soma_fingers_bend_behind_the_palm(moved):
    world, places, rows = soma_posed(moved)
    names = [name for name, _ in rows]
    bend = np.radians(148) * np.linspace(0, 1, len(world))
    for name in ("LeftHandMiddle2", "LeftHandMiddle3", "LeftHandMiddle4"):
        turn = Rotation.from_rotvec(np.outer(bend, [0, 0, -1]) / (1 if name[-1] != "2" else 2))
        world[:, names.index(name)] = world[:, names.index(name)] @ turn.as_matrix()
    data = npz(posed_joints=places, global_rot_mats=world)
    fingers = read("grip.npz", data).motion.fingers
    assert np.allclose(fingers[-1, 0, FINGERS.index("middle")], 1, atol=1e-2)
    assert np.allclose(fingers[:, 1], -0.5, atol=1e-2)
