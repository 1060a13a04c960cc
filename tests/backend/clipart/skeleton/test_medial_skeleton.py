# SPDX-License-Identifier: Apache-2.0
"""Skeletons of drawings whose limbs are known, and of awkward ones."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_limbs import drawn, farthest, pieces, star, tips
from hypothesis import given, settings
from hypothesis import strategies as st

from kinora.backend.clipart.painting import paint
from kinora.backend.clipart.skeleton.find import find_skeleton
from kinora.backend.clipart.skeleton.medial import FEWEST, MOST, SPARE, medial_skeleton
from kinora.backend.clipart.skeleton.silhouette import cover, silhouette
from kinora.shared.errors import BadOptionError

AWKWARD = {
    "disk": "<circle cx='128' cy='128' r='90'/>",
    "oval": "<ellipse cx='128' cy='128' rx='110' ry='40'/>",
    "speck": "<rect x='100' y='100' width='3' height='3'/>",
    "dot": "<circle cx='100' cy='100' r='0.8'/>",
    "fine dust": "<path d='"
    + "".join(f"M{8 + 14 * (n % 17)} {8 + 14 * (n // 17)}h5v5h-5z" for n in range(289))
    + "'/>",
    "line": "<path d='M20 20 L230 200' stroke='#000' stroke-width='1.2'/>",
    "whole page in two": "<path d='M0 0H128V256H0Z'/><path d='M128 0H256V256H128Z' fill='red'/>",
    "far apart": "<circle cx='30' cy='30' r='20'/><circle cx='220' cy='220' r='25'/>",
    "dust": "".join(
        f"<circle cx='{20 + 24 * (n % 10)}' cy='{20 + 24 * (n // 10)}' r='5'/>" for n in range(100)
    ),
    "letters": "<path d='M20 60V180M20 120H80M80 60V180M110 60V180H160M190 60V180H240' "
    "stroke='#000' stroke-width='18' fill='none'/>",
    "hairy": "<circle cx='128' cy='128' r='60'/><path stroke='#000' d='"
    + "".join(f"M128 128L{128 + 100 * np.cos(a):.1f} {128 + 100 * np.sin(a):.1f}"
              for a in np.arange(0, 6.28, 0.1)) + "'/>",
}  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.integers(3, 8), st.floats(0, 6.28))
def test_every_arm_of_a_star_has_one_tip_near_its_end(arms: int, turn: float) -> None:
    drawing, ends = star(arms, turn)
    found = find_skeleton(drawing, False).skeleton
    reached = tips(found)
    assert len(reached) == arms
    # 95 % of the way from where the axis ends to the contour.
    assert farthest(ends, reached) < 8
    assert pieces(found) == 1


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_drawings_have_a_skeleton_in_one_piece(name: str) -> None:
    skeleton = find_skeleton(drawn(AWKWARD[name]), False).skeleton
    assert FEWEST <= len(skeleton.points) <= MOST + SPARE
    assert np.isfinite(skeleton.points).all() and pieces(skeleton) == 1
    assert len({frozenset(edge) for edge in skeleton.edges.tolist()}) == len(skeleton.edges)
    assert (skeleton.edges[:, 0] != skeleton.edges[:, 1]).all()
    assert skeleton.points.min() > -5 and skeleton.points.max() < 261


def test_a_ring_keeps_its_hole() -> None:
    ring = drawn("<circle cx='128' cy='128' r='83' fill='none' stroke='#000' stroke-width='50'/>")
    skeleton = find_skeleton(ring, False).skeleton
    assert not len(tips(skeleton)) and len(skeleton.edges) == len(skeleton.points)
    away = np.linalg.norm(skeleton.points - 128, axis=1)
    assert np.abs(away - 83).max() < 2


def test_a_limb_bends_where_the_drawing_does() -> None:
    bent = drawn("<path d='M30 40V210H220' fill='none' stroke='#000' stroke-width='20'/>")
    skeleton = find_skeleton(bent, False).skeleton
    assert farthest(np.array([[30.0, 210.0]]), skeleton.points) < 8
    assert farthest(np.array([[30.0, 42.0], [218.0, 210.0]]), tips(skeleton)) < 5


def test_detached_pieces_hang_on_the_largest() -> None:
    body = "<rect x='88' y='70' width='80' height='100' rx='20'/>"
    feet = (
        "<ellipse cx='100' cy='210' rx='22' ry='12'/><ellipse cx='156' cy='210' rx='22' ry='12'/>"
    )
    skeleton = find_skeleton(drawn(body + feet), False).skeleton
    low = skeleton.points[:, 1] > 195
    crossing = [edge for edge in skeleton.edges.tolist() if low[edge[0]] != low[edge[1]]]
    assert len(crossing) == 2


def test_a_leg_before_another_has_its_own_joints() -> None:
    body = "<ellipse cx='128' cy='90' rx='100' ry='40' fill='#a63'/>"
    far = "<rect x='92' y='100' width='30' height='120' rx='8' fill='#852'/>"
    near = "<rect x='70' y='100' width='30' height='126' rx='8' fill='#a63'/>"
    skeleton = find_skeleton(drawn(far + body + near), False).skeleton
    assert farthest(np.array([[85.0, 220.0], [107.0, 214.0]]), tips(skeleton)) < 12


def test_a_fin_inside_the_body_is_a_limb_if_it_is_called_so_and_a_patch_is_none() -> None:
    body = "<ellipse cx='128' cy='128' rx='110' ry='70' fill='#f93'/>"
    fin = "<ellipse id='side_fin' cx='140' cy='140' rx='34' ry='13' fill='#c52'/>"
    patch = "<path d='M50 176C90 214 170 214 208 176C160 190 100 190 50 176Z' fill='#fd9'/>"
    plain, finned, nameless, patched = (
        len(tips(find_skeleton(drawn(content), False).skeleton))
        for content in (body, body + fin, body + fin.replace("side_fin", "spot"), body + patch)
    )
    assert finned == plain + 1 and nameless == patched == plain


@pytest.mark.parametrize("rule", ["evenodd", "nonzero"])
def test_what_a_shape_covers_is_what_is_painted(rule: str) -> None:
    drawing = drawn(
        f"<path fill-rule='{rule}' d='M128 10L200 230L20 90H236L56 230Z M100 110h50v50h-50z'/>"
    )
    painted = paint(drawing, 256)[..., 3]
    covered = cover(drawing.shapes[0], 256)
    assert covered[painted > 250].all() and not covered[painted < 5].any()


@pytest.mark.parametrize(
    "unseen", ["<circle cx='99' cy='99' r='50' opacity='0.05'/>", "<circle cx='999' cy='9' r='9'/>"]
)
def test_what_cannot_be_seen_is_refused(unseen: str) -> None:
    with pytest.raises(BadOptionError):
        find_skeleton(drawn(unseen), False)


def test_silhouettes_of_nothing_but_flecks_stand() -> None:
    drawing = drawn("<circle cx='100' cy='100' r='1'/><circle cx='160' cy='100' r='1'/>")
    mask = silhouette([cover(shape, 512) for shape in drawing.shapes])
    assert len(medial_skeleton(mask).points) >= FEWEST
