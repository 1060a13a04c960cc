# SPDX-License-Identifier: Apache-2.0
"""Where a form holds on to the body: head or face, a hand or forearm, the back, a hip, skin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import scipy.sparse as sparse

from ....kit.body import BodyModel
from ..piece import smooth_normals
from ..surface import Floats, Ints, Surface, plain
from .site import Site, affine_mix, mix_of, near_mix, rigid_mix
from .solids import Solid, flipped, unit

HANDLE = 0.012
"""Metres from the palm to the middle of what it holds."""


Hold = Callable[[Site, Solid], Surface]


def hung(site: Site, solid: Solid, on: str) -> Surface:
    """The solid on the canonical body, following whatever it holds on to.

    Raises `ValueError` for a place that `HOLDS` does not have.
    """
    if on not in HOLDS:
        raise ValueError(f'Nothing can hold on to "{on}"; name one of {", ".join(HOLDS)}.')
    return HOLDS[on](site, solid)


def surface(solid: Solid, mix: sparse.csr_matrix, shift: Floats | None = None) -> Surface:
    made = replace(plain(mix, solid.faces, solid.uvs), zones=solid.zones, islands=solid.charts)
    return made if shift is None else replace(made, shift=shift)


def _head(site: Site, solid: Solid) -> Surface:
    return surface(solid, affine_mix(site.model, site.base["head"], solid.places))


def _face(site: Site, solid: Solid) -> Surface:
    """An affine map fitted to where spectacles rest, the bridge of the nose and the ears."""
    model = site.model
    skin = np.unique(model.groups["body"].corners)
    places = model.canonical.vertices[skin]
    x, y, z = np.abs(places[:, 0]), places[:, 1], places[:, 2]
    bridge = (x < 0.016) & (y < -0.13) & (np.abs(z - 1.592) < 0.016)
    ears = (x > 0.066) & (np.abs(y + 0.035) < 0.02) & (np.abs(z - 1.597) < 0.022)
    skull = (site.base["head"][skin] > 0.95) & (z > 1.56)
    weight = 0.02 * skull + bridge / max(bridge.sum(), 1) * 40 + ears / max(ears.sum(), 1) * 40
    anchors = np.flatnonzero(weight > 0)
    anchors = anchors[(weight[anchors] > 0.03) | (np.arange(len(anchors)) % 12 == 0)]
    known = np.column_stack([places[anchors], np.ones(len(anchors))])
    share = weight[anchors, None]
    rows = np.column_stack([solid.places, np.ones(len(solid.places))])
    rows = rows @ np.linalg.solve(known.T @ (share * known), (share * known).T)
    return surface(solid, mix_of(model, rows, skin[anchors]))


def _skin(site: Site, solid: Solid) -> Surface:
    skin = np.unique(site.model.groups["body"].corners)
    places = site.model.canonical.vertices[skin]
    mix = near_mix(site.model, solid.places, skin, places)
    return surface(solid, mix, solid.places - mix @ site.model.canonical.vertices)


def _back(site: Site, solid: Solid) -> Surface:
    x, y, z = site.model.canonical.vertices.T
    skin = np.unique(site.model.groups["body"].corners)
    near = (np.abs(x) < 0.08) & (y > 0.02) & (np.abs(z - 1.27) < 0.07)
    return _rigid(site, solid, skin[near[skin]])


def _hip(sign: float) -> Hold:
    def hold(site: Site, solid: Solid) -> Surface:
        x, y, z = site.model.canonical.vertices.T
        skin = np.unique(site.model.groups["body"].corners)
        near = (x * sign > 0.12) & (site.base["arm"] < 0.1) & (np.abs(z - 0.93) < 0.05)
        return _rigid(site, solid, skin[(near & (np.abs(y + 0.04) < 0.06))[skin]])

    return hold


def _hand(side: str) -> Hold:
    def hold(site: Site, solid: Solid) -> Surface:
        model = site.model
        frame, middle = arm_frame(model, side, ("wrist", "finger3-1", "finger2-1", "finger5-1"))
        start = middle[0] + 0.80 * (middle[1] - middle[0])
        palm = _near_skin(model, start, -frame[0], 0.028)
        seat = (model.canonical.vertices[palm] - start) @ frame[0]
        grip = start + frame[0] * (np.quantile(seat, 0.2) - HANDLE)
        return _rigid(site, _framed(solid, frame, grip, side), palm)

    return hold


def _forearm(side: str) -> Hold:
    def hold(site: Site, solid: Solid) -> Surface:
        model = site.model
        frame, middle = arm_frame(model, side, ("lowerarm01", "wrist", "finger2-1", "finger5-1"))
        start = middle[0] + 0.62 * (middle[1] - middle[0])
        outer = _near_skin(model, start, frame[0], 0.05)
        place = model.canonical.vertices[outer].mean(0)
        return _rigid(site, _framed(solid, frame, place, side), outer)

    return hold


def arm_frame(model: BodyModel, side: str, bones: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Rows x, y, z of a hanging arm, outwards, back and up, as it is drawn in the bind pose, and
    the places of these bones: where it begins, where it ends, the thumb's and the other side."""
    heads, names = model.canonical.rig.heads, model.bone_names
    middle = np.stack([heads[names.index(f"{bone}.{side}")] for bone in bones]).astype(float)
    up = unit(middle[0] - middle[1])
    thumb = middle[2] - middle[3]
    back = -unit(thumb - (thumb @ up) * up)
    out = np.cross(back, up)
    return np.stack([out if side == "L" else -out, back, up]), middle


def _framed(solid: Solid, frame: Floats, origin: Floats, side: str) -> Solid:
    placed = replace(solid, places=solid.places @ frame + origin)
    return placed if side == "L" else flipped(placed)


def _near_skin(model: BodyModel, place: Floats, facing: Floats, reach: float) -> Ints:
    """Base vertices of skin within `reach` metres that look the given way."""
    faces = model.groups["body"].corners
    places = model.canonical.vertices
    normals = smooth_normals(places, faces)
    skin = np.unique(faces)
    close = np.linalg.norm(places[skin] - place, axis=1) < reach
    return np.asarray(skin[close & (normals[skin] @ facing > 0.5)], np.int32)


def _rigid(site: Site, solid: Solid, vertices: Ints) -> Surface:
    mix = rigid_mix(site.model, vertices, len(solid.places))
    return surface(solid, mix, solid.places - mix @ site.model.canonical.vertices)


HOLDS: dict[str, Hold] = {
    "head": _head,
    "face": _face,
    "skin": _skin,
    "back": _back,
    "left hip": _hip(1.0),
    "right hip": _hip(-1.0),
    "left hand": _hand("L"),
    "right hand": _hand("R"),
    "left forearm": _forearm("L"),
    "right forearm": _forearm("R"),
}
"""Coordinates are the canonical body's; on hands and forearms those of an arm that hangs: x
outwards, y back, z up, from the middle of the grip, or of the forearm's outer side."""
