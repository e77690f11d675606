"""A FastAPI app whose endpoint raises: FastAPI answers 500 and raises again, for the server to log."""

from fastapi import FastAPI

app = FastAPI()


def price_of(order):
    return order["price"]


@app.get("/orders/{number}")
async def order(number: int):
    return price_of({"number": number})
