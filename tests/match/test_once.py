import gc

import numpy as np

from figecho.match.once import once


def test_what_was_read_from_a_panel_is_remembered_while_the_panel_lives():
    asked = []

    @once
    def total(plane):
        asked.append(int(plane.sum()))
        return asked[-1]

    one, other = np.full((4, 4), 1, np.uint8), np.full((4, 4), 2, np.uint8)
    assert [total(one), total(other), total(one), total(other)] == [16, 32, 16, 32]
    assert asked == [16, 32]


def test_a_new_panel_at_the_place_of_a_dead_one_is_read_anew():
    @once
    def first(plane):
        return int(plane[0, 0])

    for value in range(50):  # the allocator gives the same address again and again
        plane = np.full((4, 4), value, np.uint8)
        assert first(plane) == value
        del plane
        gc.collect()
