"""GraphQL with Strawberry: a router of FastAPI, and its own ASGI app, with the same schema."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from fastapi import Depends, FastAPI
from strawberry.asgi import GraphQL
from strawberry.extensions import QueryDepthLimiter
from strawberry.fastapi import GraphQLRouter
from strawberry.file_uploads import Upload
from strawberry.types import Info

# Resolvers fail on purpose.
logging.getLogger("strawberry.execution").addHandler(logging.NullHandler())

FRUITS = ["Apfel", "Birne", "Kirsche"]


@strawberry.type
class Author:
    name: str

    @strawberry.field
    async def books(self) -> list["Book"]:
        await asyncio.sleep(0)
        return [book for book in BOOKS if book.writer == self.name]


@strawberry.type
class Book:
    title: str
    pages: int
    writer: strawberry.Private[str]

    @strawberry.field
    def author(self) -> Author:
        return Author(name=self.writer)

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError(f"{self.title} is torn")


BOOKS = [
    Book(title="Tschick", pages=256, writer="Herrndorf"),
    Book(title="Sand", pages=480, writer="Herrndorf"),
    Book(title="Größe", pages=1, writer="Niemand"),
]


@strawberry.type
class Missing:
    title: str


@strawberry.input
class NewBook:
    title: str
    pages: int = 1
    author: str | None = None


@strawberry.type
class Query:
    @strawberry.field
    def books(self, longer_than: int = 0) -> list[Book]:
        return [book for book in BOOKS if book.pages > longer_than]

    @strawberry.field
    async def book(self, title: str) -> Annotated[Book | Missing, strawberry.union("BookResult")]:
        await asyncio.sleep(0)
        return next((book for book in BOOKS if book.title == title), Missing(title=title))

    @strawberry.field
    def asked(self, info: Info) -> str:
        """What the resolver knows of the request."""
        request = info.context["request"]
        return f"{request.method} {request.headers.get('x-grid')} {info.context.get('custom')}"

    @strawberry.field
    def cookie(self, info: Info) -> str:
        info.context["response"].set_cookie("crumb", "1")
        info.context["response"].headers["x-answer"] = "42"
        return "baked"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def double_pages(self, book: NewBook) -> Book:
        """Changes nothing: both servers shall answer alike, however often they are asked."""
        return Book(title=book.title, pages=book.pages * 2, writer=book.author or "unknown")

    @strawberry.mutation
    async def read_file(self, file: Upload) -> str:
        data = await file.read()
        return f"{file.filename} {file.content_type} {len(data)} {data[:6]!r}"

    @strawberry.mutation
    async def read_files(self, files: list[Upload]) -> list[int]:
        return [len(await file.read()) for file in files]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, target: int = 3) -> AsyncGenerator[int, None]:
        for number in range(target):
            await asyncio.sleep(0)
            yield number

    @strawberry.subscription
    async def fruits(self, info: Info) -> AsyncGenerator[str, None]:
        params = info.context.get("connection_params") or {}
        for fruit in FRUITS:
            yield f"{fruit} für {params.get('name')}"

    @strawberry.subscription
    async def failing(self) -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("not today")

    @strawberry.subscription
    async def endless(self) -> AsyncGenerator[str, None]:
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            LEFT.set()


LEFT = asyncio.Event()

schema = strawberry.Schema(Query, Mutation, Subscription, extensions=[lambda: QueryDepthLimiter(max_depth=5)])


def custom() -> str:
    return "from a dependency"


async def get_context(custom: str = Depends(custom)):
    return {"custom": custom}


app = FastAPI()
router = GraphQLRouter(schema, context_getter=get_context, multipart_uploads_enabled=True)
app.include_router(router, prefix="/graphql")
app.mount("/own", GraphQL(schema, multipart_uploads_enabled=True))


@app.get("/left")
async def left():
    """Answers once a subscriber's end was heard of."""
    await asyncio.wait_for(LEFT.wait(), 30)
    LEFT.clear()
    return "left"
