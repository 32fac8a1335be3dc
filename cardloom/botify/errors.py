"""What Botify can answer instead of what was asked, each with a sentence of what to do.

    BotifyError
    ├── BadToken      401                          ├── Unsure       a job may have been made
    ├── NoAccess      403                          ├── JobFailed    Botify gave the job up
    ├── NotThere      404                          ├── StillWaiting the job takes too long
    ├── BadRequest    any other 4xx                ├── Stopped      you stopped waiting
    ├── TooMany       429                          ├── Expired      the file's address is no more
    ├── Unavailable   5xx, or no answer at all     └── WrongFile    the file is not the table
    ├── Unexpected    an answer nobody can read
    └── NoCredits     402

No text here ever holds a token: what a server says is scrubbed before it becomes an error.
"""

from __future__ import annotations

import json
import re
from typing import Any

from cardloom.errors import CardloomError

_SHOWN = 300  # characters of a server's own words


class BotifyError(CardloomError):
    """The root. `str()` is a sentence and what to do about it.

    http_status  Botify's HTTP status, 0 where there was none
    code         Botify's error code as text, "" where there was none ("1029")
    message      Botify's own words, cut and on one line
    endpoint     method and path ("POST /jobs")
    advice       what to do
    """

    exit_code = 1
    status = 502
    what = "Botify refused"
    advice = "Try again; if it stays so, look at the project in the Botify app."

    def __init__(
        self,
        what: str = "",
        *,
        http_status: int = 0,
        code: str = "",
        message: str = "",
        endpoint: str = "",
        advice: str = "",
    ) -> None:
        self.http_status, self.code = http_status, code
        self.message, self.endpoint = message, endpoint
        self.advice = advice or self.advice
        where = [endpoint] if endpoint else []
        where += [f"HTTP {http_status}"] if http_status else []
        where += [f"code {code}"] if code else []
        said = f": {message.rstrip('.')}" if message else ""
        place = f" ({', '.join(where)})" if where else ""
        super().__init__(f"{what or self.what}{said}{place}. {self.advice}")


class BadToken(BotifyError):
    """401: the token is not, or no longer, valid."""

    what = "Botify does not know this token"
    advice = "Copy it anew from app.botify.com/account; a regenerated token ends the one before."


class NoAccess(BotifyError):
    """403: the token is good, and this project or feature is closed to it."""

    what = "Your Botify account may not see this"
    advice = "Ask the project's owner for access, or choose another project."


class NoCredits(BotifyError):
    """402: the plan does not pay for this."""

    what = "Botify wants to be paid for this"
    advice = "The plan's export credits may be used up: ask for fewer rows, or look at the plan."


class NotThere(BotifyError):
    """404: no such project, analysis, job or page of a list."""

    what = "Botify has nothing there"
    advice = "Check the organisation, the project and the analysis."


class BadRequest(BotifyError):
    """Any other 4xx: the request was understood and is wrong, or cannot be done now."""

    what = "Botify refused the request"
    advice = "Change what is asked: a field may not exist in this crawl."


class TooMany(BotifyError):
    """429: too many requests, or a quota is used up. `retry_after` is in seconds, or None."""

    what = "Botify asks for fewer requests"
    advice = "Wait a while and try again; a daily quota comes back the next day."
    retry_after: float | None = None


class Unavailable(BotifyError):
    """5xx or no answer. `sent` is False where the request certainly never reached Botify."""

    what = "Botify does not answer properly"
    advice = "Check the network and try again in some minutes."
    sent = True


class Unexpected(BotifyError):
    """An answer that is not JSON, or not of any shape that is known."""

    what = "Botify's answer cannot be read"
    advice = "Try again; if it stays so, the API has changed and Cardloom must learn it."


class Unsure(BotifyError):
    """An export was asked for, and nobody knows whether the job exists. Nothing was posted twice."""

    what = "The export may or may not have begun"
    advice = (
        "Look at the exports in the Botify app. If there is none, ask for it anew; "
        "if there is one, go on with its number."
    )


class JobFailed(BotifyError):
    """Botify says the job failed."""

    what = "Botify could not make the export"
    advice = "Ask for fewer rows or fewer fields, and begin a new export."


class StillWaiting(BotifyError):
    """The job did not end in the time given. It goes on at Botify."""

    what = "The export is not ready yet"
    advice = "It goes on at Botify: wait again for the same job, it costs nothing."


class Stopped(BotifyError):
    """You stopped waiting. The job goes on at Botify."""

    what = "You stopped waiting"
    advice = "The export goes on at Botify: wait again for the same job, it costs nothing."


class Expired(BotifyError):
    """The address of the finished file does not work any more."""

    what = "The export's file is no longer there"
    advice = "Begin a new export; it is paid again."


class WrongFile(BotifyError):
    """What was downloaded is not the table that was asked for."""

    what = "The downloaded file is not the table that was asked for"
    advice = "Download it again; if it stays so, begin a new export."


_BY_STATUS: dict[int, type[BotifyError]] = {
    401: BadToken,
    402: NoCredits,
    403: NoAccess,
    404: NotThere,
    429: TooMany,
}


def refusal(status: int, body: bytes, endpoint: str) -> BotifyError:
    """The error for an answer with an HTTP status of 300 or more.

    Knows Botify's envelope (`error` an object or a text), Django's `detail`, HTML and empty
    bodies.
    """
    code, message = said(body.decode("utf-8", "replace"))
    kind = _BY_STATUS.get(status)
    if kind is None:
        kind = Unavailable if status >= 500 else BadRequest if status >= 400 else Unexpected
    return kind(http_status=status, code=code, message=message, endpoint=endpoint)


def said(text: str) -> tuple[str, str]:
    """(code, message) of an error body in any of the shapes that are known."""
    try:
        body = json.loads(text)
    except ValueError:
        return "", _title(text)
    if not isinstance(body, dict):
        return "", one_line(body)
    error = body.get("error", body)
    if isinstance(error, str):
        return "", one_line(error)
    if not isinstance(error, dict):
        return "", ""
    message = error.get("message") or error.get("detail") or error.get("failure_reason") or ""
    code = error.get("error_code", error.get("code", ""))
    return ("" if code is None else one_line(code)[:20]), one_line(message)


def one_line(value: Any) -> str:
    """A server's words, printable, on one line and cut."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _title(text: str) -> str:
    """An HTML error page's title; a plain text's first words."""
    if "<" not in text:
        return one_line(text)
    found = re.search(r"<title[^>]*>([^<]{1,300})", text[:20_000], re.I)
    return one_line(found[1]) if found else "an HTML page"
