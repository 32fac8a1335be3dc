"""Twelve steps, the same for every peer: what each takes, and a call counter. Step 8 is slow.

1 ── 2 ── 3 ── 4 ── 7 ── 8 ── 9 ── 11 ──┐
5 ── 6 ── 10 ───────────────────────── 12
"""

import time

TAKES = {
    **{1: (), 2: (1,), 3: (2,), 4: (3,), 5: (), 6: (5,)},
    **{7: (4,), 8: (7,), 9: (8,), 10: (6,), 11: (9,), 12: (10, 11)},
}
SLOW = 0.5  # seconds of step 8
FIRST, OTHER = "crawl", "sitemap"  # what step 5 gives, before and after the change
CALLS: list[int] = []


def step(number: int, *inputs: str, given: str = "") -> str:
    CALLS.append(number)
    if number == 8:
        time.sleep(SLOW)
    return f"{number}({', '.join(inputs)}{given})"


def expected(given: str) -> str:
    """What step 12 must give when step 5 gives `given`; no calls are counted."""
    values: dict[int, str] = {}
    for number, takes in TAKES.items():
        said = given if number == 5 else ""
        values[number] = f"{number}({', '.join(values[n] for n in takes)}{said})"
    return values[12]
