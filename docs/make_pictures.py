# SPDX-License-Identifier: Apache-2.0
"""Makes the README's sheets: of characters and clips, by running `kinora`, and of motions.

python benchmarks/motion_sheets.py SHEETS --only walk,jump,throw,sword
python docs/make_pictures.py FOLDER SHEETS    # keeps the results in FOLDER and goes on from there
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PICTURES = Path(__file__).parent / "pictures"
PROMPTS = (
    ("a tall muscular woman", "a red T-shirt, blue jeans and black boots", "walks happily"),
    ("an obese old lady", "a green dress with white polka dots and brown shoes", "waves"),
    ("a man", "a pirate with a white beard and green trousers", "points"),
    ("a girl of eight", "a yellow raincoat, red wellies and pigtails", "jumps"),
    ("a strong man", "a knight in shining armour with a red cape", "walks"),
    ("a frail grandfather", "a blue robe with gold stars, a wizard hat, a long beard", "cheers"),
    ("a young woman", "a black leather jacket, a tartan skirt, boots, a mohawk", "dances"),
    ("a cheerful chubby man", "a chef with a curly mustache", "waves"),
    ("a woman", "an astronaut with the helmet on", "walks slowly"),
    ("a toddler", "a striped T-shirt, dungarees and a straw hat", "claps"),
    ("a queen", "a dark red velvet gown, a golden crown and a cape", "bows"),
    ("an angry sumo wrestler", "", "stomps"),
)
MOTIONS = (("walk", 3), ("jump", 0), ("throw", 1), ("sword", 2))
"""Sheets of motions, and which of their four bodies is shown."""
BODIES = 4
DRAWINGS = Path(__file__).parents[1] / "tests" / "data" / "drawings"
CLIPS = ("person_standing", "dog", "snake", "flower_pot", "fish")


def main() -> None:
    folder = Path(sys.argv[1])
    for number, prompts in enumerate(PROMPTS):
        make_character(folder / f"{number:02d}", prompts)
    sheet(folder).save(PICTURES / "characters.jpg", quality=88)
    motions(Path(sys.argv[2])).save(PICTURES / "motion.jpg", quality=82)
    clips(folder).save(PICTURES / "clipart.jpg", quality=85)


def make_character(folder: Path, prompts: tuple[str, str, str]) -> None:
    if (folder / "result.json").exists():
        return
    shape, appearance, motion = prompts
    words = ["--shape", shape, "--appearance", appearance, "--motion", motion]
    command = [sys.executable, "-m", "kinora.backend", "avatar", *words, "-o", str(folder)]
    subprocess.run(command, check=True)


def clips(folder: Path) -> Image.Image:
    """Frames of clips, a row each, with their captions."""
    captions = tomllib.loads((DRAWINGS / "captions.toml").read_text())["captions"]
    rows = []
    for name in CLIPS:
        output = folder / name
        if not (output / "result.json").exists():
            drawing, caption = str(DRAWINGS / f"{name}.svg"), captions[f"{name}.svg"]
            command = [sys.executable, "-m", "kinora.backend", "clipart", drawing, caption]
            subprocess.run([*command, "-o", str(output)], check=True)
        row = Image.open(output / "preview.png").convert("RGB")
        ImageDraw.Draw(row).text((6, 2), captions[f"{name}.svg"], "dimgrey", font())
        rows.append(row)
    whole = mounted(rows, columns=1)
    return whole.resize((1400, round(whole.height * 1400 / whole.width)))


def sheet(folder: Path) -> Image.Image:
    """Three-quarter view and face of every character, with its words."""
    cells = []
    for number, prompts in enumerate(PROMPTS):
        turntable = Image.open(folder / f"{number:02d}" / "preview.png").convert("RGB")
        width, height = turntable.size[0] // 5, turntable.size[1]
        cell = Image.new("RGB", (2 * width, height + 40), "white")
        cell.paste(turntable.crop((width, 0, 2 * width, height)), (0, 0))
        cell.paste(turntable.crop((4 * width, 0, 5 * width, height)), (width, 0))
        draw = ImageDraw.Draw(cell)
        draw.text((6, height + 4), f"{prompts[0]}; {prompts[2]}", "black", font())
        draw.text((6, height + 21), prompts[1], "dimgrey", font())
        cells.append(cell)
    return mounted(cells, columns=3)


def motions(sheets: Path) -> Image.Image:
    """One body's frames of each motion, a row each."""
    rows = []
    for name, body in MOTIONS:
        sheet = Image.open(sheets / f"{name}.png").convert("RGB")
        height = sheet.height // BODIES
        rows.append(sheet.crop((0, body * height, sheet.width, (body + 1) * height)))
    whole = mounted(rows, columns=1)
    return whole.resize((1400, round(whole.height * 1400 / whole.width)))


def mounted(cells: list[Image.Image], columns: int) -> Image.Image:
    width, height = cells[0].size
    rows = -(-len(cells) // columns)
    whole = Image.new("RGB", (columns * width, rows * height), "white")
    for number, cell in enumerate(cells):
        whole.paste(cell, (number % columns * width, number // columns * height))
    return whole


def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(13)


if __name__ == "__main__":
    main()
