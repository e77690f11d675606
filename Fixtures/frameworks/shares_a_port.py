"""A FastAPI app below /api, for a port that it has together with Express."""

from fastapi import FastAPI, Request, WebSocket

app = FastAPI()


@app.get("/api/hello/{name}")
async def hello(name: str):
    return {"hello": name}


@app.post("/api/size")
async def size(request: Request):
    return {"size": len(await request.body())}


@app.websocket("/api/socket")
async def socket(web_socket: WebSocket):
    await web_socket.accept()
    await web_socket.send_text("python: " + await web_socket.receive_text())
    await web_socket.close()
