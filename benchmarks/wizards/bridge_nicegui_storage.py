"""The Bridge in NiceGUI, each value bound to the user's storage (a JSON file on the server)."""

import os

from nicegui import app, ui


@ui.page("/")
def bridge():
    answers = app.storage.user

    def verdict():
        if answers["color"] == "blue":
            answers["outcome"] = f"Right, {answers['name']}. Off you go."
        else:
            answers["outcome"] = (
                f"{answers['color'].title()}? {answers['name']} is cast into the gorge."
            )
        stepper.next()

    with ui.stepper(value="Name").bind_value(answers, "step") as stepper:
        with ui.step("Name"):
            ui.input("What is your name?").bind_value(answers, "name")
            with ui.stepper_navigation():
                ui.button("Answer", on_click=stepper.next)
        with ui.step("Quest"):
            ui.input("What is your quest?").bind_value(answers, "quest")
            with ui.stepper_navigation():
                ui.button("Answer", on_click=stepper.next)
        with ui.step("Colour"):
            ui.label("What is your favourite colour?")
            ui.radio(["red", "blue", "green"]).bind_value(answers, "color")
            with ui.stepper_navigation():
                ui.button("Answer", on_click=verdict)
        with ui.step("Verdict"):
            ui.label().bind_text_from(answers, "outcome").classes("verdict")


ui.run(
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    show=False,
    reload=False,
    storage_secret="a benchmark's own, guarding nothing",
)
