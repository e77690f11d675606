"""W6: a Flask app that answers with the form it was sent."""

from flask import Flask, request

app = Flask(__name__)


@app.post("/")
def form():
    return dict(request.form)
