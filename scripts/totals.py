"""Adds up what the test runners wrote down and prints it as the last line: `N passed, N failed`.

usage: totals.py FOLDER      exit code 0 only when something ran and nothing failed
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count(report: pathlib.Path) -> tuple[int, int, int]:
    """Passed, failed and skipped test cases of one JUnit report."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def failures(report: pathlib.Path) -> list[str]:
    """The failed cases of one JUnit report by name, each with the first lines of what it said."""
    named = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        for fault in [*case.findall("failure"), *case.findall("error")]:
            said = " ".join((fault.get("message") or fault.text or "").split())
            named.append(f"{case.get('classname')} · {case.get('name')}: {said[:400]}")
    return named


def main(folder: str) -> int:
    reports = {
        "Swift tests": pathlib.Path(folder, "swift.xml"),
        "acceptance": pathlib.Path(folder, "acceptance.xml"),
    }
    total = [0, 0, 0]
    complete = True
    for name, report in reports.items():
        try:
            counts = count(report)
        except (OSError, ElementTree.ParseError):
            print(f"{name}: no report, so it did not run to its end")
            complete = False
            continue
        print(f"{name}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
        for line in failures(report):
            print(f"   failed: {line}")
        complete = complete and counts[0] + counts[1] > 0
        total = [sum(pair) for pair in zip(total, counts)]
    skipped = f", {total[2]} skipped" if total[2] else ""
    print(f"{total[0]} passed, {total[1]} failed{skipped}")
    return 0 if complete and total[1] == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
