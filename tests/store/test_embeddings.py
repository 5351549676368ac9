"""Vectors are kept by content and model, and never mixed up."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from figecho.errors import StoreError
from figecho.store.embeddings import FILE, Embeddings, forget_all_but


def test_nothing_is_known_at_first(tmp_path: Path) -> None:
    with Embeddings(tmp_path / "root", "model") as embeddings:
        assert embeddings.known([]) == embeddings.known(["a"]) == {}


def test_what_was_added_is_known_again_bit_for_bit(tmp_path: Path) -> None:
    vector, bits = np.array([0.1, -3e30], np.float32), np.random.default_rng(1).random((8, 256)) < 0.5
    with Embeddings(tmp_path, "model") as embeddings:
        embeddings.add({"a": vector, "b": bits})
    with Embeddings(tmp_path, "model") as embeddings:
        found = embeddings.known(["b", "a", "c", "a"])
    assert set(found) == {"a", "b"}
    assert found["a"].dtype == np.float32 and (found["a"] == vector).all()
    assert found["b"].dtype == bool and (found["b"] == bits).all()


def test_another_model_knows_nothing_of_it(tmp_path: Path) -> None:
    with Embeddings(tmp_path, "model") as embeddings:
        embeddings.add({"a": np.zeros(2)})
    with Embeddings(tmp_path, "other weights") as embeddings:
        assert embeddings.known(["a"]) == {}


def test_more_contents_than_sqlite_takes_at_once(tmp_path: Path) -> None:
    rows = {f"content {number}": np.array([number]) for number in range(2000)}
    with Embeddings(tmp_path, "model") as embeddings:
        embeddings.add(rows)
        assert {key: int(row[0]) for key, row in embeddings.known(rows).items()} == {
            k: int(v[0]) for k, v in rows.items()
        }


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no database at all, only words that fill more than its header " * 20)
    with pytest.raises(StoreError, match=r"embeddings\.db.*delete this file"):
        Embeddings(tmp_path, "model")


def test_what_has_rotted_counts_as_missing(tmp_path: Path) -> None:
    with Embeddings(tmp_path, "model") as embeddings:
        embeddings.add({"a": np.arange(4.0), "b": np.arange(5.0)})
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE vector SET row = zeroblob(length(row)) WHERE content = 'a'")
    database.close()
    with Embeddings(tmp_path, "model") as embeddings:
        assert list(embeddings.known(["a", "b"])) == ["b"]
        embeddings.add({"a": np.arange(4.0)})
        assert len(embeddings.known(["a", "b"])) == 2


def test_what_is_forgotten_is_forgotten_for_every_model_and_leaves_no_byte(tmp_path: Path) -> None:
    forget_all_but(tmp_path, [], purge=True)
    assert list(tmp_path.iterdir()) == []
    for model in ("model", "other"):
        with Embeddings(tmp_path, model) as embeddings:
            embeddings.add({"kept content": np.zeros(2), "removed content": np.zeros(2)})
    forget_all_but(tmp_path, {"kept content"}, purge=True)
    assert b"removed content" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for model in ("model", "other"):
        with Embeddings(tmp_path, model) as embeddings:
            assert list(embeddings.known(["kept content", "removed content"])) == ["kept content"]


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    with Embeddings(tmp_path / "root", "model"):
        assert (tmp_path / "root" / FILE).stat().st_mode & 0o077 == 0
