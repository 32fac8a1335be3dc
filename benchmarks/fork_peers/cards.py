"""The twelve steps as cards: step 5 is a question, whose `parse` is its step."""

from graph12 import step

from cardloom import Text, Workflow

flow = Workflow("Graph of 12")


@flow.do
def n1():
    return step(1)


@flow.do
def n2(n1):
    return step(2, n1)


@flow.do
def n3(n2):
    return step(3, n2)


@flow.do
def n4(n3):
    return step(4, n3)


flow.ask(n5=Text("Which way?", parse=lambda text: step(5, given=text)))


@flow.do
def n6(n5):
    return step(6, n5)


@flow.do
def n7(n4):
    return step(7, n4)


@flow.do
def n8(n7):
    return step(8, n7)


@flow.do
def n9(n8):
    return step(9, n8)


@flow.do
def n10(n6):
    return step(10, n6)


@flow.do
def n11(n9):
    return step(11, n9)


@flow.do
def n12(n10, n11):
    return step(12, n10, n11)
