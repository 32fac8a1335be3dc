"""A call to the API as data, and as text that a person can run: curl or Python, never the token."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MOST = 8  # calls that are worth showing


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `body` is what is sent as JSON, None for a GET."""

    method: str
    url: str
    body: Any = None

    def curl(self) -> str:
        """The call for a shell in which BOTIFY_TOKEN is set."""
        words = ["curl", "-sS"]
        if self.method != "GET":
            words += ["-X", self.method]
        # In double quotes, so that the shell fills the token in.
        parts = [shlex.join(words), '-H "Authorization: Token $BOTIFY_TOKEN"']
        if self.body is not None:
            data = json.dumps(self.body, ensure_ascii=False)
            parts += ["-H 'Content-Type: application/json'", f"--data {shlex.quote(data)}"]
        return " \\\n  ".join([*parts, shlex.quote(self.url)])

    def python(self) -> str:
        """The call for Python without any library, with BOTIFY_TOKEN in the environment."""
        body = "None"
        if self.body is not None:
            # JSON in a Python literal: null, true and quotes need no second thought.
            body = f"json.dumps(json.loads({json.dumps(self.body)!r})).encode()"
        return (
            "import json, os, urllib.request\n\n"
            "request = urllib.request.Request(\n"
            f"    {self.url!r},\n"
            f"    data={body},\n"
            "    headers={\n"
            '        "Authorization": "Token " + os.environ["BOTIFY_TOKEN"],\n'
            '        "Content-Type": "application/json",\n'
            "    },\n"
            f"    method={self.method!r},\n"
            ")\n"
            "print(json.load(urllib.request.urlopen(request)))\n"
        )


def written(calls: Iterable[Call]) -> dict[str, str]:
    """The calls worth showing as text: `curl`, and `python`.

    Of a list's pages and of looks at a job only the first is worth it.
    """
    found: dict[str, Call] = {}
    for call in calls:
        where = re.sub(r"([?&]page=)\d+", "", call.url)
        found.setdefault(f"{call.method} {where} {json.dumps(call.body)}", call)
    shown = list(found.values())[:MOST]
    return {
        "curl": "\n\n".join(call.curl() for call in shown),
        "python": "\n\n".join(call.python() for call in shown),
    }
