"""The Bridge in Streamlit: a form a question, the step and the answers in the session's state."""

import streamlit as st

answers = st.session_state.setdefault("answers", {})


def keep(name):
    answers[name] = st.session_state[name]


st.title("The Bridge of Death")

if "name" not in answers:
    with st.form("name_form"):
        st.text_input("What is your name?", key="name")
        st.form_submit_button("Answer", on_click=keep, args=("name",))
elif "quest" not in answers:
    with st.form("quest_form"):
        st.text_input("What is your quest?", key="quest")
        st.form_submit_button("Answer", on_click=keep, args=("quest",))
elif "color" not in answers:
    with st.form("color_form"):
        st.radio(
            "What is your favourite colour?", ["red", "blue", "green"], index=None, key="color"
        )
        st.form_submit_button("Answer", on_click=keep, args=("color",))
elif answers["color"] == "blue":
    st.markdown(f"Right, {answers['name']}. Off you go.")
else:
    st.markdown(f"{answers['color'].title()}? {answers['name']} is cast into the gorge.")
