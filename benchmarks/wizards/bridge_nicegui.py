"""The Bridge in NiceGUI: a stepper, one step a question."""

import os

from nicegui import ui


@ui.page("/")
def bridge():
    def verdict():
        if color.value == "blue":
            outcome.text = f"Right, {name.value}. Off you go."
        else:
            outcome.text = f"{color.value.title()}? {name.value} is cast into the gorge."
        stepper.next()

    with ui.stepper() as stepper:
        with ui.step("Name"):
            name = ui.input("What is your name?")
            with ui.stepper_navigation():
                ui.button("Answer", on_click=stepper.next)
        with ui.step("Quest"):
            ui.input("What is your quest?")
            with ui.stepper_navigation():
                ui.button("Answer", on_click=stepper.next)
        with ui.step("Colour"):
            ui.label("What is your favourite colour?")
            color = ui.radio(["red", "blue", "green"])
            with ui.stepper_navigation():
                ui.button("Answer", on_click=verdict)
        with ui.step("Verdict"):
            outcome = ui.label().classes("verdict")


ui.run(host="127.0.0.1", port=int(os.environ["PORT"]), show=False, reload=False)
