# SPDX-License-Identifier: Apache-2.0
"""An animated drawing as one SVG that plays in browsers (SMIL), and its frames as SVGs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ....shared.results import VectorClip, VectorShape
from .paints import fill, gradient
from .path_data import path_data


def animated_svg(clip: VectorClip) -> str:
    """The whole clip: every path that moves has its frames as the values of one animation, over
    and over; what is between two frames is drawn in between."""
    return _document(clip, _data(clip), range(len(clip.keypoints)))


def frame_svgs(clip: VectorClip) -> list[str]:
    """Each frame as a still drawing of its own."""
    data = _data(clip)
    return [_document(clip, data, [t]) for t in range(len(clip.keypoints))]


def _data(clip: VectorClip) -> list[list[str]]:
    return [path_data(shape) for shape in clip.shapes]


def _document(clip: VectorClip, data: Sequence[Sequence[str]], frames: Sequence[int]) -> str:
    left, top, right, bottom = clip.box.tolist()
    seconds = len(clip.keypoints) / clip.fps
    # What XML cannot say has no place in a title.
    title = escape("".join(filter(str.isprintable, clip.name)))
    definitions: list[str] = []
    shapes: list[str] = []
    for number, (shape, texts) in enumerate(zip(clip.shapes, data, strict=True)):
        name = f"paint{number}"
        if shape.paint.kind != "solid":
            definitions.append(gradient(shape, name, frames, seconds))
        shapes.append(_path(shape, name, [texts[t] for t in frames], seconds))
    defined = f"<defs>{''.join(definitions)}</defs>\n" if definitions else ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{left:g} {top:g} {right - left:g} {bottom - top:g}">\n'
        f"<title>{title}</title>\n{defined}" + "\n".join(shapes) + "\n</svg>\n"
    )


def _path(shape: VectorShape, name: str, data: Sequence[str], seconds: float) -> str:
    rule = ' fill-rule="evenodd"' if shape.is_even_odd else ""
    start = f'<path {fill(shape.paint, name)}{rule} d="{data[0]}"'
    if len(set(data)) == 1:
        return f"{start}/>"
    values = ";".join((*data, data[0]))
    return (
        f'{start}><animate attributeName="d" dur="{seconds:.4g}s" repeatCount="indefinite" '
        f'values="{values}"/></path>'
    )
