"""The report of which test shows which requirement, held to small examples."""

import importlib.util
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("requirements_coverage", ROOT / "scripts/requirements_coverage.py")
report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(report)


def test_titles_are_found_where_swift_testing_lets_them_be():
    """Display names on the same or on the next line, raw names, but no comments."""
    source = '''
    @Test("C7: no grant, no \\"data\\"") func one() {}
    @Test(
        "C9 and C10: revoked at once", arguments: [1])
    func two(n: Int) {}
    // @Test("A1: only a comment") func three() {}
    @Test func `F1: raw names count`() {}
    @Test func plain() {}
    '''
    titles = report.swift_titles(source)
    assert [title[:3] for title in titles] == ["C7:", "C9 ", "F1:"]
    coverage = report.cover(["A1", "C1", "C7", "C9", "C10", "F1"], [("f", title) for title in titles])
    assert [row for row, tests in coverage.items() if tests] == ["C7", "C9", "C10", "F1"]


def test_python_names_and_docstrings_count():
    """The id may stand in either."""
    source = 'def test_c7_no_grant(): pass\ndef test_other():\n    """D1: a line."""\ndef helper():\n    """A1"""\n'
    titles = report.python_titles(source)
    coverage = report.cover(["A1", "C7", "D1"], [("f", title) for title in titles])
    assert [row for row, tests in coverage.items() if tests] == ["C7", "D1"]


def test_what_no_test_names_is_said():
    """None yet is a finding, not a gap in the file."""
    text = report.render(report.cover(["A1", "A2"], [("f.swift", "A2: yes")]))
    assert "A1\n    none yet" in text and "A2\n    f.swift: A2: yes" in text and "1 of 2" in text


def test_every_requirement_of_the_project_is_read():
    """Forty-five rows, from A1 to F10."""
    ids = report.ROW.findall((ROOT / "docs/requirements.md").read_text("utf-8"))
    assert len(ids) == len(set(ids)) == 45 and ids[0] == "A1" and ids[-1] == "F10"
