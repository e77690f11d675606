import PythonAPI
import Synchronization
import Testing

@Suite("The awaitables of receive() and send()", .exclusive)
struct AwaitableTests {
    @Test("A21 asyncio treats it as a coroutine")
    func isCoroutine() throws {
        try Feed.run(
            """
            import collections.abc, inspect
            async def main():
                for it in (take(), completed(), failed(ValueError()), refuse()):
                    assert asyncio.iscoroutine(it)
                    assert inspect.isawaitable(it)
                    assert isinstance(it, collections.abc.Coroutine)
                    assert it.__await__() is it
                    assert iter(it) is it
                    it.close()
            """)
    }

    @Test("It completes without a turn of the event loop if it need not wait")
    func atOnce() throws {
        try Feed.run(
            """
            async def main():
                turns = []
                asyncio.get_running_loop().call_soon(turns.append, 1)
                put('item')
                assert await take() == 'item'
                assert await completed() is None
                try:
                    await refuse()
                    assert False
                except ValueError:
                    pass
                assert turns == [], turns
                await asyncio.sleep(0)
                assert turns == [1]
            """)
    }

    @Test("Its result is the value of StopIteration, like that of a coroutine")
    func stopIteration() throws {
        try Feed.run(
            """
            def result(it):
                try:
                    it.send(None)
                except StopIteration as stop:
                    return stop.value
                assert False
            async def main():
                for item in ('text', 0, None, (1, 2), StopIteration(5), ValueError('no error')):
                    put(item)
                    assert result(take()) is item, item
                assert result(completed()) is None
                put(1)
                try:
                    next(take())
                    assert False
                except StopIteration as stop:
                    assert stop.value == 1
            """)
    }

    @Test("It takes no item before it is awaited, and none if it is never awaited")
    func lazy() throws {
        try Feed.run(
            """
            async def main():
                put(1)
                first, second = take(), take()
                del first
                put(2)
                assert await second == 1
                assert await take() == 2
                assert waiting() == 0
            """)
    }

    @Test("It waits for its item without blocking the event loop")
    func waits() throws {
        try Feed.run(
            """
            async def main():
                asyncio.get_running_loop().call_soon(put, 'later')
                assert await take() == 'later'
                assert (waiting(), abandoned()) == (0, 0)
            """)
    }

    @Test("It continues to wait if it was woken for an item that another task has taken")
    func wokenInVain() throws {
        try Feed.run(
            """
            async def main():
                first, second = asyncio.create_task(take()), asyncio.create_task(take())
                await asyncio.sleep(0)
                assert waiting() == 2
                put(1)
                assert await first == 1
                await asyncio.sleep(0)
                assert waiting() == 1 and not second.done()
                put(2)
                assert await second == 2
            """)
    }

    @Test(
        "An awaitable cannot be awaited twice",
        arguments: [
            "put(1); it = take(); await it", "it = take(); it.close()", "it = refuse(); await quiet(it)",
            "it = failed(KeyError()); await quiet(it)", "it = take(); throw(it, KeyError())",
        ])
    func twice(_ use: String) throws {
        try Feed.run(
            """
            async def quiet(it):
                try:
                    await it
                except Exception:
                    pass
            def throw(it, error):
                try:
                    it.throw(error)
                except type(error):
                    pass
            async def main():
                \(use)
                for _ in range(2):
                    try:
                        await it
                        assert False
                    except RuntimeError as error:
                        assert str(error) == 'cannot reuse already awaited receive() or send()'
            """)
    }

    @Test("A complete one may be awaited any number of times")
    func completed() throws {
        try Feed.run(
            """
            async def main():
                it = completed()
                for _ in range(3):
                    assert await it is None
                    it.close()
                    try:
                        it.throw(KeyError())
                        assert False
                    except KeyError:
                        pass
                assert await asyncio.gather(completed(), completed()) == [None, None]
            """)
    }

    @Test("An exception is raised where it is awaited, not where it was made")
    func raising() throws {
        try Feed.run(
            """
            async def main():
                error = KeyError('kept')
                for it, kind in ((refuse(), ValueError), (failed(error), KeyError)):
                    try:
                        await it
                        assert False
                    except kind as raised:
                        assert raised is error or str(raised) == 'refused'
            """)
    }

    @Test("It can be made only by calling receive() or send()")
    func byHand() throws {
        try Feed.run(
            """
            async def main():
                kind = type(completed())
                for make in (kind, lambda: kind.__new__(kind), lambda: object.__new__(kind)):
                    try:
                        make()
                        assert False
                    except TypeError as error:
                        assert 'only the host' in str(error) or 'is not safe' in str(error), error
            """)
    }

    @Test("A feed is released with the last function that refers to it")
    func released() throws {
        try Feed.run("async def main(): pass")
        _ = try attached { py throws(PyError) in try Script.run("import gc; gc.collect()", py).typeName(py) }
        #expect(Feed.count.load(ordering: .relaxed) == 0)
    }
}
