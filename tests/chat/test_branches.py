from __future__ import annotations

from ai_coder.chat.branches import Branches

# 1 ─ 2 ─ 3
#   └ 4 ─ 5
# 6
TREE = Branches([(1, None), (2, 1), (3, 2), (4, 1), (5, 4), (6, None)])


def test_a_path_leads_from_the_first_message_to_the_head():
    assert TREE.path(5) == [1, 4, 5]
    assert TREE.path(None) == []


def test_siblings_are_the_branches():
    assert TREE.position(4) == (2, 2)
    assert TREE.position(1) == (1, 2)
    assert TREE.position(3) == (1, 1)


def test_stepping_aside_ends_at_the_last_branch():
    assert TREE.neighbour(4, -1) == 2
    assert TREE.neighbour(4, 1) == 4
    assert TREE.neighbour(6, -1) == 1


def test_a_branch_goes_on_to_its_newest_leaf():
    assert TREE.newest_leaf(1) == 5
    assert TREE.newest_leaf(2) == 3
