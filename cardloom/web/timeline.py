"""The timeline of a run, as its page shows it, and what can be done from each of its moments."""

from cardloom.engine import State, redo_target, undo_target
from cardloom.runs import Run
from cardloom.ui import timeline as ui_timeline
from cardloom.ui import why
from cardloom.ui.tags import (
    A,
    Button,
    Details,
    Form,
    Input,
    Li,
    P,
    Part,
    Small,
    Strong,
    Summary,
    Ul,
)
from cardloom.web.context import compare_address, run_address
from cardloom.workspace import Kin


def timeline(run: Run, state: State, *, past: bool = False, playing: bool = False) -> Part:
    """The timeline of the run, standing at `state`."""
    events = run.journal.events
    acts = past_acts(run, state.n) if past else present_acts(run, state)
    return ui_timeline.timeline(
        events,
        state.n,
        lambda place: run_address(run, *filter(None, [place])),
        past=past,
        playing=playing,
        acts=acts,
    )


def family(kin: Kin | None) -> Part:
    """Where the run came from and went to: a line of words that opens into a small tree."""
    if kin is None:
        return ""
    parents, forks = _around(kin)
    said = [
        f"forked from {parent.key} at event {at}" if at else f"with the answers of {parent.key}"
        for parent, at in parents
    ]
    if forks:
        said.append(f"{forks} fork{'s' if forks > 1 else ''}")
    return Details(
        Summary(" · ".join(said) or "its family"), Ul(_tree(kin)), cls="family", id="family"
    )


def _around(kin: Kin) -> tuple[list[tuple[Kin, int]], int]:
    """The parent of the run that is looked at, with the event, and the number of its forks."""
    if kin.here:
        return [], len(kin.forks)
    for child in kin.forks:
        if child.here:
            return [(kin, child.at)], len(child.forks)
        found = _around(child)
        if found != ([], 0):
            return found
    return [], 0


def _tree(kin: Kin) -> Part:
    here = (
        Strong(kin.key, aria_current="page") if kin.here else A(kin.key, href=f"/runs/{kin.name}")
    )
    at = Small(f" from event {kin.at}") if kin.at else ""
    return Li(here, at, Ul(*(_tree(child) for child in kin.forks)) if kin.forks else "")


def present_acts(run: Run, state: State) -> list[Part]:
    """From the present: undo and redo, replay, and a fork."""
    acts: list[Part] = []
    if run.workflow is not None and not state.finalized and not run.damage:
        acts.append(_steps(run))
    if state.n > 1:
        acts.append(ui_timeline.link("Replay", run_address(run, "replay")))
    if run.workflow is not None:
        acts.append(ui_timeline.link("Fork", run_address(run, "fork")))
    acts.append(ui_timeline.link("Compare", compare_address(run.name)))
    return acts


def _steps(run: Run) -> Part:
    """Undo and redo, as far as there is something to; one reason serves either."""
    targets = {"undo": undo_target, "redo": redo_target}
    places = {
        kind: run_address(run, kind)
        for kind, target in targets.items()
        if target(run.journal.events) is not None
    }
    buttons = [
        Button(
            kind.capitalize(),
            cls="secondary small",
            formaction=place,
            hx_post=place,
            hx_swap="none",
        )
        for kind, place in places.items()
    ]
    return Form(*buttons, why.reason(), method="post", cls="pressed") if buttons else ""


def past_acts(run: Run, at: int) -> list[Part]:
    """From a moment of the past: fork, rewind, or back to the present."""
    state = run.state()
    acts = [ui_timeline.link("Back to now", run_address(run))]
    acts.append(ui_timeline.link("Compare with now", compare_address(f"{run.name}@{at}", run.name)))
    if run.workflow is not None:
        acts.append(ui_timeline.link("Fork from here", f"{run_address(run, 'fork')}?at={at}"))
    if run.workflow is not None and not state.finalized and not run.damage and at < state.n:
        place = run_address(run, "rewind")
        acts.append(
            Details(
                Summary("Rewind to here", role="button", cls="secondary small"),
                Form(
                    P(
                        f"The run goes on from event {at}. Nothing is deleted: what came later stays "
                        "in the journal, one redo away."
                    ),
                    Input(type="hidden", name="to", value=str(at)),
                    why.field(),
                    Button(f"Rewind to event {at}", cls="small"),
                    method="post",
                    action=place,
                    hx_post=place,
                    hx_swap="none",
                    cls="popover",
                ),
                cls="pop",
            )
        )
    return acts
