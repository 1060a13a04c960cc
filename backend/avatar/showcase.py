# SPDX-License-Identifier: Apache-2.0
"""Picture sheets of what the wardrobe holds: garments, roles, hair, beards, patterns, colors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ...shared.results import Character
from ..kit.body import make_body
from .actor import load_actor
from .camera import FIELD_OF_VIEW, Shot, fit
from .dress import dress
from .outfit import GarmentChoice, Outfit, read_outfit
from .pipeline import Models, load_models
from .preview import RECIPE
from .shape import read_shape
from .studio import draw, fit_textures
from .wardrobe.beards import BEARDS
from .wardrobe.cloth import label
from .wardrobe.garments import GARMENTS
from .wardrobe.hairstyles import STYLES
from .wardrobe.patterns import PATTERNS
from .words import colors, lexicon

CELL = (200, 280)
LABEL = 22
COLUMNS = 10
TEXTURE = 512
SMALLEST = 0.30
"""Metres that a picture shows at least, so that a ring does not fill it."""
ABOUT = 0.45
"""Radians to the side of the front."""

HEAD = ("Hair", "Hair cap", "Beard", "Teeth", "Tongue", "Eyes")
"""Parts that show hair when they are framed together."""

Picture = NDArray[np.uint8]
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Item:
    """A cell of a sheet: its words, and who is drawn; `focus` names the parts to look at."""

    label: str
    shape: str
    appearance: str
    outfit: Callable[[Outfit], Outfit] = lambda outfit: outfit
    focus: tuple[str, ...] = ()


def sheets() -> dict[str, list[Item]]:
    """What each sheet shows, by its name."""
    return {
        "garments": list(_garments()),
        "roles": list(_roles()),
        "patterns": list(_patterns()),
        "hair": list(_hair()),
    }


def sheet(items: list[Item], report: Report) -> Image.Image:
    """Draw every item with its label; `report(fraction, label)` is called for each."""
    models = load_models()
    cells = []
    for number, item in enumerate(items):
        report(number / len(items), item.label)
        cells.append(_labeled(item.label, _drawn(models, item)))
    return mounted(cells, COLUMNS)


def mounted(cells: list[Image.Image], columns: int) -> Image.Image:
    """Cells of one size, row by row."""
    width, height = cells[0].size
    whole = Image.new("RGB", (columns * width, -(-len(cells) // columns) * height), "white")
    for number, cell in enumerate(cells):
        whole.paste(cell, (number % columns * width, number // columns * height))
    return whole


def color_chart() -> Image.Image:
    """All colors that Kinora knows by name."""
    cells = []
    for name, value in colors.named().items():
        patch = np.tile(np.array(value) * 255, (CELL[0] // 3, CELL[0], 1)).astype(np.uint8)
        cells.append(_labeled(name, patch))
    return mounted(cells, COLUMNS)


def _garments() -> Iterator[Item]:
    for garment in sorted(GARMENTS.values(), key=lambda one: (one.slot, one.name)):

        def only(outfit: Outfit, name: str = garment.name) -> Outfit:
            color = colors.named()[GARMENTS[name].color]
            plain = [one for one in outfit.garments if GARMENTS[one.garment].layer < 12]
            return replace(outfit, garments=(*plain, GarmentChoice(name, color)))

        name = label(garment.name)
        yield Item(name, "a woman", "underwear and a bun", only, (name,))


def _roles() -> Iterator[Item]:
    for number, role in enumerate(lexicon.read("roles")["role"]):
        name = lexicon.words(role["words"])[0]
        sex = ("a man", "a woman")[number % 2]
        yield Item(name, sex, name)


def _patterns() -> Iterator[Item]:
    for pattern in PATTERNS:

        def printed(outfit: Outfit, pattern: str = pattern) -> Outfit:
            ink, base = colors.named()["off white"], colors.named()["teal"]
            return replace(outfit, garments=(GarmentChoice("dress", base, pattern, ink),))

        yield Item(pattern, "a woman", "a dress and a bun", printed, ("Dress",))


def _hair() -> Iterator[Item]:
    for style in STYLES:

        def cut(outfit: Outfit, style: str = style) -> Outfit:
            return replace(outfit, looks=replace(outfit.looks, hair_style=style))

        yield Item(style, "a woman", "a T-shirt and jeans", cut, HEAD)
    for beard in BEARDS:

        def bearded(outfit: Outfit, beard: str = beard) -> Outfit:
            return replace(outfit, looks=replace(outfit.looks, beard=beard))

        yield Item(f"{beard} beard", "a man", "a T-shirt and jeans", bearded, HEAD)


def _drawn(models: Models, item: Item) -> Picture:
    shape = read_shape(item.shape, models.encoder, 0, hints=item.appearance)
    outfit = item.outfit(read_outfit(item.appearance, shape, models.encoder, 0, hints=item.shape))
    body = make_body(models.body, shape.parameters)
    dressed = dress(models.body, body, outfit, TEXTURE, 0)
    character = Character(item.label, dressed.meshes, dressed.materials, dressed.rig, body.height_m)
    shown = [mesh for mesh in dressed.meshes if mesh.name in item.focus] or dressed.meshes
    return shoot(character, np.concatenate([mesh.vertices for mesh in shown]), CELL)


def shoot(character: Character, places: NDArray[np.floating], size: tuple[int, int]) -> Picture:
    """(H, W, 3) the character in bind pose, framed to show `places` (N, 3), from half the side."""
    actor = load_actor(character, "cpu")
    low, high = places.min(0), places.max(0)
    middle = (low + high) / 2
    grow = max(1.0, SMALLEST / float(np.linalg.norm(high - low)))
    around = (places - middle) * grow
    x, y, z = middle.tolist()
    shot = Shot((x, y, z), ABOUT, math.radians(7), 1.0)
    margin = 0.05 * float(np.ptp(around, axis=0).max())
    shot = replace(fit(around, margin, shot, size[0] / size[1]), target=(x, y, z))
    fineness = RECIPE.samples * size[1] / (2 * shot.distance * math.tan(FIELD_OF_VIEW / 2))
    textures = fit_textures(actor, fineness)
    return np.asarray(draw(actor, 0, shot.camera(*size, "cpu"), textures, RECIPE).cpu().numpy())


def _labeled(label: str, picture: Picture) -> Image.Image:
    height, width = picture.shape[:2]
    cell = Image.new("RGB", (width, height + LABEL), "white")
    cell.paste(Image.fromarray(picture), (0, 0))
    font = ImageFont.load_default(13)
    ImageDraw.Draw(cell).text((5, height + 3), label, "black", font)
    return cell
