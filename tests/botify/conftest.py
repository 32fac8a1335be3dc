"""An emulator on a real loopback port, and clients that do not wait long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cardloom import botify
from cardloom.apps.botify.emulator import Emulator
from cardloom.botify import Client, Patience, ProjectAddress

QUICK = Patience(
    rate=0,
    retries=3,
    first_wait=0.01,
    longest_wait=2.0,
    poll_first=0.01,
    poll_longest=0.03,
    get_seconds=5,
    query_seconds=5,
    read_seconds=5,
    job_seconds=10,
)
FULL = ProjectAddress("demo-org", "demo.example", "https://app.botify.com/demo-org/demo.example/")
PLAIN = ProjectAddress(
    "demo-org", "plain.example", "https://app.botify.com/demo-org/plain.example/"
)
LONG = ProjectAddress("demo-org", "long.example", "https://app.botify.com/demo-org/long.example/")
CLOSED = ProjectAddress(
    "demo-org", "closed.example", "https://app.botify.com/demo-org/closed.example/"
)
CRAWL = "20240101"


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(rate=0) as running:
        yield running


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[Client]:
    async with Client(emulator.token, emulator.url, patience=QUICK) as opened:
        yield opened


@pytest.fixture
def links() -> botify.Export:
    return botify.links_export(FULL, CRAWL, depth=2)


@pytest.fixture
def another(emulator: Emulator) -> Callable[..., Any]:
    """`async with another() as client`: a client that remembers nothing of the first."""

    @asynccontextmanager
    async def opened(**patience: Any) -> AsyncIterator[Client]:
        told = {name: getattr(QUICK, name) for name in QUICK.__dataclass_fields__}
        async with Client(
            emulator.token, emulator.url, patience=Patience(**told | patience)
        ) as made:
            yield made

    return opened
