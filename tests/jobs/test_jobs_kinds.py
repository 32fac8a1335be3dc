"""A card at work, in the three ways it may: on the loop, on a thread, in a process."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from aiohttp import web

from cardloom.workspace import Secrets, Workspace

# How each kind of card is written: its `def`, and what stands before a call that may wait.
KINDS = {"sync": ("def", ""), "async": ("async def", "await "), "process": ("def", "")}


@pytest.fixture(params=KINDS)
def written(request):
    """`written(body, **options)`: a flow whose card `made` has this body, in each of the kinds.

    In the body, `WAIT ` stands before calls of run that an async card awaits.
    """

    def source(body, asks='flow.ask(name=Text("?", default="Ada"))', **options):
        define, wait = KINDS[request.param]
        if request.param == "process":
            options["process"] = True
        told = ", ".join(f"{name}={value!r}" for name, value in options.items())
        lines = "\n".join(f"    {line}" for line in body.replace("WAIT ", wait).splitlines())
        return (
            "import asyncio, os, sys, time, dataclasses, datetime, pathlib\n"
            f'flow = Workflow("Kinds")\n{asks}\n\n'
            f"@flow.do({told})\n{define} made(name, *, run):\n{lines}\n"
        )

    source.kind = request.param
    return source


async def test_a_card_reports_and_returns(work, written):
    told = work(
        written(
            "run.progress(1, 2, 'half')\n"
            "run.write('one ')\n"
            "run.write('two')\n"
            "run.note('a remark')\n"
            "run.file('out/a.csv').write_text(name)\n"
            "return {'name': (name, 1.5), 'file': run.file('out/a.csv'), 'pid': os.getpid()}\n"
        )
    )
    told.answer("name", "Ada ü")
    assert await told.run_until_blocked() is None
    value = told.value("made")
    assert value["name"] == ("Ada ü", 1.5)
    assert value["file"].read_text() == "Ada ü"
    assert value["file"].name == "a.csv"
    assert (value["pid"] == os.getpid()) == (written.kind != "process")
    card = told.card("made")
    assert "".join(card.output) == "one two"
    assert card.notes == ["a remark"]
    assert (card.done, card.total, card.note) == (1, 2, "half")
    assert [Path(f["path"]).name for f in card.files] == ["a.csv"]
    assert told.kinds("made")[0] == "started"
    assert told.kinds("made")[-1] == "finished"


async def test_an_error_is_one_sentence_and_the_authors_own_frames(work, written):
    told = work(
        written("helper(name)\n")
        + "\ndef helper(name):\n    raise ValueError(f'{name} will not do')\n"
    )
    told.answer("name", "Ada")
    assert await told.run_until_blocked() == ("STOPPED", "made")
    card = told.card("made")
    assert (card.status, card.error) == ("failed", "Ada will not do.")
    frames = [line for line in card.trace.splitlines() if line.startswith("  File")]
    assert [line.rsplit(" in ", 1)[1] for line in frames] == ["made", "helper"]
    assert all("flow.py" in line for line in frames)
    assert "asyncio" not in card.trace
    assert card.trace.rstrip().endswith("ValueError: Ada will not do")
    told.again("made")
    assert await told.run_until_blocked() == (
        "STOPPED",
        "made",
    )  # Retry: it ran again, and failed again
    assert told.kinds("made") == ["started", "failed", "reopened", "started", "failed"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return {}['x']", "KeyError: 'x'."),
        ("raise RuntimeError", "RuntimeError."),
        ("raise ValueError('two\\nlines\\n')", "two lines."),
        ("sys.exit(3)", "SystemExit: 3."),
        ("raise StopIteration('odd')", "StopIteration"),
        ("raise asyncio.CancelledError", "CancelledError."),
        ("raise TimeoutError('their own')", "TimeoutError: their own."),
        ("return object()", "A value of type builtins.object cannot be kept in a journal."),
        ("return [1, {'a': 1j}]", "A value of type builtins.complex cannot be kept"),
        ("return run.file('x')", "x was returned and never written."),
        ("return datetime.timedelta(1)", "A value of type datetime.timedelta cannot be kept"),
        ("run.secret('nothing')", "The secret 'nothing' is not set. Set it with `cardloom secret"),
        ("run.file('../x')", "'../x' can't be a file's name here."),
    ],
)
async def test_whatever_goes_wrong_the_card_fails_and_the_run_goes_on_being(
    work, written, body, sentence
):
    told = work(written(body, timeout=60))
    told.answer("name", "Ada")
    assert await told.run_until_blocked() == ("STOPPED", "made")
    assert told.card("made").status == "failed"
    assert sentence in told.card("made").error
    assert told.kinds("made") == ["started", "failed"]


async def test_a_dataclass_that_could_not_come_back_is_refused(work, written):
    told = work(
        written(
            "@dataclasses.dataclass\nclass Local:\n    x: int\nreturn [Local(1)]\n",
        )
    )
    told.answer("name", "Ada")
    assert await told.run_until_blocked() == ("STOPPED", "made")
    assert "Local cannot be kept in a journal" in told.card("made").error


async def test_its_own_dataclasses_reach_the_next_card(work, written):
    source = written("return [Page(name, (1,))]")
    told = work(
        source.replace(
            "flow = Workflow",
            "@dataclasses.dataclass(frozen=True)\nclass Page:\n    url: str\n    at: tuple\n\n"
            "flow = Workflow",
        )
        + "\n@flow.do\ndef after(made):\n    return made[0].url + repr(made)\n"
    )
    told.answer("name", "Ada")
    assert await told.run_until_blocked() is None
    assert told.value("after") == "Ada[Page(url='Ada', at=(1,))]"


async def test_a_substep_is_done_once_and_recalled(work, written, workspace):
    body = (
        "def fetch():\n"
        f"    with open({str(workspace / 'calls')!r}, 'a') as f:\n"
        "        f.write('x')\n"
        "    return (name, {1})\n"
        "first = WAIT run.once('fetch', fetch)\n"
        "second = WAIT run.once('fetch', fetch)\n"
        f"if not os.path.exists({str(workspace / 'go')!r}):\n"
        "    raise RuntimeError('not yet')\n"
        "return [first, second, first == second]\n"
    )
    told = work(written(body))
    told.answer("name", "Ada")
    assert await told.run_until_blocked() == ("STOPPED", "made")
    (workspace / "go").touch()
    told.again("made")
    assert await told.run_until_blocked() is None
    assert told.value("made") == [("Ada", {1}), ("Ada", {1}), True]
    assert (workspace / "calls").read_text() == "x"
    assert told.kinds("made").count("remembered") == 1
    told.answer("name", "Bob", change=True)  # other inputs: nothing is recalled
    assert await told.run_until_blocked() is None
    assert told.value("made")[0] == ("Bob", {1})


async def test_retries_go_on_until_it_works(work, written, workspace, monkeypatch):
    monkeypatch.setattr("cardloom.jobs.work.RETRY_WAIT", (0.0,))
    body = (
        f"with open({str(workspace / 'calls')!r}, 'a') as f:\n"
        "    f.write('x')\n"
        f"tries = os.path.getsize({str(workspace / 'calls')!r})\n"
        "if tries < 3:\n"
        "    raise ValueError(f'not at {tries}')\n"
        "return tries\n"
    )
    told = work(written(body, retries=3))
    told.answer("name", "Ada")
    assert await told.run_until_blocked() is None
    assert told.value("made") == 3
    assert told.card("made").notes == [
        "Attempt 1 failed: not at 1. Trying again in 0 s (3 left).",
        "Attempt 2 failed: not at 2. Trying again in 0 s (2 left).",
    ]
    assert told.kinds("made").count("started") == 1


async def test_retries_end(work, written, monkeypatch):
    monkeypatch.setattr("cardloom.jobs.work.RETRY_WAIT", (0.0,))
    told = work(written("raise ValueError('never')", retries=2))
    told.answer("name", "Ada")
    assert await told.run_until_blocked() == ("STOPPED", "made")
    assert told.card("made").error == "never."
    assert len(told.card("made").notes) == 2


LIMIT = {"sync": 0.5, "async": 0.5, "process": 6}  # seconds; a process has to begin first
NAP = {
    "sync": "time.sleep(0.005)",
    "async": "await asyncio.sleep(0.005)",
    "process": "time.sleep(0.005)",
}


def endless(written, workspace):
    """A card that leaves its process's id and then works until it is stopped, leaving footprints."""
    return (
        f"pathlib.Path({str(workspace / 'pid')!r}).write_text(str(os.getpid()))\n"
        "while True:\n"
        f"    with open({str(workspace / 'steps')!r}, 'a') as f:\n"
        "        f.write('.')\n"
        f"    {NAP[written.kind]}\n"
    )


