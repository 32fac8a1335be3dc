"""Botify's API on this machine, for tests and demos: its answers, its oddities, and its faults.

It listens on 127.0.0.1 only, knows one token, and charges nobody. It is built from notes, as the
client is: that both agree proves nothing of the real API.
"""

from cardloom.apps.botify.emulator.faults import NAMES
from cardloom.apps.botify.emulator.server import Emulator, run_emulator

__all__ = ["NAMES", "Emulator", "run_emulator"]
