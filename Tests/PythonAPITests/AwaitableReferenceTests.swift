import Testing

@Suite("Counts of references of receive() and send()", .exclusive)
struct AwaitableReferenceTests {
    /// The possible fates of an awaitable.
    static let uses = [
        "put(item); await take()",
        "asyncio.get_running_loop().call_soon(put, item); await take()",
        "put(item); await asyncio.create_task(take())",
        "take()",
        "take().close()",
        "it = take(); it.send(None); it.close(); del it",
        "it = take(); it.send(None); del it",
        "quiet(take().throw, error)",
        "it = take(); it.send(None); quiet(it.throw, error); del it",
        "quiet(take().throw, type(error), item)",
        "quiet(failed(error).send, None)",
        "failed(error)",
        "failed(error).close()",
        "quiet(refuse().send, None)",
        "await completed()",
        "quiet(completed().send, None)",
        "quiet(completed().throw, error)",
        "it = take(); it.close(); quiet(it.send, None); del it",
        "it = asyncio.create_task(take()); await asyncio.sleep(0); it.cancel(); await asyncio.wait([it]); del it",
        "quiet(type(completed()))",
    ]

    @Test("An item, an exception and the type have as many references afterwards as before", arguments: uses)
    func balanced(_ use: String) throws {
        try Feed.run(
            """
            import gc
            def quiet(function, *arguments):
                try:
                    function(*arguments)
                except BaseException:
                    pass
            async def main():
                item, error, kind = object(), KeyError(), type(completed())
                async def once():
                    \(use)
                def counted():
                    error.__traceback__ = error.__context__ = None
                    gc.collect()
                    return [sys.getrefcount(it) for it in (item, error, kind)]
                await once()
                before = counted()
                for _ in range(10):
                    await once()
                after = counted()
                assert before == after, (before, after)
                assert waiting() == 0
            """)
    }

    @Test("An awaitable and the object that it waits for are freed", arguments: uses)
    func freed(_ use: String) throws {
        try Feed.run(
            """
            import gc, tracemalloc
            def quiet(function, *arguments):
                try:
                    function(*arguments)
                except BaseException:
                    pass
            async def main():
                item, error = object(), KeyError()
                async def once():
                    \(use)
                    error.__traceback__ = error.__context__ = None
                async def size(rounds):
                    for _ in range(rounds):
                        await once()
                    gc.collect()
                    return tracemalloc.get_traced_memory()[0]
                tracemalloc.start()
                before = await size(20)
                after = await size(500)
                tracemalloc.stop()
                assert after - before < 20_000, after - before
            """)
    }
}
