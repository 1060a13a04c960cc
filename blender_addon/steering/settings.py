# SPDX-License-Identifier: GPL-3.0-or-later
"""`scene.kinora_steering`: which objects and frames of the scene a motion keeps to."""

from __future__ import annotations

from typing import Any

import bpy

JOINTS = (
    ("left_wrist", "Left Hand", "The left wrist is held"),
    ("right_wrist", "Right Hand", "The right wrist is held"),
    ("left_foot", "Left Foot", "The ball of the left foot is held"),
    ("right_foot", "Right Foot", "The ball of the right foot is held"),
    ("head", "Head", "The head is held"),
)


def _is_curve(group: Any, thing: Any) -> bool:
    return bool(thing.type == "CURVE")


class TimedPrompt(bpy.types.PropertyGroup):
    frame: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Frame", description="From this frame on it is done"
    )
    text: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Prompt", description="What the character does until the next prompt begins"
    )


class Waypoint(bpy.types.PropertyGroup):
    frame: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Frame", description="At this frame the character is there"
    )
    place: bpy.props.PointerProperty(  # type: ignore[valid-type]
        name="Place",
        type=bpy.types.Object,
        description="The pelvis is over where this object stands",
    )
    faces: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Face",
        description="The character faces along the object's -Y axis there, else the way it goes",
    )


class KeptPose(bpy.types.PropertyGroup):
    frame: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Frame", description="At this frame the pose is met"
    )
    turns: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Turns", description="The joints' turns, as a steering file has them"
    )
    height: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Height", description="The pelvis above the floor", unit="LENGTH"
    )


class Pin(bpy.types.PropertyGroup):
    joint: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Joint", items=JOINTS, description="What is held"
    )
    target: bpy.props.PointerProperty(  # type: ignore[valid-type]
        name="Target",
        type=bpy.types.Object,
        description="It is held to where this object is, which may move",
    )
    start: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="From", description="The first frame at which it is held"
    )
    end: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="To", description="The last frame at which it is held"
    )


class Steering(bpy.types.PropertyGroup):
    is_on: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Steer from Scene",
        description="Motions keep to the path, places, poses, pins and prompts that are set below",
    )
    path: bpy.props.PointerProperty(  # type: ignore[valid-type]
        name="Path",
        type=bpy.types.Object,
        poll=_is_curve,
        description="The curve over the ground that the character follows from its first point on",
    )
    follows: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Follow",
        items=(
            ("exact", "Exactly", "Keep to the curve to within a few centimetres"),
            ("loose", "Loosely", "Stay near the curve and move as is natural"),
        ),
        description="How closely the character keeps to the curve",
    )
    has_markers: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Timeline Markers",
        description='Markers as "kinora: waves" are prompts too',
        default=True,
    )
    prompts: bpy.props.CollectionProperty(type=TimedPrompt)  # type: ignore[valid-type]
    waypoints: bpy.props.CollectionProperty(type=Waypoint)  # type: ignore[valid-type]
    poses: bpy.props.CollectionProperty(type=KeptPose)  # type: ignore[valid-type]
    pins: bpy.props.CollectionProperty(type=Pin)  # type: ignore[valid-type]


LISTS = ("prompts", "waypoints", "poses", "pins")
CLASSES = (TimedPrompt, Waypoint, KeptPose, Pin, Steering)
