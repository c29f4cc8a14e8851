"""The audit trail as an operator with the database may read it. The only place of these tests that knows how it lies there."""

import json

# What a request appends to.
TABLE = "audit_entry"


def entries(storage, action: str | None = None) -> list[tuple[str, str, str]]:
    """Id, action and outcome of every entry, in no order."""
    rows = storage.query(f"SELECT id, action, outcome FROM {TABLE}")
    return [row for row in rows if action in (None, row[1])]


def refusals(storage) -> dict[str, int]:
    """By id how many refusals of reads an entry, or a count that is not an entry yet, stands for."""
    found = {id: 1 for id, _, outcome in entries(storage, "read") if outcome.startswith("refused:")}
    text = "CAST(leaf AS TEXT)" if storage.name == "sqlite" else "convert_from(leaf, 'UTF8')"
    for (leaf,) in storage.query(f"SELECT {text} FROM denial_tally"):
        told = json.loads(leaf)
        found[told["id"]] = told.get("times", 1)
    return found
