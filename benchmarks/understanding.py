# SPDX-License-Identifier: Apache-2.0
"""How well descriptions are understood: `python benchmarks/understanding.py`.

Scores the 200 sentences of `tests/data/understanding.toml`, which were written apart from the
lexicon and must never be tuned on: no sentence is shown.
"""

from __future__ import annotations

import statistics
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinora.backend.avatar import pipeline
from kinora.backend.avatar.outfit import GarmentChoice, Outfit
from kinora.backend.avatar.params import Params
from kinora.backend.avatar.shape import ShapeReading
from kinora.backend.avatar.words import clothing, lexicon
from kinora.backend.avatar.words.colors import RGB

DATA = Path(__file__).parent.parent / "tests" / "data"
TARGETS = {"known": 0.95, "rare": 0.70, "binding": 0.99}


def main() -> None:
    sentences = tomllib.loads((DATA / "understanding.toml").read_text("utf-8"))["sentence"]
    families = tomllib.loads((DATA / "families.toml").read_text("utf-8"))
    anchors = _anchors(families)
    models = pipeline.load_models()
    scores: dict[tuple[str, str], list[bool]] = {}
    pairs: dict[str, list[bool]] = {}
    taken = []
    for sentence in sentences:
        start = time.perf_counter()
        params = Params(sentence.get("shape", ""), sentence["text"])
        shape, outfit = pipeline.read_words(params, models)
        taken.append(time.perf_counter() - start)
        checked = _checks(sentence, _Made(shape, outfit, families, anchors))
        for slot, is_right in checked:
            kind = "rare" if slot in sentence.get("rare", ()) else "known"
            scores.setdefault((kind, slot), []).append(is_right)
        if "binding" in sentence:
            bound = [
                is_right for slot, is_right in checked if slot in ("color", "pattern", "absent")
            ]
            pairs.setdefault(sentence["binding"], []).append(all(bound))
    _report(scores, pairs, taken)


@dataclass(frozen=True)
class _Made:
    """What was made of a sentence, and what its answers may be."""

    shape: ShapeReading
    outfit: Outfit
    families: dict[str, Any]
    anchors: list[tuple[str, np.ndarray]]

    def of(self, family: str) -> list[GarmentChoice]:
        """The worn garments of a family, or of several: "shirt|tshirt"."""
        names = {name for each in family.split("|") for name in self.families["garments"][each]}
        return [choice for choice in self.outfit.garments if choice.garment in names]

    def is_color(self, inks: list[RGB], color: str) -> bool:
        """Whether among the nearest anchors of an ink, in Lab, is one of an acceptable family."""
        return any(bool(self._names(ink) & set(color.split("|"))) for ink in inks)

    def _names(self, ink: RGB) -> set[str]:
        away = [(float(np.linalg.norm(_lab(np.array(ink)) - lab)), n) for n, lab in self.anchors]
        closest = min(away)[0]
        return {name for gap, name in away if gap < closest + 12}


def _checks(sentence: dict[str, Any], made: _Made) -> list[tuple[str, bool]]:
    """(slot, whether it was understood) for everything that the sentence determines."""
    checks: list[tuple[str, bool]] = []
    for family, color in sentence.get("garments", {}).items():
        found = made.of(family)
        checks.append(("garment", bool(found)))
        if color and found:
            inks = [ink for one in found for ink in _inks(one)]
            checks.append(("color", made.is_color(inks, color)))
    for family, pattern in sentence.get("patterns", {}).items():
        patterns = {one.pattern for one in made.of(family)}
        checks.append(("pattern", bool(patterns & set(pattern.split("|")))))
    checks += [("absent", not made.of(family)) for family in sentence.get("absent", ())]
    judges = {"sex": _sex, "age": _age, "build": _has_build, "hair": _hair, "beard": _beard}
    for slot, judge in judges.items():
        if slot in sentence:
            checks += judge(sentence[slot], made)
    if sentence.get("role"):
        checks.append(("role", _has_role(sentence["text"], sentence["role"])))
    return checks


def _sex(sex: str, made: _Made) -> list[tuple[str, bool]]:
    return [("sex", made.shape.is_female == (sex == "female"))]


def _age(age: list[float], made: _Made) -> list[tuple[str, bool]]:
    return [("age", age[0] <= made.shape.age_years <= age[1])]


def _has_build(build: str, made: _Made) -> list[tuple[str, bool]]:
    return [("build", bool(set(build.split("|")) & _build(made.shape)))]


def _hair(hair: dict[str, str], made: _Made) -> list[tuple[str, bool]]:
    checks, looks = [], made.outfit.looks
    if "style" in hair:
        fitting = _fitting(hair["style"], made.families["hair"])
        checks.append(("hair", (looks.hair_style or "bald") in fitting))
    if "color" in hair and looks.hair_style is not None:
        color = hair["color"].replace("blond", "yellow|beige|gold|cream")
        checks.append(("hair color", made.is_color([looks.hair_color], color)))
    return checks


def _beard(beard: str, made: _Made) -> list[tuple[str, bool]]:
    fitting = _fitting(beard, made.families["beard"])
    return [("beard", (made.outfit.looks.beard or "none") in fitting)]


def _fitting(names: str, table: dict[str, list[str]]) -> set[str]:
    return {style for each in names.split("|") for style in table[each]}


def _inks(choice: GarmentChoice) -> list[RGB]:
    return [choice.color] if choice.pattern == "plain" else [choice.color, choice.second_color]


def _anchors(families: dict[str, Any]) -> list[tuple[str, np.ndarray]]:
    return [
        (name, _lab(_parse(code)))
        for name, codes in families["colors"].items()
        for code in codes.split()
    ]


def _parse(code: str) -> np.ndarray:
    return np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)]) / 255


def _lab(color: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* of sRGB 0 to 1 under D65."""
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(matrix) @ linear / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _build(shape: ShapeReading) -> set[str]:
    """What one may call the body, by its body mass index and muscle."""
    index = shape.mass_kg / shape.height_m**2
    muscle = shape.parameters.phenotypes.get("muscle", 0.5)
    found = {"thin"} if index < 20.5 else {"heavy"} if index > 26 else {"average"}
    if 19.5 < index < 27:
        found.add("average")
    return found | ({"muscular"} if muscle > 0.6 else set())


def _has_role(text: str, role: str) -> bool:
    """Whether the reader took one of the role's names for a role."""
    _, sentence = clothing.read(text)
    roles = lexicon.read("roles")["role"]
    words = {word for each in sentence.roles for word in lexicon.words(roles[int(each)]["words"])}
    return bool(words & set(role.split("|")))


def _report(
    scores: dict[tuple[str, str], list[bool]], pairs: dict[str, list[bool]], taken: list[float]
) -> None:
    lines = ["| words | slot | asked | right | target |", "|---|---|---|---|---|"]
    for kind in ("known", "rare"):
        every = [one for (k, _), found in scores.items() if k == kind for one in found]
        for (k, slot), found in sorted(scores.items()):
            if k == kind:
                lines.append(f"| {kind} | {slot} | {len(found)} | {np.mean(found):.3f} | |")
        lines.append(f"| {kind} | all | {len(every)} | {np.mean(every):.3f} | {TARGETS[kind]} |")
    bound = [one for found in pairs.values() for one in found]
    lines.append(f"| binding | | {len(bound)} | {np.mean(bound):.3f} | {TARGETS['binding']} |")
    middle, most = 1000 * statistics.median(taken), 1000 * max(taken)
    lines.append(f"\nA sentence takes {middle:.1f} ms, at most {most:.0f} ms.")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
