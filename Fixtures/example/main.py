"""A FastAPI app as one would write it for any server. Nothing in it knows that Node serves it."""

import asyncio
import hashlib
import json
import os
import platform
import sys
import threading
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path as FilePath
from typing import AsyncIterator, Dict, Iterator, List, Optional

import fastapi
from fastapi import FastAPI, File, Form, HTTPException, Path, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field

CHUNK = 64 * 1024
LARGEST_DOWNLOAD = 1024 * 1024 * 1024


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Runs when the handler is made and when it is closed, as with any ASGI server."""
    app.state.started = datetime.now(timezone.utc)
    app.state.orders = {}
    yield
    app.state.orders.clear()


app = FastAPI(
    title="python-node example",
    description="A FastAPI app that runs inside Node, in the same process.",
    version="0.1.0",
    lifespan=lifespan,
)


class Order(BaseModel):
    item: str = Field(min_length=1, max_length=80)
    quantity: int = Field(gt=0, le=1000)
    unit_price: Decimal = Field(ge=0, max_digits=10, decimal_places=2)
    note: Optional[str] = None


class Receipt(BaseModel):
    id: int
    item: str
    quantity: int
    total: Decimal


class Received(BaseModel):
    bytes: int
    sha256: str


class ReceivedFile(Received):
    name: str


class ReceivedForm(BaseModel):
    note: Optional[str]
    files: List[ReceivedFile]


class Where(BaseModel):
    process: int
    executable: str
    thread: str
    loop: str
    python: str
    fastapi: str
    started: datetime


@app.get("/", response_class=HTMLResponse, include_in_schema=False)
async def index() -> str:
    return (FilePath(__file__).parent / "index.html").read_text("utf-8")


@app.get("/where")
async def where(request: Request) -> Where:
    """Where this code runs: the process is Node's, the thread and the event loop are Python's."""
    loop = asyncio.get_running_loop()
    return Where(
        process=os.getpid(),
        executable=sys.executable,
        thread=threading.current_thread().name,
        loop=f"{type(loop).__module__}.{type(loop).__qualname__}",
        python=platform.python_version(),
        fastapi=fastapi.__version__,
        started=request.app.state.started,
    )


@app.post("/orders", status_code=200)
async def place_order(order: Order, request: Request) -> Receipt:
    """Takes JSON, checks it against the model and answers with JSON. A wrong body gets 422 and the reasons."""
    orders: Dict[int, Receipt] = request.app.state.orders
    number = len(orders) + 1
    receipt = Receipt(id=number, item=order.item, quantity=order.quantity, total=order.quantity * order.unit_price)
    orders[number] = receipt
    return receipt


@app.get("/orders/{number}")
async def read_order(number: int, request: Request) -> Receipt:
    receipt = request.app.state.orders.get(number)
    if receipt is None:
        raise HTTPException(404, f"there is no order {number}")
    return receipt


def content(size: int) -> Iterator[bytes]:
    """`size` bytes in which each chunk differs, so that a lost, doubled or swapped one changes the checksum."""
    for start in range(0, size, CHUNK):
        number = (start // CHUNK).to_bytes(8, "big")
        yield (number * (CHUNK // len(number)))[: size - start]


@app.get("/download/{size}", response_class=StreamingResponse)
async def download(size: int = Path(ge=0, le=LARGEST_DOWNLOAD)) -> StreamingResponse:
    """Streams `size` bytes. The app waits whenever the client is slower, so memory does not grow with the size."""

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in content(size):
            yield chunk

    headers = {"content-length": str(size), "content-disposition": f'attachment; filename="{size}.bin"'}
    return StreamingResponse(chunks(), media_type="application/octet-stream", headers=headers)


# A plain function: FastAPI runs it on a thread of its own, so hashing does not hold up the event loop.
@app.get("/download/{size}/sha256", response_class=PlainTextResponse)
def download_checksum(size: int = Path(ge=0, le=LARGEST_DOWNLOAD)) -> str:
    """The checksum of that download, in sha256sum's form."""
    digest = hashlib.sha256()
    for chunk in content(size):
        digest.update(chunk)
    return f"{digest.hexdigest()}  -\n"


@app.put("/upload")
@app.post("/upload")
async def upload(request: Request) -> Received:
    """Reads the body as it arrives and keeps none of it."""
    digest = hashlib.sha256()
    count = 0
    async for chunk in request.stream():
        digest.update(chunk)
        count += len(chunk)
    return Received(bytes=count, sha256=digest.hexdigest())


@app.post("/form")
async def form(files: List[UploadFile] = File(), note: Optional[str] = Form(None)) -> ReceivedForm:
    """Takes a form with files, as a browser sends it."""
    received = []
    for file in files:
        digest = hashlib.sha256()
        count = 0
        while chunk := await file.read(CHUNK):
            digest.update(chunk)
            count += len(chunk)
        received.append(ReceivedFile(name=file.filename or "", bytes=count, sha256=digest.hexdigest()))
    return ReceivedForm(note=note, files=received)


@app.get("/events", response_class=StreamingResponse)
async def events(
    count: int = Query(10, ge=1, le=1000),
    interval: float = Query(1.0, ge=0, le=60, description="seconds between events"),
) -> StreamingResponse:
    """Server-sent events, each sent when it happens."""

    async def stream() -> AsyncIterator[str]:
        for number in range(1, count + 1):
            data = json.dumps({"number": number, "time": datetime.now(timezone.utc).isoformat()})
            yield f"id: {number}\nevent: tick\ndata: {data}\n\n"
            if number < count:
                await asyncio.sleep(interval)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})
