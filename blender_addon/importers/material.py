# SPDX-License-Identifier: GPL-3.0-or-later
"""A result's texture sets as Blender materials, with the pictures packed into the file."""

from __future__ import annotations

from typing import Any

import bpy

from ...shared.results import Material, Media
from .. import compat
from .recolor import recolored


def make_material(material: Material) -> Any:
    """A Principled material; `roughness_map` is laid out as in glTF (green, blue)."""
    made = bpy.data.materials.new(material.name)
    compat.use_nodes(made)
    nodes, links = made.node_tree.nodes, made.node_tree.links
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = material.roughness
    shader.inputs["Metallic"].default_value = material.metallic

    picture = _picture_node(nodes, material.base_color, "sRGB", (-460, 320))
    picture.label = "Base Color"
    links.new(recolored(nodes, links, picture), shader.inputs["Base Color"])
    nodes.active = picture
    if material.roughness_map is not None:
        picture = _picture_node(nodes, material.roughness_map, "Non-Color", (-640, 20))
        picture.label = "Roughness and Metallic"
        split = nodes.new("ShaderNodeSeparateColor")
        split.location = (-320, 20)
        links.new(picture.outputs["Color"], split.inputs["Color"])
        links.new(split.outputs["Green"], shader.inputs["Roughness"])
        links.new(split.outputs["Blue"], shader.inputs["Metallic"])
    if material.normal is not None:
        picture = _picture_node(nodes, material.normal, "Non-Color", (-640, -280))
        picture.label = "Normal"
        bump = nodes.new("ShaderNodeNormalMap")
        bump.location = (-320, -280)
        links.new(picture.outputs["Color"], bump.inputs["Color"])
        links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return made


def make_cutout_material(name: str, picture: Media) -> Any:
    """One that shows a picture in its own colors in any light, and nothing where it is clear."""
    made = bpy.data.materials.new(name)
    compat.use_nodes(made)
    made.surface_render_method = "BLENDED"
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    shown = _picture_node(nodes, picture, "sRGB", (-460, 120))
    light = nodes.new("ShaderNodeEmission")
    light.location = (-160, 20)
    clear = nodes.new("ShaderNodeBsdfTransparent")
    clear.location = (-160, 120)
    mixed = nodes.new("ShaderNodeMixShader")
    mixed.location = (60, 120)
    output = nodes.new("ShaderNodeOutputMaterial")
    output.location = (260, 120)
    links.new(shown.outputs["Color"], light.inputs["Color"])
    links.new(shown.outputs["Alpha"], mixed.inputs[0])
    links.new(clear.outputs[0], mixed.inputs[1])
    links.new(light.outputs[0], mixed.inputs[2])
    links.new(mixed.outputs[0], output.inputs["Surface"])
    nodes.active = shown
    return made


def _picture_node(nodes: Any, media: Media, colors: str, place: tuple[int, int]) -> Any:
    node = nodes.new("ShaderNodeTexImage")
    node.location = place
    node.image = load_packed(media)
    node.image.colorspace_settings.name = colors
    return node


def load_packed(media: Media) -> Any:
    """A picture as an image of the file's."""
    # Packing the encoded bytes into an empty image spares a detour over a file.
    image = bpy.data.images.new(media.name, 8, 8)
    encoded = media.data.tobytes()
    image.pack(data=encoded, data_len=len(encoded))
    image.source = "FILE"
    return image
