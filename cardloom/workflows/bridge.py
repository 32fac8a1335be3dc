"""The Bridge of Death: three questions, one answer."""

from cardloom import Choice, Text, Workflow

bridge = Workflow("The Bridge of Death")

bridge.ask(
    name=Text("What is your name?", placeholder="Sir Lancelot"),
    quest=Text("What is your quest?", placeholder="To seek the Grail"),
    color=Choice("What is your favourite colour?", ["red", "blue", "green"]),
)


@bridge.do
def verdict(name, color):
    if color == "blue":
        return f"Right, {name}. Off you go."
    return f"{color.title()}? {name} is cast into the gorge."
