"""Jobs: cards at work. Start, report, cancel, retry, recover.

Knows nothing of what the work is, and never sees HTML.
"""

from cardloom.jobs.context import CardContext
from cardloom.jobs.driver import Driver
from cardloom.jobs.http import Http
from cardloom.jobs.jobs import Jobs
from cardloom.jobs.reproduce import Outcome, reproduce
from cardloom.trace import sentence

__all__ = ["CardContext", "Driver", "Http", "Jobs", "Outcome", "reproduce", "sentence"]
