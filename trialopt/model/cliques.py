"""Cover pairs that exclude each other by few large cliques: one row for a clique says more than a row for each pair."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def cliques(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Cliques of the graph of `pairs` such that each pair is in at least one, grown greedily.

    Every clique is maximal: no node could be added to it.
    """
    neighbours: dict[int, set[int]] = {}
    for a, b in pairs:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    open_pairs = {(a, b) for a, around in neighbours.items() for b in around if a < b}
    found = []
    while open_pairs:
        a, b = min(open_pairs)
        clique, candidates = {a, b}, neighbours[a] & neighbours[b]
        while candidates:
            best = max(sorted(candidates), key=lambda node: len(neighbours[node] & candidates))
            clique.add(best)
            candidates = candidates & neighbours[best]
        nodes = tuple(sorted(clique))
        found.append(nodes)
        open_pairs -= {(x, y) for x in nodes for y in nodes}
    return found


def covers(nodes: Collection[int], edges: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Cliques of the graph `edges` among `nodes` that contain every edge, and alone the nodes without one."""
    found = cliques((a, b) for a, b in edges if a in nodes and b in nodes)
    return found + [(node,) for node in nodes if not any(node in clique for clique in found)]
