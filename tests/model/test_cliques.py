"""Covers by cliques: nothing is lost, nothing is added."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from trialopt.model.space import cliques, covers

EDGES = st.sets(st.sampled_from(list(combinations(range(8), 2))))


@given(EDGES)
def test_cliques_are_cliques_and_cover_every_pair(edges: set[tuple[int, int]]) -> None:
    found = cliques(edges)
    inside = {pair for clique in found for pair in combinations(clique, 2)}
    assert inside == edges


@given(EDGES)
def test_cliques_are_maximal(edges: set[tuple[int, int]]) -> None:
    for clique in cliques(edges):
        for node in set(range(8)) - set(clique):
            assert any((min(node, other), max(node, other)) not in edges for other in clique)


@given(EDGES, st.sets(st.integers(0, 7)))
def test_covers_hold_every_node_and_every_edge_among_them(edges: set[tuple[int, int]], nodes: set[int]) -> None:
    found = covers(nodes, edges)
    assert {node for clique in found for node in clique} == nodes
    assert {pair for clique in found for pair in combinations(clique, 2)} == {
        (a, b) for a, b in edges if a in nodes and b in nodes
    }
