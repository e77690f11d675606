"""A Flask app, written as Flask's docs write them."""

import time

from flask import Blueprint, Flask, abort, flash, g, jsonify, make_response, redirect, request, session
from flask import get_flashed_messages, send_from_directory, stream_with_context, url_for
from journal import FILES, digest, note, notes

app = Flask(__name__)
app.secret_key = "not a secret"
app.config["MAX_CONTENT_LENGTH"] = 4 << 20
blueprint = Blueprint("inner", __name__, url_prefix="/inner")


class Conflict(Exception):
    pass


@app.before_request
def remember():
    g.path = request.path


@app.after_request
def mark(response):
    response.headers["X-Path"] = g.path.encode("ascii", "replace").decode()
    return response


@app.errorhandler(Conflict)
def say_conflict(error):
    return {"conflict": str(error)}, 409


@app.get("/")
def hello():
    return "<p>hello, wörld</p>"


@app.get("/async")
async def hello_async():
    return "hello from a coroutine"


@app.get("/items/<int:number>")
def item(number):
    return {"number": number, "q": request.args.getlist("q"), "flag": request.args.get("flag", type=bool)}


@app.get("/names/<name>")
def name(name):
    return {"name": name, "path": request.path, "url": request.url, "host": request.host}


@app.get("/paths/<path:rest>")
def paths(rest):
    return {"rest": rest, "query": request.query_string.decode()}


@app.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def echo():
    body = digest(request.get_data())
    headers = [[name, value] for name, value in request.headers]
    return {"method": request.method, "scheme": request.scheme, "headers": headers, "body": body}


@app.post("/json")
def read_json():
    return jsonify(request.get_json()), 201


@app.post("/form")
def read_form():
    received = []
    for key, file in request.files.items(multi=True):
        received.append([key, file.filename, file.content_type, digest(file.read())])
    return {"fields": list(request.form.items(multi=True)), "files": received}


@app.post("/pieces")
def read_pieces():
    whole = b""
    while piece := request.stream.read(65_536):
        whole += piece
    return digest(whole)


@app.get("/cookies")
def cookies():
    response = make_response({"cookies": request.cookies})
    response.set_cookie("first", "1")
    response.set_cookie("second", "zwei drei", path="/cookies", httponly=True, samesite="Strict", max_age=60)
    response.delete_cookie("stale")
    return response


@app.route("/session", methods=["GET", "POST"])
def visits():
    if request.method == "POST":
        session["visits"] = session.get("visits", 0) + 1
        flash(f"visit {session['visits']}")
    return {"visits": session.get("visits"), "flashed": get_flashed_messages()}


@app.get("/redirect")
def to_somewhere():
    return redirect(request.args.get("to") or url_for("name", name="ä b"))


@app.get("/slash/")
def slash():
    return "with a slash"


@app.get("/fail/<kind>")
def fail(kind):
    if kind == "abort":
        abort(418)
    if kind == "conflict":
        raise Conflict("already there")
    raise ValueError("not today")


@app.get("/stream")
def stream():
    @stream_with_context
    def chunks():
        for number in range(request.args.get("count", 3, int)):
            yield f"chunk {number}\n"

    return app.response_class(chunks(), mimetype="text/plain")


@app.get("/stream/broken")
def stream_broken():
    def chunks():
        yield "first"
        raise ValueError("too late")

    return chunks()


@app.get("/events")
def events():
    def messages():
        for number in range(3):
            yield f"id: {number}\nevent: tick\ndata: grüße {number}\n\n"

    return messages(), {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}


@app.get("/large")
def large():
    return bytes(3 << 20), {"Content-Type": "application/octet-stream"}


@app.get("/file/<name>")
def file(name):
    return send_from_directory(FILES, name, conditional=True)


@app.get("/later")
def later():
    response = make_response("now")
    response.call_on_close(lambda: note("closed"))
    return response


@app.get("/noted/<text>")
def tell(text):
    # A thread waits as long as it must: others go on.
    end = time.monotonic() + 30
    while text not in notes() and time.monotonic() < end:
        time.sleep(0.005)
    return str(text in notes())


@blueprint.get("/where")
def where():
    return url_for(".where", _external=True)


app.register_blueprint(blueprint)
