"""A FastAPI app for comparing servers: what it answers follows from the requests alone."""

import asyncio
import json
import os
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, List, Optional

from fastapi import Body, Cookie, Depends, FastAPI, File, Form, Header, HTTPException, Path, Query, Request, Response
from fastapi import UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi_security import router as security
from pydantic import BaseModel, Field
from shared import FILES, digest

# What has happened in dependencies and after responses, in order.
journal: List[str] = []


@asynccontextmanager
async def lifespan(app: FastAPI):
    yield {"started": ["yes"], "lock": asyncio.Lock()}


app = FastAPI(title="Frameworks", version="1.2.3", lifespan=lifespan)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://one.test", "https://two.test"],
    allow_credentials=True,
    allow_methods=["GET", "PUT"],
    allow_headers=["X-Token"],
    expose_headers=["X-Shown"],
)
app.include_router(security)
app.mount("/static", StaticFiles(directory=FILES), name="static")


class Kind(str, Enum):
    tea = "tea"
    coffee = "coffee"


class Order(BaseModel):
    kind: Kind
    quantity: int = Field(gt=0, le=100)
    price: Decimal = Field(ge=0, max_digits=8, decimal_places=2)
    due: Optional[date] = None
    tags: List[str] = []


class Receipt(BaseModel):
    kind: Kind
    total: Decimal
    note: Optional[str] = None


class Account(BaseModel):
    name: str
    password: str


class PublicAccount(BaseModel):
    name: str


class Unavailable(Exception):
    pass


@app.exception_handler(Unavailable)
async def say_unavailable(request: Request, error: Unavailable):
    return JSONResponse({"unavailable": str(error)}, status_code=503, headers={"retry-after": "10"})


@app.exception_handler(RequestValidationError)
async def say_invalid(request: Request, error: RequestValidationError):
    if "x-short" not in request.headers:
        return JSONResponse({"detail": json.loads(json.dumps(error.errors(), default=str))}, status_code=422)
    return PlainTextResponse("; ".join(".".join(map(str, each["loc"])) for each in error.errors()), status_code=422)


@app.middleware("http")
async def mark(request: Request, call_next):
    response = await call_next(request)
    response.headers["x-marked"] = request.scope["path"].encode("ascii", "replace").decode()
    return response


async def connection():
    journal.append("connection opened")
    try:
        yield "connection"
    except Unavailable as error:
        journal.append(f"connection saw {error}")
        raise
    finally:
        await asyncio.sleep(0)
        journal.append("connection closed")


def cursor(opened: Annotated[str, Depends(connection)]):
    journal.append("cursor opened")
    try:
        yield f"cursor of {opened}"
    finally:
        journal.append("cursor closed")


@app.get("/")
async def index():
    return {"hello": "wörld"}


@app.get("/items/{number}")
async def read_item(number: Annotated[int, Path(ge=1)], q: Annotated[List[str], Query()] = [], flag: bool = False):
    return {"number": number, "q": q, "flag": flag}


@app.get("/names/{name}")
def read_name(name: str, request: Request):
    return {"name": name, "path": request.scope["path"], "url": str(request.url)}


@app.post("/orders", status_code=201, response_model=Receipt, response_model_exclude_none=True)
async def place_order(order: Order):
    return {"kind": order.kind, "total": order.quantity * order.price, "secret": "not in the model"}


@app.put("/orders/{number}")
async def change_order(number: int, order: Order, urgent: Annotated[bool, Body()] = False):
    return {"number": number, "order": order, "urgent": urgent}


@app.post("/accounts", response_model=PublicAccount)
def open_account(account: Account):
    return account


@app.get("/wrong-model", response_model=Receipt)
async def break_model():
    return {"kind": "water"}


@app.get("/dependencies")
async def use_dependencies(found: Annotated[str, Depends(cursor)], fail: str = ""):
    if fail == "unavailable":
        raise Unavailable("for now")
    if fail == "http":
        raise HTTPException(409, {"why": "conflict"}, {"x-why": "conflict"})
    return {"found": found}


@app.get("/dependencies/streamed")
async def stream_with_dependency(found: Annotated[str, Depends(cursor)]):
    async def rows():
        for number in range(3):
            yield f"{found} {number}\n"

    return StreamingResponse(rows(), media_type="text/plain")


@app.delete("/journal")
async def take_journal():
    # Dependencies are closed when their response is with the client already.
    while journal and journal[-1] != "connection closed":
        await asyncio.sleep(0.001)
    taken = journal.copy()
    journal.clear()
    return taken


@app.post("/form")
async def read_form(name: Annotated[str, Form(min_length=2)], tags: Annotated[List[str], Form()] = []):
    return {"name": name, "tags": tags}


@app.post("/upload")
async def upload(files: Annotated[List[UploadFile], File()], note: Annotated[Optional[str], Form()] = None):
    received = []
    for file in files:
        received.append({"name": file.filename, "type": file.content_type, **digest(await file.read())})
    return {"note": note, "files": received}


@app.get("/headers")
async def read_headers(
    response: Response,
    x_token: Annotated[Optional[str], Header()] = None,
    x_many: Annotated[List[str], Header()] = [],
    first: Annotated[Optional[str], Cookie()] = None,
):
    response.set_cookie("first", "1")
    response.set_cookie("second", "zwei", path="/headers", httponly=True)
    response.headers["x-shown"] = "yes"
    return {"token": x_token, "many": x_many, "first": first}


@app.get("/state")
async def state(request: Request):
    async with request.state.lock:
        request.state.started.append(request.url.query)
    return request.state.started


@app.get("/events")
async def events():
    async def stream():
        for number in range(3):
            yield f"id: {number}\ndata: {json.dumps({'number': number})}\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.get("/stream/{kind}")
def stream(kind: str):
    def lines():
        yield "one\n"
        if kind == "broken":
            raise ValueError("too late")
        yield "two\n"

    return StreamingResponse(lines(), media_type="text/plain")


@app.head("/file/{name}", include_in_schema=False)
@app.get("/file/{name}")
async def file(name: str):
    return FileResponse(os.path.join(FILES, name))


@app.get("/redirect")
async def redirect(to: str, status: int = 307):
    return RedirectResponse(to, status)


@app.get("/nothing", status_code=204)
async def nothing():
    return None


@app.get("/fail")
def fail():
    raise ZeroDivisionError("not today")