async def has_stopped(workspace, kind, wait):
    """The loop leaves no more footprints; a process of its own is gone."""
    if kind == "process":
        pid = int((workspace / "pid").read_text())
        await wait(lambda: not Path(f"/proc/{pid}").exists())
    steps = workspace / "steps"

    async def still():
        before = steps.stat().st_size
        await asyncio.sleep(0.2)
        return before == steps.stat().st_size

    async with asyncio.timeout(20):
        while not await still():
            pass


async def test_cancel_really_stops_it(work, written, workspace, wait):
    told = work(written(endless(written, workspace)))
    told.answer("name", "Ada")
    async with told.at_work((workspace / "steps").exists):
        told.cancel("made")
    assert told.outcome == ("STOPPED", "made")
    assert told.kinds("made") == ["started", "cancelled"]
    await has_stopped(workspace, written.kind, wait)
    assert told.kinds("made") == ["started", "cancelled"]


async def test_a_card_that_cannot_be_interrupted_may_look_whether_it_should_stop(
    work, workspace, wait
):
    told = work(
        f"""
        import pathlib, time
        here = pathlib.Path({str(workspace)!r})
        flow = Workflow("Stubborn")

        @flow.do
        def made(*, run):
            while not run.cancelled:
                try:
                    (here / "begun").touch()
                    time.sleep(0.005)
                except BaseException:
                    pass  # as code does that catches everything
            (here / "ended").touch()
            return 1
        """
    )
    async with told.at_work((workspace / "begun").exists):
        told.cancel("made")
    await wait((workspace / "ended").exists)
    assert told.kinds("made") == ["started", "cancelled"]


