"""Tasks in this process have the outcomes that they have in workers, as far as they live to tell."""

from __future__ import annotations

from figecho.work.isolate import Workers
from figecho.work.serial import Serial
from work import misbehaving


def outcomes(runner, items) -> list[tuple]:
    found = runner.run(misbehaving.misbehave, items, timeout=lambda _: 30.0)
    return [(each.item, each.result, type(each.error), str(each.error)) for each in found]


def test_no_items_give_nothing() -> None:
    assert outcomes(Serial(), []) == []
    assert Serial().jobs == 1


def test_values_and_errors_are_those_of_a_worker() -> None:
    items = [1, "raise", 2]
    with Serial() as serial, Workers(1) as workers:
        assert outcomes(serial, items) == outcomes(workers, items)
