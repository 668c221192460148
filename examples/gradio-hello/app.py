"""A text box in, a text box out: Caesar's cipher."""

import string

import gradio as gr


def encipher(text: str, shift: float) -> str:
    by = int(shift) % 26
    lower, upper = string.ascii_lowercase, string.ascii_uppercase
    return text.translate(str.maketrans(lower + upper, lower[by:] + lower[:by] + upper[by:] + upper[:by]))


demo = gr.Interface(
    fn=encipher,
    inputs=[gr.Textbox("Hello, world", label="Text", lines=3), gr.Slider(0, 25, value=3, step=1, label="Shift")],
    outputs=gr.Textbox(label="Cipher", lines=3),
    title="Caesar's cipher",
    description="Each letter moves on by the shift. Shift 13 twice gives the text back.",
    live=True,
    flagging_mode="never",
)

if __name__ == "__main__":
    demo.launch()