async def test_a_limit_in_time_stops_it_too(work, written, workspace, wait):
    told = work(written(endless(written, workspace), timeout=LIMIT[written.kind]))
    told.answer("name", "Ada")
    assert await told.run_until_blocked() == ("STOPPED", "made")
    assert told.card("made").error == f"made took longer than its limit of {LIMIT[written.kind]} s."
    await has_stopped(workspace, written.kind, wait)


async def test_the_attempt_after_a_limit_is_not_cancelled(work, written, workspace, monkeypatch):
    monkeypatch.setattr("cardloom.jobs.work.RETRY_WAIT", (0.0,))
    body = (
        f"first = not os.path.exists({str(workspace / 'first')!r})\n"
        f"open({str(workspace / 'first')!r}, 'w').close()\n"
        "while first:\n"
        f"    {NAP[written.kind]}\n"
        "return run.cancelled\n"
    )
    told = work(written(body, timeout=LIMIT[written.kind], retries=9))
    told.answer("name", "Ada")
    assert await told.run_until_blocked() is None
    assert told.value("made") is False


async def test_a_change_stops_the_job_that_depends_on_it_and_starts_it_anew(
    work, written, workspace, wait
):
    body = "if name == 'Ada':\n    {}\nreturn name\n".format(
        endless(written, workspace).replace("\n", "\n    ")
    )
    told = work(written(body))
    told.answer("name", "Ada")
    async with told.at_work((workspace / "steps").exists):
        told.answer("name", "Bob", change=True)
    assert told.outcome is None
    assert told.value("made") == "Bob"
    assert told.kinds() == [
        "created",
        "answered",
        "started",
        "cancelled",
        "reopened",
        "answered",
        "started",
        "finished",
    ]
    await has_stopped(workspace, written.kind, wait)


async def test_a_server_that_stops_says_so_and_the_next_goes_on(work, written, workspace, wait):
    body = (
        f"if os.path.exists({str(workspace / 'go')!r}):\n"
        "    return run.file('kept.txt').read_text()\n"
        "run.file('kept.txt').write_text('half')\n"
    )
    told = work(written(body + endless(written, workspace)))
    told.answer("name", "Ada")
    task = asyncio.create_task(told.run_until_blocked())
    await wait((workspace / "steps").exists, task)
    await told.driver.stop()
    await asyncio.gather(task, return_exceptions=True)
    assert told.kinds("made") == ["started", "interrupted"]
    await has_stopped(workspace, written.kind, wait)
    (workspace / "go").touch()
    again = work()
    assert await again.run_until_blocked() is None
    assert again.value("made") == "half"  # the same inputs find what was written
    assert again.kinds("made") == ["started", "interrupted", "started", "finished"]


