"""The functions of this folder behind FastAPI, each at the path of its name: what they are compared with."""

import json

import classifier
import network
import tokens
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

app = FastAPI()


@app.post("/classify")
async def classify(request: Request):
    return classifier.classify(json.loads(await request.body()))


@app.post("/run")
async def run(request: Request):
    body = await request.body()
    return Response(network.run(memoryview(body).cast("f")).tobytes(), media_type="application/octet-stream")


@app.get("/write")
def write(prompt: str, count: int):
    lines = (json.dumps(token) + "\n" for token in tokens.write(prompt, count))
    return StreamingResponse(lines, media_type="application/x-ndjson")
