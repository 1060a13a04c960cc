# SPDX-License-Identifier: Apache-2.0
"""Shapes are grouped to the limbs that they show, and bones hang on each other in one order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinora.backend.clipart.bones import bones_of
from kinora.backend.clipart.drawing import PERSON, PERSON_EDGES, Drawing, Layer, Skeleton
from kinora.backend.clipart.layers import find_layers
from kinora.backend.clipart.reading.read import read_drawing
from kinora.shared.results import Media

# Standing, arms hanging along the trunk; his left is to the right.
PLACES = """128 46  150 86  106 86  158 126  98 126  160 166  96 166
140 150  116 150  144 194  112 194  146 236  110 236"""
HEAD = "<circle id='head' cx='128' cy='46' r='30' fill='#fb8'/>"
TRUNK = "<rect id='shirt' x='100' y='78' width='56' height='84' rx='10' fill='#48c'/>"
TROUSERS = "<path id='trousers' d='M102 150H154L158 238H136L128 170L120 238H98Z' fill='#336'/>"
BUTTON = "<circle id='button' cx='146' cy='130' r='4' fill='#fff'/>"


def arm(name: str, points: str) -> str:
    return (
        f"<polyline id='{name}' points='{points}' fill='none' stroke='#fb8' stroke-width='18' "
        "stroke-linecap='round' stroke-linejoin='round'/>"
    )


ARMS = arm("left_arm", "150 86 158 126 160 166") + arm("right_arm", "106 86 98 126 96 166")
WATCH = "<rect id='watch' x='151' y='150' width='18' height='6' fill='#222'/>"


def person() -> Skeleton:
    points = np.array([float(word) for word in PLACES.split()]).reshape(-1, 2)
    return Skeleton(points, np.array(PERSON_EDGES), PERSON, is_person=True)


def drawn(*parts: str) -> Drawing:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 256 256'>{''.join(parts)}</svg>"
    return read_drawing(Media.of("person.svg", svg.encode()))


def by_name(drawing: Drawing, layers: tuple[Layer, ...]) -> dict[str, set[str]]:
    return {layer.name: {drawing.shapes[i].name for i in layer.shapes} for layer in layers}


def check_whole(drawing: Drawing, layers: tuple[Layer, ...], keypoints: int) -> None:
    shapes = [shape for layer in layers for shape in layer.shapes]
    assert sorted(shapes) == list(range(len(drawing.shapes)))
    assert all(layer.shapes == tuple(sorted(layer.shapes)) for layer in layers)
    assert {point for layer in layers for point in layer.keypoints} == set(range(keypoints))


def test_arms_over_the_trunk_are_layers_and_take_what_lies_on_them() -> None:
    drawing = drawn(TROUSERS, TRUNK, BUTTON, HEAD, ARMS, WATCH)
    layers = find_layers(drawing, person())
    check_whole(drawing, layers, 13)
    assert by_name(drawing, layers) == {
        "left arm": {"left_arm", "watch"},
        "right arm": {"right_arm"},
        "body": {"trousers", "shirt", "button", "head"},
    }
    left = next(layer for layer in layers if layer.name == "left arm")
    body = next(layer for layer in layers if layer.name == "body")
    assert set(left.keypoints) & set(body.keypoints) == {PERSON.index("left_shoulder")}


def test_an_arm_behind_the_trunk_is_a_layer_too() -> None:
    drawing = drawn(arm("left_arm", "150 86 158 126 160 166"), TROUSERS, TRUNK, HEAD)
    layers = find_layers(drawing, person())
    assert by_name(drawing, layers)["left arm"] == {"left_arm"}
    assert layers[0].name == "left arm"


def test_arms_on_a_shape_of_the_whole_leave_no_ghost() -> None:
    whole = (
        "<g stroke='#123' fill='#123' stroke-width='22' stroke-linecap='round' "
        "stroke-linejoin='round'><path d='M108 90H148V160L150 236H106V160ZM128 46V60M150 86L180 "
        "126L210 166M106 86L76 126L46 166'/></g>"
    )
    arms = arm("left_arm", "150 86 180 126 210 166") + arm("right_arm", "106 86 76 126 46 166")
    skeleton = person()
    skeleton.points[[3, 5, 4, 6]] = [[180, 126], [210, 166], [76, 126], [46, 166]]
    assert len(find_layers(drawn(whole, arms), skeleton)) == 1


def test_a_drawing_of_one_shape_is_one_layer() -> None:
    drawing = drawn("<path d='M60 60H200V220H60Z'/>")
    assert find_layers(drawing, person()) == (Layer("drawing", (0,), tuple(range(13))),)


def test_arms_in_one_shape_with_the_trunk_stay_with_it() -> None:
    arms = "M92 80H164V170H150V162H106V170H92Z"
    drawing = drawn(TROUSERS, f"<path id='shirt' d='{arms}' fill='#48c'/>", HEAD)
    assert len(find_layers(drawing, person())) == 1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(*(st.integers(0, 200) for _ in range(4))), min_size=1, max_size=12))
def test_every_shape_and_keypoint_finds_its_layer(
    boxes: list[tuple[int, int, int, int]],
) -> None:
    rects = (
        f"<rect x='{x}' y='{y}' width='{w % 60 + 3}' height='{h % 60 + 3}'/>"
        for x, y, w, h in boxes
    )
    drawing = drawn(*rects)
    layers = find_layers(drawing, person())
    check_whole(drawing, layers, 13)
    assert 1 <= len(layers) <= 7


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20))
def test_bones_reach_all_that_is_joined_and_list_parents_first(
    count: int, pairs: set[tuple[int, int]]
) -> None:
    joined = sorted({(min(p), max(p)) for p in pairs if p[0] != p[1] and max(p) < count}) or [
        (0, 1)
    ]
    points = np.random.default_rng(count).uniform(0, 256, (count, 2))
    skeleton = Skeleton(points, np.array(joined), ("",) * count, is_person=False)
    bones, parents = bones_of(skeleton)
    assert (parents < np.arange(len(bones))).all()
    for bone, parent in zip(bones.tolist(), parents.tolist(), strict=True):
        assert tuple(sorted(bone)) in joined
        assert parent == -1 or bones[parent, 1] == bone[0]
    ends = bones[:, 1].tolist()
    assert len(set(ends)) == len(ends)
    roots = {bone[0] for bone, parent in zip(bones.tolist(), parents.tolist(), strict=True)
             if parent == -1}  # fmt: skip
    assert roots | set(ends) == {point for edge in joined for point in edge}
    assert not roots & set(ends)


@pytest.mark.parametrize("limb", [(1, 3, 5), (2, 4, 6), (7, 9, 11), (8, 10, 12)])
def test_a_persons_limbs_are_chains_of_bones(limb: tuple[int, int, int]) -> None:
    bones, parents = bones_of(person())
    upper = bones.tolist().index([limb[0], limb[1]])
    lower = bones.tolist().index([limb[1], limb[2]])
    assert parents[lower] == upper and len(bones) == 12
