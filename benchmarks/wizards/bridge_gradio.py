"""The Bridge in Gradio: a walkthrough, one step a question."""

import os

import gradio as gr


def decide(name, color):
    if color == "blue":
        outcome = f"Right, {name}. Off you go."
    else:
        outcome = f"{color.title()}? {name} is cast into the gorge."
    return gr.Walkthrough(selected=4), outcome


with gr.Blocks() as demo, gr.Walkthrough(selected=1) as bridge:
    with gr.Step("Name", id=1):
        name = gr.Textbox(label="What is your name?", elem_id="name")
        gr.Button("Answer").click(lambda: gr.Walkthrough(selected=2), outputs=bridge)
    with gr.Step("Quest", id=2):
        gr.Textbox(label="What is your quest?", elem_id="quest")
        gr.Button("Answer").click(lambda: gr.Walkthrough(selected=3), outputs=bridge)
    with gr.Step("Colour", id=3):
        color = gr.Radio(
            ["red", "blue", "green"], label="What is your favourite colour?", elem_id="color"
        )
        answer = gr.Button("Answer")
    with gr.Step("Verdict", id=4):
        verdict = gr.Markdown(elem_id="verdict")
    answer.click(decide, [name, color], [bridge, verdict])

demo.launch(server_name="127.0.0.1", server_port=int(os.environ["PORT"]), quiet=True)
