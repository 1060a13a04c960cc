# SPDX-License-Identifier: Apache-2.0
"""Paints garments: looks of cloth, patterns, wrinkles, hems and trims, from canonical places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..words import colors
from . import details
from .design import Detail
from .garments import GARMENTS
from .noise import Floats, bump, layered, noise, rgb, step
from .part import ZONES, Part
from .patterns import printed
from .piece import Paint, Piece, Texels
from .tubes import Cut, cut_of

if TYPE_CHECKING:
    from ..outfit import GarmentChoice

CLOTH, TRIM, LINING, SOLE, METAL, GLASS = range(len(ZONES))
BRASS = rgb(0.80, 0.66, 0.38)
"""Buckles and buttons on what is not metal itself."""


@dataclass(frozen=True)
class Look:
    """How a material answers light: `roughness`, `metallic`, how strongly it wrinkles, the grain
    of its weave in metres of relief, and how much its shade wanders."""

    roughness: float
    metallic: float = 0.0
    wrinkles: float = 1.0
    grain: float = 0.00012
    shade: float = 0.06


LOOKS: dict[str, Look] = {
    "linen": Look(0.9, wrinkles=1.4, grain=0.00025, shade=0.09),
    "velvet": Look(0.7, wrinkles=0.9, grain=0.0, shade=0.14),
    "fur": Look(1.0, wrinkles=0.1, grain=0.0016, shade=0.35),
    "straw": Look(0.8, wrinkles=0.0, grain=0.0009, shade=0.22),
    "rubber": Look(0.38, wrinkles=0.25, grain=0.0, shade=0.03),
    "plastic": Look(0.3, wrinkles=0.0, grain=0.0, shade=0.02),
    "wood": Look(0.6, wrinkles=0.0, grain=0.0003, shade=0.25),
    "stretch": Look(0.55, wrinkles=0.3, grain=0.0, shade=0.03),
    "mail": Look(0.45, metallic=0.9, wrinkles=0.3, grain=0.0, shade=0.05),
    "cotton": Look(0.85),
    "denim": Look(0.82, wrinkles=0.8, grain=0.0002, shade=0.1),
    "wool": Look(0.92, wrinkles=0.6, grain=0.0003, shade=0.08),
    "knit": Look(0.95, wrinkles=0.5, grain=0.0004, shade=0.08),
    "felt": Look(0.95, wrinkles=0.1, grain=0.0002, shade=0.07),
    "leather": Look(0.48, wrinkles=0.6, grain=0.00004, shade=0.12),
    "metal": Look(0.28, metallic=1.0, wrinkles=0.0, grain=0.0, shade=0.05),
    "satin": Look(0.4, wrinkles=1.2, grain=0.0, shade=0.04),
}
"""By `Part.cloth`; what is not here looks like cotton."""


def piece(part: Part, choice: GarmentChoice, seed: int) -> Piece:
    """The garment as a piece of the atlas, painted as chosen. One seed, one garment."""
    look = LOOKS.get(choice.cloth or part.cloth, LOOKS["cotton"])
    sewn = Sewn(cut_of(part), part.details, part.second_color)
    fields = {name: np.asarray(values, dtype=np.float32) for name, values in part.fields.items()}
    return Piece(
        name=label(part.name),
        vertices=part.vertices,
        faces=part.faces,
        uvs=part.uvs,
        bone_indices=part.bone_indices,
        weights=part.weights,
        canonical=part.canonical,
        canonical_normals=part.canonical_normals,
        density=_density(part),
        paint=lambda texels: paint(texels, choice, look, sewn, seed),
        zones=part.zones,
        fields=fields,
        normal_strength=part.normal_strength,
        hangs=part.hangs,
        inks=(choice.color,) if choice.pattern == "plain" else (choice.color, choice.second_color),
    )


def label(garment: str) -> str:
    """What the user reads for a garment's name: "T-shirt", "Lab coat"."""
    named = GARMENTS[garment].label if garment in GARMENTS else ""
    name = named or garment.replace("_", " ")
    return name[:1].upper() + name[1:]


def _density(part: Part) -> Floats:
    """Linings and soles are hardly seen."""
    return np.where(np.isin(part.zones, (LINING, SOLE)), 0.5, 1.0).astype(np.float32)


