"""What a change would set in motion, in words."""

from cardloom.engine.plan import Plan


def plan_line(plan: Plan) -> str:
    """One line for a person: '2 cards kept · 1 answer asked again if … · 2 will run: …'."""
    parts = [f"{_count(len(plan.kept), 'card')} kept"]
    if plan.asked:
        parts.append(
            f"{_count(len(plan.asked), 'answer')} asked again if its options changed: "
            f"{', '.join(plan.asked)}"
        )
    if plan.runs:
        took = f" (last time: {plan.seconds:.3g} s)" if plan.seconds >= 0.05 else ""
        parts.append(f"{len(plan.runs)} will run: {', '.join(plan.runs)}{took}")
    if plan.once:
        parts.append(f"{', '.join(plan.once)} waits for your word, as it must not be repeated")
    if plan.running:
        parts.append(f"{plan.running} is running and will be stopped")
    if not (plan.asked or plan.runs or plan.once or plan.running):
        parts.append("nothing runs again")
    return " · ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
