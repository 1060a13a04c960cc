# SPDX-License-Identifier: Apache-2.0
"""What a reading gathers, and what each node of a drawing has from those above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .document import Node
from .values import Matrix, length, transform

_PAINT = "fill fill-opacity fill-rule stroke stroke-opacity stroke-width color paint-order"
_LINES = "stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset"
_TEXT = "font-family font-size font-style font-weight text-anchor letter-spacing"
_INHERITED = frozenset(f"{_PAINT} {_LINES} {_TEXT} visibility clip-rule".split())


@dataclass
class Reading:
    """What one reading gathers: notes in order, how many nodes, repeated ones, and points."""

    ids: Mapping[str, Node]
    notes: dict[str, None] = field(default_factory=dict)
    nodes: int = 0
    repeats: int = 0
    points: int = 0

    def note(self, sentence: str) -> None:
        if sentence:
            self.notes[sentence] = None


@dataclass(frozen=True)
class State:
    """What a node has from those above it. `pixel` is the canvas units of a pixel of the page;
    `path` are the numbers of the nodes down to it."""

    style: Mapping[str, str]
    to_canvas: Matrix
    viewport: tuple[float, float]
    pixel: float
    name: str = ""
    depth: int = 0
    is_clip: bool = False
    is_repeated: bool = False
    path: tuple[int, ...] = ()

    def below(self, node: Node) -> State:
        """The state within a node: its styles inherited, its transform applied."""
        own = {k: v for k, v in node.attributes.items() if k in _INHERITED and v != "inherit"}
        if "font-size" in own:
            above = length(self.style.get("font-size"), 16.0, 16.0)
            own["font-size"] = str(length(own["font-size"], above, above, above))
        to_canvas = self.to_canvas
        if "transform" in node.attributes:
            to_canvas = to_canvas @ transform(node.attributes["transform"])
        name = node.attributes.get("label") or node.attributes.get("id") or self.name
        style = {**self.style, **own} if own else self.style
        return replace(self, style=style, to_canvas=to_canvas, name=name, depth=self.depth + 1)


def index_ids(root: Node) -> dict[str, Node]:
    """The nodes by id, the first of equal ones."""
    ids: dict[str, Node] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if node.attributes.get("id"):
            ids.setdefault(node.attributes["id"], node)
        stack.extend(reversed(node.elements()))
    return ids