@dataclass(frozen=True)
class Sewn:
    """What of a garment its painting needs: its tubes, its details, and the name of the colour of
    trims and details."""

    cut: Cut
    details: tuple[Detail, ...] = ()
    second_color: str = ""


def paint(texels: Texels, choice: GarmentChoice, look: Look, sewn: Sewn, seed: int) -> Paint:
    """Colour, roughness and relief of a garment's texels."""
    cut = sewn.cut
    places = texels.positions
    hem = texels.fields.get("hem", np.ones(len(texels), dtype=np.float32))
    first, second = rgb(*choice.color), rgb(*choice.second_color)
    color = printed(texels, cut, choice.pattern, (first, second))
    if look is LOOKS["denim"]:
        color = color + (_worn(texels) * (1 - color).T * 0.28).T
    trim = np.isin(texels.zones, (TRIM, SOLE))
    if choice.pattern == "plain" and trim.any():
        color[trim] = rgb(*_trim_color(choice, sewn.second_color))
    if not look.metallic:
        color[texels.zones == METAL] = BRASS
    color, relief, metal = _detailed(texels, choice, sewn, color)
    folds = wrinkles(texels, cut, seed) * look.wrinkles
    cotton = texels.zones == CLOTH
    seam, stitches = _hems(texels, hem)
    broad = layered(places, 0.11, seed + 5, 2)
    fine = layered(places, 0.006, seed + 9, 2, smallest=texels.width * 1.5)
    # The same share of light is a stain on white cloth and hardly seen on dark.
    wander = look.shade * (1.15 - 0.75 * float(first.mean()))
    shade = 1 + wander * (0.7 * broad + 0.3 * fine)
    # Folds hold a little shadow in their valleys: engines without occlusion need it painted.
    shade *= 1 + np.clip(folds / 0.0035, -1, 1) * 0.16
    shade *= 1 - 0.16 * seam * cotton
    shade *= np.where(texels.zones == LINING, 0.6, 1.0)
    color = _stitched(color * shade[:, None], stitches * cotton, choice, look)
    metal = np.maximum(metal, texels.zones == METAL)
    # Soles of metal things are their leather: grips, straps, pads.
    soft = np.isin(texels.zones, (LINING, SOLE))
    metallic = np.maximum(metal, look.metallic * ~soft)
    rough = np.where(soft, max(look.roughness, 0.7), look.roughness)
    roughness = rough + metal * (0.3 - rough) + 0.04 * fine + 0.04 * broad
    roughness = np.where(texels.zones == GLASS, 0.08, roughness)
    height = (
        relief
        + folds
        + look.grain * fine * 2
        + 0.0009 * (step(0.0, 0.002, hem) - seam * 0.4) * cotton
    )
    return Paint(
        color=np.clip(color, 0, 1).astype(np.float32),
        roughness=np.clip(roughness, 0.05, 1).astype(np.float32),
        height=height.astype(np.float32),
        metallic=metallic.astype(np.float32),
    )


def _detailed(
    texels: Texels, choice: GarmentChoice, sewn: Sewn, color: Floats
) -> tuple[Floats, Floats, Floats]:
    """The colour with the details on it, their relief in metres, and where they are metal."""
    relief, metal = np.zeros((2, len(texels)), dtype=np.float32)
    for detail in sewn.details:
        ink = rgb(*_trim_color(choice, detail.color or sewn.second_color))
        drawn = details.stroke(texels, sewn.cut, detail)
        color = (color + drawn.share[:, None] * (ink - color)) * drawn.shade[:, None]
        relief += drawn.height
        metal = np.maximum(metal, drawn.metal)
    return color, relief, metal


