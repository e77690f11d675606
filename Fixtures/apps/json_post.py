"""What FastAPI is mostly used for: a JSON body checked against a model, and an answer made from another one."""

from decimal import Decimal
from typing import Optional

from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI()


class Order(BaseModel):
    item: str = Field(min_length=1, max_length=80)
    quantity: int = Field(gt=0, le=1000)
    unit_price: Decimal = Field(ge=0, max_digits=10, decimal_places=2)
    note: Optional[str] = None


class Receipt(BaseModel):
    item: str
    quantity: int
    total: Decimal


@app.post("/orders")
async def place_order(order: Order) -> Receipt:
    return Receipt(item=order.item, quantity=order.quantity, total=order.quantity * order.unit_price)