async def test_secrets_reach_the_card_and_never_the_journal(work, written, workspace):
    secret = 'pa"ss\\wörd\n42'
    Secrets(Workspace(workspace).make()).set("token", secret)
    body = (
        "secret = run.secret('token')\n"
        "run.note(f'used {secret}')\n"
        "run.write(f'writing {secret} here')\n"
        "run.progress(1, 2, secret)\n"
        f"pathlib.Path({str(workspace / 'seen')!r}).write_text(secret)\n"
    )
    endings = {
        "raise ValueError(f'refused {secret} there')\n": "refused ••• there.",
        "return {'a': [secret]}\n": "made returned a value that holds a secret.",
        "return Skip(secret)\n": None,
        "WAIT run.once('k', lambda: secret)\n": "holds a secret",
        "WAIT run.once(secret, lambda: 1)\n": "holds a secret",
    }
    for number, (ending, sentence) in enumerate(endings.items()):
        told = work(written(body + ending), key=f"run {number}")
        told.answer("name", "Ada")
        await told.run_until_blocked()
        assert (workspace / "seen").read_text() == secret
        if sentence:
            assert told.card("made").status == "failed", ending
            assert sentence in told.card("made").error
        assert "used •••" in told.card("made").notes
        journal = told.run.journal.path.read_text()
        for spelled in (
            secret,
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
        ):
            assert spelled not in journal, ending


async def test_http_answers_in_every_kind(work, written):
    async def answer(request):
        if request.method == "POST":
            return web.json_response({"got": await request.json()}, status=201)
        agent = request.headers["User-Agent"]
        return web.Response(text=f"grüße {agent}", charset="latin-1", headers={"X-One": "1"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/x"
    told = work(
        written(
            f"one = WAIT run.http.get({url!r})\n"
            f"two = WAIT run.http.post({url!r}, json={{'a': 1}})\n"
            "try:\n"
            "    WAIT run.http.get('http://127.0.0.1:1/')\n"
            "except ConnectionError as error:\n"
            "    refused = str(error)\n"
            "return [one.status, one.headers['x-one'], one.text, one.url, two.status, two.json(), refused]\n"
        )
    )
    told.answer("name", "Ada")
    assert await told.run_until_blocked() is None, told.card("made").error
    await runner.cleanup()
    status, header, text, at, posted, got, refused = told.value("made")
    assert (status, header, at, posted, got) == (200, "1", url, 201, {"got": {"a": 1}})
    assert text.startswith("grüße Cardloom")
    assert refused.startswith("http://127.0.0.1:1/ did not answer: ")


async def test_a_card_may_be_skipped(work, written):
    told = work(
        written("return Skip('not needed')")
        + "\n@flow.do\ndef after(made):\n    return repr(made)\n"
    )
    told.answer("name", "Ada")
    assert await told.run_until_blocked() is None
    assert (told.card("made").status, told.card("made").why) == ("skipped", "not needed")
    assert told.value("after") == "None"


@pytest.mark.parametrize("number", ["float('nan')", "float('inf')", "2**70", "'many'", "None"])
async def test_no_number_in_a_progress_call_harms_the_card(work, written, number):
    if number in ("'many'", "None"):
        told = work(written(f"run.progress({number})\nreturn 1"))
        told.answer("name", "Ada")
        assert await told.run_until_blocked() == ("STOPPED", "made")
        assert "number" in told.card("made").error
        return
    told = work(written(f"run.progress({number}, {number})\nreturn 1"))
    told.answer("name", "Ada")
    assert await told.run_until_blocked() is None
    assert told.value("made") == 1


async def test_a_card_knows_its_run_and_its_workspace(work, written, workspace):
    told = work(
        written("(run.workspace / 'kept.txt').write_text(run.key)\nreturn run.key\n"),
        key="a key / of ü",
    )
    told.answer("name", "Ada")
    assert await told.run_until_blocked() is None
    assert told.value("made") == "a key / of ü"
    assert (workspace / "kept.txt").read_text() == "a key / of ü"
