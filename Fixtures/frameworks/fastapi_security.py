"""The part of the FastAPI app that wants to know who asks."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import APIKeyHeader, HTTPBasic, HTTPBasicCredentials, OAuth2PasswordBearer

router = APIRouter()


@router.get("/basic")
def basic(credentials: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]):
    return {"user": credentials.username, "password": credentials.password}


@router.get("/bearer")
async def bearer(token: Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="token"))]):
    return {"token": token}


@router.get("/key")
async def key(value: Annotated[str, Depends(APIKeyHeader(name="X-Key"))]):
    return {"key": value}
