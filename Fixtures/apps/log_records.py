# Proves that what an app logs through logging while it serves a request belongs to that request.
import asyncio
import contextvars
import logging
import threading

logger = logging.getLogger("shop")
logger.setLevel(logging.INFO)
logging.getLogger("shop").propagate = False
logging.getLogger("shop").addHandler(logging.NullHandler())


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    name = scope["path"].strip("/")
    if name == "joined":
        return await answer_behind_a_thread(name, send)
    logger.info("begin %s", name)
    await asyncio.sleep(0)
    await asyncio.create_task(in_a_task(name))
    # What asyncio.to_thread (3.9) does.
    in_context = contextvars.copy_context().run
    await asyncio.get_running_loop().run_in_executor(None, in_context, logger.warning, "thread %s", name)
    if name == "broken":
        try:
            1 / 0
        except ZeroDivisionError:
            logger.exception("failed")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": name.encode()})
    if name == "background":
        await asyncio.sleep(0)
        raise LookupError("after the response")


async def answer_behind_a_thread(name, send):
    arguments = (logger.warning, "thread %s", name)
    thread = threading.Thread(target=contextvars.copy_context().run, args=arguments)
    thread.start()
    thread.join()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def in_a_task(name):
    logger.error("task %s", name)
