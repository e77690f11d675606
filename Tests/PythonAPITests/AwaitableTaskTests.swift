import Testing

@Suite("receive() and send() in tasks", .exclusive)
struct AwaitableTaskTests {
    @Test(
        "A21 asyncio's functions accept it like a coroutine",
        arguments: [
            "await asyncio.create_task(take())", "await asyncio.ensure_future(take())",
            "await asyncio.wait_for(take(), None)", "await asyncio.wait_for(take(), 60)",
            "await asyncio.shield(take())", "(await asyncio.gather(take()))[0]",
            "(await asyncio.wait([asyncio.ensure_future(take())]))[0].pop().result()",
            "await next(asyncio.as_completed([take()]))", "await asyncio.shield(asyncio.wait_for(take(), 60))",
        ])
    func tools(_ expression: String) throws {
        for before in [true, false] {
            try Feed.run(
                """
                async def main():
                    \(before ? "put(1)" : "asyncio.get_running_loop().call_soon(put, 1)")
                    assert \(expression) == 1
                    assert (waiting(), abandoned()) == (0, 0)
                """)
        }
    }

    @Test("A23 several tasks wait at once, and each gets one item")
    func several() throws {
        try Feed.run(
            """
            async def main():
                tasks = [asyncio.create_task(take()) for _ in range(5)]
                await asyncio.sleep(0)
                assert waiting() == 5
                for item in range(5):
                    put(item)
                assert sorted(await asyncio.gather(*tasks)) == list(range(5))
                assert (waiting(), abandoned()) == (0, 0)
            """)
    }

    @Test("A22 a task that is cancelled while it waits loses no item")
    func cancelled() throws {
        try Feed.run(
            """
            async def main():
                for item in range(3):
                    task = asyncio.create_task(take())
                    await asyncio.sleep(0)
                    task.cancel()
                    await asyncio.wait([task])
                    assert task.cancelled() and waiting() == 0 and abandoned() == item + 1
                    put(item)
                    assert await take() == item
            """)
    }

    @Test("A22 a task that is cancelled in the turn in which its item arrives loses no item")
    func cancelledWhenReady() throws {
        try Feed.run(
            """
            async def main():
                for order in ((put, None), (None, put)):
                    task = asyncio.create_task(take())
                    await asyncio.sleep(0)
                    for step in order:
                        if step is None:
                            task.cancel()
                        else:
                            step('item')
                    await asyncio.wait([task])
                    assert task.cancelled()
                    assert await take() == 'item'
                    assert waiting() == 0
            """)
    }

    @Test("A22 a task that is cancelled before it has begun loses no item")
    func cancelledBefore() throws {
        try Feed.run(
            """
            async def main():
                put('item')
                task = asyncio.create_task(take())
                task.cancel()
                await asyncio.wait([task])
                assert task.cancelled()
                assert await take() == 'item'
            """)
    }

    @Test("A22 wait_for with an expired timeout loses no item")
    func timeout() throws {
        try Feed.run(
            """
            async def main():
                for item in range(3):
                    try:
                        await asyncio.wait_for(take(), 0)
                        assert False
                    except asyncio.TimeoutError:
                        pass
                    assert waiting() == 0
                    put(item)
                    assert await take() == item
            """)
    }

    @Test("A22 a shielded wait continues when its waiter is cancelled")
    func shielded() throws {
        try Feed.run(
            """
            async def main():
                inner = asyncio.ensure_future(take())
                outer = asyncio.ensure_future(asyncio.shield(inner))
                await asyncio.sleep(0)
                outer.cancel()
                await asyncio.wait([outer])
                assert outer.cancelled() and waiting() == 1 and abandoned() == 0
                put('item')
                assert await inner == 'item'
            """)
    }

    @Test("An application that catches a cancellation can wait again")
    func caught() throws {
        try Feed.run(
            """
            async def patient():
                try:
                    return await take()
                except asyncio.CancelledError:
                    return await take()
            async def main():
                task = asyncio.create_task(patient())
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.sleep(0)
                assert (waiting(), abandoned()) == (1, 1)
                put('item')
                assert await task == 'item'
            """)
    }

    @Test(
        "throw() raises its argument and ends the wait",
        arguments: [
            ("ValueError('x')", "ValueError", "('x',)"), ("ValueError", "ValueError", "()"),
            ("ValueError, 'x'", "ValueError", "('x',)"), ("ValueError, ValueError('x')", "ValueError", "('x',)"),
            ("ValueError, None, None", "ValueError", "()"), ("KeyError('x'), None, None", "KeyError", "('x',)"),
            ("asyncio.CancelledError()", "asyncio.CancelledError", "()"), ("GeneratorExit", "GeneratorExit", "()"),
            ("StopIteration(3)", "StopIteration", "(3,)"),
        ])
    func thrown(_ arguments: String, _ type: String, _ content: String) throws {
        try Feed.run(
            """
            async def main():
                for begin in (False, True):
                    it = take()
                    if begin:
                        assert asyncio.isfuture(it.send(None))
                        assert waiting() == 1
                    try:
                        it.throw(\(arguments))
                        assert False
                    except \(type) as error:
                        assert error.args == \(content), error.args
                    assert waiting() == 0
                assert abandoned() == 1
            """)
    }

    @Test("throw() also raises for a value that is not an exception", arguments: ["", "1", "'x'", "int", "object()"])
    func thrownWrongly(_ arguments: String) throws {
        try Feed.run(
            """
            async def main():
                try:
                    take().throw(\(arguments))
                    assert False
                except (TypeError, IndexError, SystemError):
                    pass
            """)
    }

    @Test("close() ends the wait, and may be repeated")
    func closed() throws {
        try Feed.run(
            """
            async def main():
                it = take()
                it.send(None)
                assert waiting() == 1
                assert it.close() is None
                assert (waiting(), abandoned()) == (0, 1)
                it.close()
                take().close()
                failed(ValueError()).close()
                put('item')
                assert await take() == 'item'
            """)
    }

    @Test("An awaitable that is freed while it waits ends the wait")
    func dropped() throws {
        try Feed.run(
            """
            async def main():
                it = take()
                it.send(None)
                assert waiting() == 1
                del it
                assert (waiting(), abandoned()) == (0, 1)
            """)
    }
}