def wrinkles(texels: Texels, cut: Cut, seed: int) -> Floats:
    """(N,) metres of relief: creases across the limbs at elbow and knee, in the crotch, at the
    waist and over the shoes; long soft folds down skirts."""
    x, y, z = texels.positions.T
    none = np.full(len(texels), -1, dtype=np.float32)
    arm, leg = texels.fields.get("arm", none), texels.fields.get("leg", none)
    bend = layered(texels.positions, 0.10, seed + 31, 2)
    # Creases come and go around the limb; without that they look like rings.
    here = np.clip(0.55 + 0.9 * noise(texels.positions, 0.055, seed + 33), 0, 1)
    drape = 0.0011 * noise(texels.positions, (0.035, 0.035, 0.16), seed + 37)
    if not any(name.startswith("leg") for name, _ in cut.tubes):
        deep = step(0.0, 0.3, leg)
        drape += deep * 0.004 * noise(texels.positions, (0.05, 0.05, 0.6), seed + 38)
        leg = none
    front = np.where(texels.normals[:, 1] < 0, 1.0, -1.0)
    in_arm = 0.9 * bump(0.5, 0.18, arm) + 0.4 * bump(0.93, 0.14, arm) + 0.5 * bump(0.04, 0.1, arm)
    in_leg = 0.9 * bump(0.53, 0.15, leg) + 0.9 * bump(0.93, 0.12, leg)
    crotch = bump(0.05, 0.11, leg) * step(0.17, 0.05, np.abs(x)) * (leg > -0.1)
    waist = np.where((arm < 0.02) & (leg < 0.06), bump(1.05, 0.07, z), 0)
    folds = _crease(arm * 70 + 2.2 * bend + 8 * front * y) * in_arm * (arm > 0)
    folds += _crease(leg * 88 + 2.5 * bend + 10 * front * np.abs(x)) * in_leg * (leg > 0)
    folds += 0.8 * _crease((z - 0.75 * np.abs(x)) * 130 + 2 * bend) * crotch
    folds += 0.5 * _crease(z * 150 + 3 * bend + 12 * x * front) * waist
    return np.asarray(0.0034 * folds * here + drape, dtype=np.float32)


def _worn(texels: Texels) -> Floats:
    """(N,) where denim pales: the front of thighs and knees, and the seat."""
    leg = texels.fields.get("leg", np.full(len(texels), -1, dtype=np.float32))
    front = step(0.2, -0.7, texels.normals[:, 1])
    worn = front * (bump(0.25, 0.3, leg) + 0.7 * bump(0.53, 0.14, leg))
    return np.asarray(np.clip(worn + 0.5 * bump(-0.02, 0.12, leg) * (1 - front), 0, 1), np.float32)


def _crease(phase: Floats) -> Floats:
    """Narrow ridges with wide hollows between, as cloth buckles; of zero mean."""
    return np.asarray((0.5 + 0.5 * np.sin(phase)) ** 1.7 - 0.41, dtype=np.float32)


def _hems(texels: Texels, hem: Floats) -> tuple[Floats, Floats]:
    """How much a texel lies in a hem's seam line, and in its dashed stitching."""
    soft = np.maximum(texels.width, 0.0008)
    seam = np.exp(-(((hem - 0.016) / (0.0012 + soft)) ** 2))
    x, y, z = texels.positions.T
    dash = 0.5 + 0.5 * np.sin((x + y + z) * 2 * np.pi / 0.006)
    line = np.clip(1 - np.abs(hem - 0.013) / np.maximum(soft, 0.0009), 0, 1)
    visible = np.clip(0.003 / soft - 0.6, 0, 1)
    return np.asarray(seam, np.float32), np.asarray(line * dash * visible, np.float32)


def _stitched(
    color: NDArray[np.floating], stitches: NDArray[np.floating], choice: GarmentChoice, look: Look
) -> Floats:
    thread = rgb(*choice.color) * 1.35 + 0.08
    if look is LOOKS["denim"]:
        thread = rgb(0.78, 0.55, 0.25)
    share = (0.6 * stitches)[:, None]
    return np.asarray(color * (1 - share) + np.clip(thread, 0, 1) * share, dtype=np.float32)


def _trim_color(choice: GarmentChoice, name: str) -> tuple[float, ...]:
    """Trims, soles and details: the second colour where one was asked for, else the garment's own
    by `name`, else a darker first."""
    if choice.second_color != (1.0, 1.0, 1.0):
        return tuple(choice.second_color)
    if name:
        return tuple(colors.named()[name])
    return tuple(0.62 * value for value in choice.color)
