# Proves that what an app logs through logging while it serves a request belongs to that request.
import asyncio
import contextvars
import logging
import threading

background = set()
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
    if name.startswith("left/"):
        return await leave_behind(name.split("/")[1], send)
    if name == "waiting":
        # Tasks and threads of earlier requests log before this goes on.
        await asyncio.sleep(0.01)
        return await answer(send)
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
    await answer(send)


async def leave_behind(way, send):
    loop = asyncio.get_running_loop()
    if way == "task":
        background.add(asyncio.create_task(in_a_task("left")))
    elif way == "callback":
        loop.call_soon(logger.error, "callback left")
    elif way == "copy":
        loop.call_soon(contextvars.copy_context().run, logger.error, "copy left", context=contextvars.Context())
    elif way == "same":
        # From Python 3.12 on.
        task = asyncio.current_task()
        context = task.get_context() if hasattr(task, "get_context") else contextvars.copy_context()
        loop.call_soon(logger.error, "same left", context=context)
    await answer(send)


async def answer(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def in_a_task(name):
    logger.error("task %s", name)
