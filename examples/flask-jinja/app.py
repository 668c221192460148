"""Jinja templates and a form: turns a text into its word counts."""

import re
from collections import Counter

from flask import Flask, render_template, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 256 * 1024

SAMPLE = "The sea is calm tonight. The tide is full, the moon lies fair upon the straits."


@app.get("/")
def index() -> str:
    return render_template("index.html", text=SAMPLE)


@app.post("/count")
def count() -> str:
    text = request.form.get("text", "")
    words = Counter(re.findall(r"[\w’']+", text.lower()))
    return render_template("count.html", total=words.total(), words=words.most_common(12))


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}
