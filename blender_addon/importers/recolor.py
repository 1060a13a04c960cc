# SPDX-License-Identifier: GPL-3.0-or-later
"""Colors that an animator can change: each part's own, over the texture that all parts share.

A part was painted in one or two inks. With p the texture's color, linear, and a, b the inks, the
amounts of ink are affine in p; exchanging the inks adds amount x (new ink - old ink). What is
unchanged stays exactly as painted. The node group reads all of it from properties of the object,
so that one material serves every part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

GROUP = "Kinora Colors"
COLORS = ("kinora_color", "kinora_color_2")
"""Custom properties of a part that an animator changes; linear, as Blender keeps colors."""
WAS = ("kinora_was", "kinora_was_2")
_AMOUNT = ("kinora_amount", "kinora_amount_2")
_OFFSET = ("kinora_offset", "kinora_offset_2")
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_MOST = 2.5
"""The largest amount of an ink: highlights are lighter than the ink, glare is not paint."""

Floats = NDArray[np.floating[Any]]


def make_recolorable(made: Any, inks: Floats) -> None:
    """Give a part's object its colors (I, 3), sRGB; none leaves the texture as it is."""
    linear = to_linear(np.asarray(inks, np.float64))[:2]
    rows, offsets = amounts(linear)
    for number, ink in enumerate(linear):
        color, was = COLORS[number], WAS[number]
        made[color], made[was] = ink.tolist(), ink.tolist()
        made[_AMOUNT[number]] = rows[number].tolist()
        made[_OFFSET[number]] = float(offsets[number])
        made.id_properties_ui(color).update(
            subtype="COLOR", min=0.0, max=1.0, description=("Color", "Color of the pattern")[number]
        )


def amounts(inks: Floats) -> tuple[Floats, Floats]:
    """Rows (I, 3) and offsets (I,) by which `row @ p + offset` is how much of each ink is in p."""
    if len(inks) < 2:
        # One ink: what is lighter or darker than it is the same ink in light or shadow.
        rows = [_LUMINANCE / max(float(_LUMINANCE @ ink), 0.02) for ink in inks]
        return np.array(rows).reshape(-1, 3), np.zeros(len(inks))
    gram = inks @ inks.T
    if np.linalg.det(gram) > 0.05 * gram[0, 0] * gram[1, 1] and gram.trace() > 1e-3:
        return np.linalg.solve(gram, inks), np.zeros(2)
    # Of one hue, as black on white: only their lightness tells them apart.
    light = inks @ _LUMINANCE
    span = light[0] - light[1]
    row = _LUMINANCE / (span if abs(span) > 0.02 else np.copysign(0.02, span))
    offset = -float(row @ inks[1])
    return np.stack([row, -row]), np.array([offset, 1 - offset])


def to_linear(values: Floats) -> Floats:
    """sRGB 0 to 1 to linear light."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def recolored(nodes: Any, links: Any, picture: Any) -> Any:
    """The socket of a picture node's color with the part's own colors in it."""
    node = nodes.new("ShaderNodeGroup")
    node.node_tree = bpy.data.node_groups.get(GROUP) or _make_group()
    node.label, node.location = GROUP, (-140, 320)
    links.new(picture.outputs["Color"], node.inputs[0])
    return node.outputs[0]


def _make_group() -> Any:
    tree = bpy.data.node_groups.new(GROUP, "ShaderNodeTree")
    tree.interface.new_socket("Picture", in_out="INPUT", socket_type="NodeSocketColor")
    tree.interface.new_socket("Color", in_out="OUTPUT", socket_type="NodeSocketColor")
    source, target = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    picture = source.outputs[0]
    total = picture
    for number in range(2):
        total = _vector(tree, "ADD", total, _change(tree, picture, number))
    total = _vector(tree, "MAXIMUM", total, (0.0, 0.0, 0.0))
    tree.links.new(total, target.inputs[0])
    _spread_out(tree.nodes)
    return tree


def _change(tree: Any, picture: Any, number: int) -> Any:
    """amount x (new ink - old ink), the amount kept between none and `_MOST`."""
    share = _vector(tree, "DOT_PRODUCT", picture, _property(tree, _AMOUNT[number]))
    amount = tree.nodes.new("ShaderNodeMath")
    amount.operation = "ADD"
    tree.links.new(share, amount.inputs[0])
    offset = tree.nodes.new("ShaderNodeAttribute")
    offset.attribute_type, offset.attribute_name = "OBJECT", _OFFSET[number]
    tree.links.new(offset.outputs["Fac"], amount.inputs[1])
    held = tree.nodes.new("ShaderNodeClamp")
    held.inputs["Max"].default_value = _MOST
    tree.links.new(amount.outputs[0], held.inputs["Value"])
    new, old = _property(tree, COLORS[number]), _property(tree, WAS[number])
    scaled = tree.nodes.new("ShaderNodeVectorMath")
    scaled.operation = "SCALE"
    tree.links.new(_vector(tree, "SUBTRACT", new, old), scaled.inputs[0])
    tree.links.new(held.outputs[0], scaled.inputs["Scale"])
    return scaled.outputs[0]


def _property(tree: Any, name: str) -> Any:
    """A vector property of the object that is drawn; nothing where it has none."""
    node = tree.nodes.new("ShaderNodeAttribute")
    node.attribute_type, node.attribute_name = "OBJECT", name
    return node.outputs["Vector"]


def _vector(tree: Any, operation: str, first: Any, second: Any) -> Any:
    node = tree.nodes.new("ShaderNodeVectorMath")
    node.operation = operation
    tree.links.new(first, node.inputs[0])
    if isinstance(second, tuple):
        node.inputs[1].default_value = second
    else:
        tree.links.new(second, node.inputs[1])
    return node.outputs["Value" if operation == "DOT_PRODUCT" else "Vector"]


def _spread_out(nodes: Sequence[Any]) -> None:
    for number, node in enumerate(nodes):
        node.location = (180 * (number // 4), -180 * (number % 4))
