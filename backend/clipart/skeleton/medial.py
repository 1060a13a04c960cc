# SPDX-License-Identifier: Apache-2.0
"""The skeleton of any silhouette: its medial axis, without twigs, in few joints."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.measure import approximate_polygon
from skimage.morphology import medial_axis

from ..drawing import CANVAS, Points, Skeleton

Mask = NDArray[np.bool_]
SALIENT = 7.0
"""Canvas units by which a branch must reach beyond its junction's disk to be a limb."""
SPACING = 30.0
"""Canvas units between joints of a long limb."""
STRAIGHT = 4.0
"""Canvas units by which a limb's joints may cut its corners (spec 2.1: 5 px)."""
REACH = 0.95
"""Share of the way to the contour that a limb's end goes."""
MOST, FEWEST = 24, 4
SPECK = 12
"""Pixels below which a detached piece gets no joints of its own."""


def medial_skeleton(mask: Mask) -> Skeleton:
    """Of a silhouette (S, S) on the canvas square: between `FEWEST` and about `MOST` keypoints in
    one connected tree, every detached piece bridged to its neighbour."""
    unit = CANVAS / len(mask)
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    sizes = ndimage.sum_labels(mask, labels, np.arange(1, count + 1))
    kept = [n + 1 for n in range(count) if sizes[n] >= SPECK]
    kept = sorted(kept, key=lambda n: -sizes[n - 1])[:MOST] or [1]
    trees = [_piece(labels == label, unit) for label in kept]
    whole = nx.disjoint_union_all(trees)
    _bridge(whole)
    _collapse(whole, unit)
    names = {node: number for number, node in enumerate(whole.nodes)}
    points = np.array([whole.nodes[node]["place"] for node in whole.nodes])
    edges = np.array([(names[a], names[b]) for a, b in whole.edges], np.int64).reshape(-1, 2)
    return Skeleton(points, edges, ("",) * len(points), is_person=False)


def _piece(mask: Mask, unit: float) -> nx.Graph:
    """The tree of one connected piece, nodes with their `place` on the canvas and `radius`."""
    padded = np.pad(mask, 1)
    filled = ndimage.binary_opening(padded, iterations=1) if padded.sum() > 400 else padded
    axis, radius = medial_axis(filled if filled.any() else padded, return_distance=True, rng=0)
    graph = _pixel_graph(axis, radius)
    if len(graph) == 0:
        return _axis_of(mask, unit)
    _prune(graph, unit)
    tree = _limbs(graph, unit)
    _extend(tree, padded)
    for node in tree.nodes:
        tree.nodes[node]["place"] = (tree.nodes[node]["place"] - 0.5) * unit
    return tree if len(tree) >= FEWEST else _axis_of(mask, unit)


def _pixel_graph(axis: Mask, radius: NDArray[np.float64]) -> nx.Graph:
    """Pixels of the axis and their neighbours, thinned to a tree by shortest steps."""
    places = np.argwhere(axis)
    graph = nx.Graph()
    for number, (row, column) in enumerate(places.tolist()):
        graph.add_node(
            number, place=np.array([column, row], float), radius=float(radius[row, column])
        )
    pairs = cKDTree(places).query_pairs(1.5, output_type="ndarray")
    for a, b in pairs.tolist():
        graph.add_edge(a, b, length=float(np.linalg.norm(places[a] - places[b])))
    # The widest way is kept where there are several: rings open where they are thinnest.
    for a, b, data in graph.edges(data=True):
        data["cost"] = data["length"] / (
            1 + min(graph.nodes[a]["radius"], graph.nodes[b]["radius"])
        )
    if len(graph) == 0:
        return graph
    return nx.minimum_spanning_tree(graph, weight="cost")


def _prune(graph: nx.Graph, unit: float) -> None:
    """Take away branches that hardly leave the disk of the junction from which they grow."""
    while True:
        junctions = [node for node, degree in graph.degree if degree > 2]
        tips = [node for node, degree in graph.degree if degree == 1]
        if not junctions or len(tips) < 3:
            return
        weakest: tuple[float, list[int]] | None = None
        for tip in tips:
            way = _way_in(graph, tip)
            end, start = graph.nodes[tip], graph.nodes[way[-1]]
            away = float(np.linalg.norm(end["place"] - start["place"]))
            beyond = (away + end["radius"] - start["radius"]) * unit
            if beyond < SALIENT + 0.12 * start["radius"] * unit and (
                weakest is None or beyond < weakest[0]
            ):
                weakest = (beyond, way[:-1])
        if weakest is None:
            return
        graph.remove_nodes_from(weakest[1])


def _way_in(graph: nx.Graph, tip: int) -> list[int]:
    """From a tip to the next junction, or through to the other end."""
    way = [tip]
    before = None
    while True:
        ahead = [node for node in graph[way[-1]] if node != before]
        if len(ahead) != 1 or (len(way) > 1 and graph.degree[way[-1]] != 2):
            return way
        before = way[-1]
        way.append(ahead[0])


