"""What can be made to go wrong, as switches: a name, and where, how often, with what chance."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from cardloom.errors import Missing

NAMES: dict[str, str] = {
    # answers instead of the real one
    "401": "the token is not valid",
    "402": "no credits left",
    "403": "no access",
    "404": "nothing there",
    "429": "too many requests; `value` is the Retry-After, none without",
    "500": "an HTML page from a proxy",
    "502": "an empty body",
    "503": "an error in Botify's envelope",
    "504": "an HTML page from a proxy",
    "django-401": '`{"detail": "Invalid token."}`',
    "django-404": '`{"detail": "Not found."}`',
    "text-error": "the envelope with `error` a plain text",
    "number-code": "a 400 with its code a number and no detail",
    "html": "status 200 and an HTML page",
    "empty": "status 200 and no body",
    "list": "status 200 and a JSON list where an object is due",
    "echo": "a 400 that repeats the Authorization header",
    "redirect": "302 to the address in `value`",
    "slow": "the answer comes after `value` seconds",
    "drop": "the connection is closed before anything is done",
    # done, and the answer lost
    "drop-after": "it is done, then the connection is closed",
    "500-after": "it is done, then status 500",
    "504-after": "it is done, then status 504",
    "slow-after": "it is done, the answer comes after `value` seconds",
    "garbled-after": "it is done, the answer is cut off in the middle of its JSON",
    # lists
    "foreign-next": "`next` leads to the address in `value`",
    "same-next": "`next` leads to the same page for ever",
    "endless-next": "there is always one more page",
    "no-count": "no count in the envelope",
    "unlisted": "the list of jobs is 404",
    "late-list": "the list of jobs does not have the newest job yet",
    "bare-list": "the list of jobs tells no payloads",
    # jobs
    "failed-message": "the job fails with error.message",
    "failed-reason": "the job fails with results.failure_reason",
    "failed-null": "the job fails and says nothing",
    "unknown-status": "the job has the status in `value` for some looks",
    "complete": "the job ends as COMPLETE",
    "vanished": "the job is 404",
    "stuck": "the job never ends",
    "no-url": "the job is done and has no address for its file",
    # the file
    "zip": "a zip instead of a gzip",
    "plain": "not packed",
    "double-gzip": "a gzip in a gzip",
    "truncated": "the gzip breaks off, at full length",
    "damaged": "some bytes of the gzip are others",
    "sep": "a first line `sep=,`, whatever was asked",
    "no-header": "no header, whatever was asked",
    "verbose": "a header for people, whatever was asked",
    "full-header": "a header with collections, whatever was asked",
    "bom": "a byte order mark",
    "crlf": "lines end with CR LF",
    "booleans": "True and False for true and false",
    "columns": "one column too many",
    "swapped": "the columns in another order, with a header that says so",
    "bomb": "`value` million zero bytes in a small gzip, 1000 without",
    "too-many-rows": "more rows than were asked for",
    "latin": "not UTF-8",
    # the way of the file
    "cut": "the connection breaks in the middle of the file",
    "expired": "403 for the file",
    "file-html": "an HTML page with status 200 for the file",
    "file-500": "500 for the file",
    "no-range": "the file can only be had whole",
    "no-validator": "neither ETag nor Last-Modified",
    "changed": "a request for the rest finds another file",
    "changed-silently": "a request for the rest gets the rest of another file",
    "file-gzip-coding": "the file is told to be gzip by its Content-Encoding as well",
    # shapes on which the sources do not agree
    "profile-flat": "`username` at the top of the profile",
    "profile-user": "`user.username` in the profile",
    "organization": "projects tell `organization`, not `user`",
    "text-ids": "job numbers are texts",
    "no-ids": "jobs tell their job_url only",
    "absolute-url": "job_url is an absolute address",
    "export-list": "advanced_export is a list",
    "no-grouping": "a query that groups by depth is refused",
}
_OPTIONS = ("at", "count", "chance", "skip", "value")


@dataclass(frozen=True, slots=True)
class Fault:
    """at: an endpoint's name, "" for any; count: times left, None for always; chance in percent."""

    name: str
    at: str = ""
    count: int | None = None
    chance: int = 100
    skip: int = 0
    value: str = ""


def parse_fault(text: str) -> Fault:
    """A fault from `NAME[,at=ENDPOINT][,count=N][,chance=PERCENT][,skip=N][,value=TEXT]`.

    Raises Missing, which names what there is.
    """
    name, *options = text.strip().split(",")
    if name not in NAMES:
        raise Missing(f"{name!r} is no fault of the emulator. There are: {', '.join(NAMES)}.")
    fault = Fault(name)
    for option in options:
        key, equals, value = option.partition("=")
        number = value.isdigit() and int(value)
        if not equals or key not in _OPTIONS or (key in _OPTIONS[1:4] and number is False):
            raise Missing(f"{option!r} in {text!r}: write at=, count=, chance=, skip= or value=.")
        told: Any = value if key in ("at", "value") else int(value)
        changes: dict[str, Any] = {key: told}
        fault = replace(fault, **changes)
    return fault


class Faults:
    """The switches that are on."""

    def __init__(self, specs: tuple[str, ...] = (), seed: int = 1) -> None:
        self._on: list[Fault] = [parse_fault(spec) for spec in specs]
        self._dice = random.Random(seed)  # noqa: S311 - repeatable trouble

    def add(self, spec: str) -> None:
        self._on.append(parse_fault(spec))

    def clear(self) -> None:
        self._on.clear()

    def shown(self) -> list[Fault]:
        return list(self._on)

    def take(self, endpoint: str, *names: str) -> Fault | None:
        """The first of these faults that strikes here and now; its count goes down."""
        for place, fault in enumerate(self._on):
            if fault.name not in names or fault.at not in ("", endpoint) or fault.count == 0:
                continue
            if fault.skip:
                self._on[place] = replace(fault, skip=fault.skip - 1)
                continue
            if self._dice.random() * 100 >= fault.chance:
                continue
            if fault.count is not None:
                self._on[place] = replace(fault, count=fault.count - 1)
            return fault
        return None
