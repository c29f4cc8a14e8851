"""The audit trail as an operator with the database may read it. The only place of these tests that knows how it lies there."""

import json

# What a request appends to.
TABLE = "audit_inbox"


def entries(storage, action: str | None = None) -> list[tuple[str, str, str]]:
    """Id, action and outcome of every entry, whether it has its place in the log or not."""
    return [(line["id"], line["action"], line["outcome"]) for line in storage.trail(action)]


def refusals(storage) -> dict[str, int]:
    """By id how many refusals of reads an entry, or a count that is not an entry yet, stands for."""
    found = {id: 1 for id, _, outcome in entries(storage, "read") if outcome.startswith("refused:")}
    for (leaf,) in storage.query(f"SELECT {storage.as_text.format('leaf')} FROM denial_tally"):
        told = json.loads(leaf)
        found[told["id"]] = told.get("times", 1)
    return found
