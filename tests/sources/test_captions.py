"""Captions as journals spell them, and sentences that only mention a figure."""

import pytest

from figecho.sources.captions import caption_start, is_table_caption


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Figure 3. Growth of cells.", "Fig 3"),
        ("Fig. 3: Growth of cells.", "Fig 3"),
        ("FIG. 3", "Fig 3"),
        ("Figure 3", "Fig 3"),
        ("Fig 12 | Growth", "Fig 12"),
        ("Figure 3 Growth of cells", "Fig 3"),
        ("Figure 3 – growth", "Fig 3"),
        ("Figure 3 (continued)", "Fig 3"),
        ("Fig. S4. Controls", "Fig S4"),
        ("Figure S4: Controls", "Fig S4"),
        ("Supplementary Figure S4. Controls", "Fig S4"),
        ("Supplementary Figure 1. Controls", "Supplementary Fig 1"),
        ("Supplemental Fig. 1 | Controls", "Supplementary Fig 1"),
        ("Extended Data Fig. 2 | Controls", "Extended Data Fig 2"),
        ("Extended Data Figure 2: Controls", "Extended Data Fig 2"),
        ("Figure 3—figure supplement 2. Controls", "Fig 3 supplement 2"),
        ("Appendix Figure 2. Controls", "Appendix Fig 2"),
        ("Scheme 1. Synthesis", "Scheme 1"),
        ("Figure A.1. Controls", "Fig A1"),
        ("Figure 2.3: Thesis figure", "Fig 2.3"),
        ("Fig. IV. Old journals", "Fig IV"),
        ("Abbildung 2: Wachstum", "Fig 2"),
        ("Рис. 2. Рост", "Fig 2"),
        ("图 2 生长", "Fig 2"),
    ],
)
def test_a_caption_names_its_figure(line: str, name: str) -> None:
    found = caption_start(line)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Growth of cells in Figure 3.",
        "Figure 3 shows that cells grow.",
        "Figures 3 and 4 show that cells grow.",
        "Fig. 3A and B show that cells grow.",
        "Figure 3b shows growth",
        "Fig. 3, left, shows growth",
        "Figuratively speaking",
        "Figure legends",
        "Table 3. Growth of cells.",
    ],
)
def test_a_sentence_about_a_figure_is_no_caption(line: str) -> None:
    assert caption_start(line) is None


def test_a_bare_name_is_told_from_one_with_its_text() -> None:
    bare, full = caption_start("Figure 3"), caption_start("Figure 3. Growth")
    assert bare is not None and bare.bare and not bare.separated
    assert full is not None and full.separated and not full.bare


@pytest.mark.parametrize("line", ["Table 1. Doses", "TABLE IV", "Supplementary Table S2: Doses", "Tab. 3 Doses"])
def test_tables_are_told_from_figures(line: str) -> None:
    assert is_table_caption(line)
    assert caption_start(line) is None
