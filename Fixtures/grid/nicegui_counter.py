"""NiceGUI on top of a FastAPI app: events of the browser are handled here."""

from fastapi import FastAPI
from nicegui import app, ui

fastapi_app = FastAPI()


@fastapi_app.get("/api/hello")
def hello():
    return {"hello": "from FastAPI"}


def init(fastapi_app):
    @ui.page("/")
    def show():
        ui.label("Grüße aus Python").classes("text-2xl")

        pressed = ui.label("not pressed").props("id=pressed")
        presses = []

        def press():
            presses.append(True)
            pressed.set_text(f"pressed {len(presses)} times")
            ui.notify("heard in Python")

        ui.button("Press", on_click=press).props("id=press")

        typed = ui.input("Name")
        ui.label().bind_text_from(typed, "value", lambda value: f"Hello, {value}!").props("id=hello")

        # Comes without being asked for.
        ticks = ui.label("0 ticks").props("id=ticks")
        counts = []

        def tick():
            counts.append(True)
            ticks.set_text(f"{len(counts)} ticks")
            timer.active = len(counts) < 3

        timer = ui.timer(0.05, tick)

        # Stays with the user, whichever page is open.
        ui.checkbox("remember").bind_value(app.storage.user, "remembered").classes("remember")
        ui.label().bind_text_from(app.storage.user, "remembered", lambda value: f"remembered: {bool(value)}").props(
            "id=remembered"
        )
        ui.link("other page", "/other")

    @ui.page("/other")
    async def other():
        ui.label("another page").props("id=other")
        await ui.context.client.connected()
        width = await ui.run_javascript("6 * 7")
        ui.label(f"the browser says {width}").props("id=answer")

    ui.run_with(fastapi_app, storage_secret="pick your private secret here", tailwind=True)


init(fastapi_app)
