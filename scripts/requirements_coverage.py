"""Says which test shows which requirement: the ids of docs/requirements.md against the titles of all tests.

A Swift test names a requirement in its display name, e.g. `@Test("C7: …")` or ``func `C7: …`()``; a Python test in its name
or in its docstring. Writes docs/requirements-coverage.txt; the same tests give the same file.
"""

import ast
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^- ([A-Z]\d+) ", re.MULTILINE)
DISPLAY_NAME = re.compile(r'@Test\(\s*(?:"((?:[^"\\\n]|\\.)*)"|#"(.*?)"#)')
RAW_NAME = re.compile(r"\bfunc `([^`]+)`")
WORD = re.compile(r"(?<![A-Za-z0-9_])[A-Z]\d+(?![A-Za-z0-9_])")


# The parts of which every row must be named by some test; the other parts have their issues to come.
COMPLETE = "ABCD"


def swift_titles(source: str) -> list[str]:
    """The display names of the Swift tests in a file, in its order."""
    code = re.sub(r"^\s*//.*$", "", source, flags=re.MULTILINE)
    titles = [(match.start(), match[1] or match[2] or "") for match in DISPLAY_NAME.finditer(code)]
    titles += [(match.start(), match[1]) for match in RAW_NAME.finditer(code)]
    return [title for _, title in sorted(titles)]


def python_titles(source: str) -> list[str]:
    """Name and first docstring paragraph of each pytest test in a file; the ids of a name are spelled `test_c7_…`."""
    titles = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            text = " ".join((ast.get_docstring(node) or "").split())
            ids = [word.upper() for word in node.name.split("_") if re.fullmatch(r"[a-z]\d+", word)]
            named = "".join(f"{word} " for word in ids if not re.search(rf"\b{word}\b", text))
            titles.append(f"{named}{text or node.name}")
    return titles


def collect(root: pathlib.Path) -> list[tuple[str, str]]:
    """Every test's file and title, sorted by file."""
    found = []
    for path in sorted(root.glob("Tests/**/*.swift")):
        found += [(path.relative_to(root).as_posix(), title) for title in swift_titles(path.read_text("utf-8"))]
    for path in sorted(root.glob("acceptance/**/test_*.py")):
        found += [(path.relative_to(root).as_posix(), title) for title in python_titles(path.read_text("utf-8"))]
    return found


def cover(ids: list[str], tests: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    return {row: [test for test in tests if row in WORD.findall(test[1])] for row in ids}


def render(coverage: dict[str, list[tuple[str, str]]]) -> str:
    shown = sum(1 for tests in coverage.values() if tests)
    lines = [
        "Which test shows which requirement of requirements.md. Written by `make requirements`; do not edit.",
        f"{shown} of {len(coverage)} requirements are named by a test.",
    ]
    for row, tests in coverage.items():
        lines += ["", row] + ([f"    {file}: {title}" for file, title in tests] or ["    none yet"])
    return "\n".join(lines) + "\n"


def main() -> int:
    ids = ROW.findall((ROOT / "docs/requirements.md").read_text("utf-8"))
    if not ids:
        print("docs/requirements.md has no requirement", file=sys.stderr)
        return 1
    tests = collect(ROOT)
    coverage = cover(ids, tests)
    strangers = sorted({word for _, title in tests for word in re.findall(r"^([A-F]\d+)\b", title)} - set(ids))
    (ROOT / "docs/requirements-coverage.txt").write_text(render(coverage), "utf-8")
    shown = sum(1 for found in coverage.values() if found)
    print(f"   {shown} of {len(ids)} requirements are named by one of {len(tests)} tests: docs/requirements-coverage.txt")
    unshown = [row for row, found in coverage.items() if row[0] in COMPLETE and not found]
    if unshown:
        print(f"   no test names: {', '.join(unshown)}", file=sys.stderr)
        return 1
    if strangers:
        print(f"   titles name what is no requirement: {', '.join(strangers)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