def _limbs(graph: nx.Graph, unit: float) -> nx.Graph:
    """Joints at junctions, tips and along limbs."""
    ends = [node for node, degree in graph.degree if degree != 2]
    tree = nx.Graph()
    for node in ends:
        tree.add_node(node, **graph.nodes[node])
    seen: set[frozenset[int]] = set()
    for start in ends:
        for ahead in graph[start]:
            way = [start, ahead]
            while graph.degree[way[-1]] == 2:
                way.append(next(node for node in graph[way[-1]] if node != way[-2]))
            if frozenset((way[0], way[1], way[-2], way[-1])) in seen:
                continue
            seen.add(frozenset((way[0], way[1], way[-2], way[-1])))
            chosen = _joints(np.array([graph.nodes[node]["place"] for node in way]), unit)
            for a, b in pairwise(chosen):
                tree.add_node(way[a], **graph.nodes[way[a]])
                tree.add_node(way[b], **graph.nodes[way[b]])
                tree.add_edge(way[a], way[b])
    return tree


def _joints(places: Points, unit: float) -> list[int]:
    """Which places along a limb are joints: its corners, and between them about every `SPACING`."""
    corners = approximate_polygon(places, STRAIGHT / unit)
    at = [int(np.abs(places - corner).sum(1).argmin()) for corner in corners]
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])
    joints = [at[0]]
    for a, b in pairwise(at):
        pieces = max(1, round(float(along[b] - along[a]) * unit / SPACING))
        goals = np.linspace(along[a], along[b], pieces + 1)[1:]
        joints += [int(np.abs(along - goal).argmin()) for goal in goals]
    return sorted(set(joints))


def _extend(tree: nx.Graph, mask: Mask) -> None:
    """Move tips outwards to `REACH` of the way to the contour."""
    for tip in [node for node, degree in tree.degree if degree == 1]:
        (inner,) = tree[tip]
        place = tree.nodes[tip]["place"]
        direction = place - tree.nodes[inner]["place"]
        direction = direction / max(float(np.linalg.norm(direction)), 1e-9)
        steps = place + np.arange(0, 2 * len(mask))[:, None] * direction * 0.5
        pixels = np.clip(np.round(steps).astype(int), 0, len(mask) - 1)
        outside = ~mask[pixels[:, 1], pixels[:, 0]]
        far = int(outside.argmax()) if outside.any() else 0
        tree.nodes[tip]["place"] = place + REACH * (steps[max(far - 1, 0)] - place)


def _axis_of(mask: Mask, unit: float) -> nx.Graph:
    """`FEWEST` joints along the long axis of a piece that has no limbs."""
    rows, columns = np.nonzero(mask)
    places = (np.column_stack([columns, rows]) + 0.5) * unit
    center = places.mean(0)
    _, _, axes = np.linalg.svd(places - center, full_matrices=False)
    along = (places - center) @ axes[0]
    graph = nx.Graph()
    for n, share in enumerate(np.linspace(0.06, 0.94, FEWEST)):
        place = center + axes[0] * (along.min() + share * np.ptp(along))
        graph.add_node(n, place=place, radius=1.0)
        if n:
            graph.add_edge(n - 1, n)
    return graph


def _bridge(graph: nx.Graph) -> None:
    """Join the pieces where their joints come nearest, the nearest pieces first."""
    while True:
        pieces = [list(piece) for piece in nx.connected_components(graph)]
        if len(pieces) == 1:
            return
        first = pieces[0]
        others = [node for piece in pieces[1:] for node in piece]
        tree = cKDTree([graph.nodes[node]["place"] for node in first])
        far, near = tree.query([graph.nodes[node]["place"] for node in others])
        best = int(np.argmin(far))
        graph.add_edge(first[int(near[best])], others[best])


def _collapse(graph: nx.Graph, unit: float) -> None:
    """Shorten the list of joints: edges much shorter than the others become one joint, tips and
    junctions keep their place (AniClipart, spec 2.1)."""
    while len(graph) > FEWEST:
        lengths = {
            (a, b): float(np.linalg.norm(graph.nodes[a]["place"] - graph.nodes[b]["place"]))
            for a, b in graph.edges
        }
        (a, b), shortest = min(lengths.items(), key=lambda item: item[1])
        usual = float(np.mean(list(lengths.values())))
        if shortest >= 0.45 * usual and len(graph) <= MOST:
            return
        rank = {node: 2 if graph.degree[node] == 1 else graph.degree[node] > 2 for node in (a, b)}
        keep, lose = (a, b) if rank[a] >= rank[b] else (b, a)
        if rank[a] == rank[b]:
            graph.nodes[keep]["place"] = (graph.nodes[a]["place"] + graph.nodes[b]["place"]) / 2
        for other in list(graph[lose]):
            if other != keep:
                graph.add_edge(keep, other)
        graph.remove_node(lose)
