import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The strings and small objects that requests consist of, interned once and kept as long as the process lives.
///
/// A class, because a struct with all of them would be copied for each message.
final class Names {
    let type, status, headers, body, moreBody, trailers, moreTrailers, links, path, file, offset, count, message: PyKept
    let method, scheme, rawPath, queryString, client, server, state, extensions, asgi, httpVersion, rootPath: PyKept
    let text, bytes, code, reason, subprotocol, subprotocols: PyKept
    let webSocketConnect, webSocketReceive, webSocketDisconnect: PyKept
    let httpRequest, httpDisconnect, https, wss, http10, http2, emptyBytes: PyKept
    let done, result, set, setResult, addDoneCallback, callSoon, callSoonThreadsafe, tls: PyKept
    let futureBlocking, callback, wake, bytesType, byteArrayType, memoryViewType, strType, intType: PyKept
    let methods: [(bytes: StaticString, object: PyKept)]

    init(_ py: borrowing Python) throws(PyError) {
        func name(_ text: StaticString) throws(PyError) -> PyKept {
            // Sound because `init` calls this function with its token, so the thread is attached.
            try Python.assumeAttached(because: "called by init with its token") { py throws(PyError) in
                try PyOwned.interned(text, py).kept()
            }
        }
        type = try name("type")
        status = try name("status")
        headers = try name("headers")
        body = try name("body")
        moreBody = try name("more_body")
        trailers = try name("trailers")
        moreTrailers = try name("more_trailers")
        links = try name("links")
        path = try name("path")
        file = try name("file")
        offset = try name("offset")
        count = try name("count")
        message = try name("message")
        method = try name("method")
        scheme = try name("scheme")
        rawPath = try name("raw_path")
        queryString = try name("query_string")
        client = try name("client")
        server = try name("server")
        state = try name("state")
        extensions = try name("extensions")
        asgi = try name("asgi")
        httpVersion = try name("http_version")
        rootPath = try name("root_path")
        text = try name("text")
        bytes = try name("bytes")
        code = try name("code")
        reason = try name("reason")
        subprotocol = try name("subprotocol")
        subprotocols = try name("subprotocols")
        webSocketConnect = try name("websocket.connect")
        webSocketReceive = try name("websocket.receive")
        webSocketDisconnect = try name("websocket.disconnect")
        httpRequest = try name("http.request")
        httpDisconnect = try name("http.disconnect")
        wss = try name("wss")
        https = try name("https")
        http10 = try name("1.0")
        http2 = try name("2")
        emptyBytes = try unsafe PyOwned.bytes(UnsafeRawBufferPointer(start: nil, count: 0), py).kept()
        bytesType = try emptyBytes.type(py).kept()
        strType = try type.type(py).kept()
        intType = try PyOwned.int(0, py).type(py).kept()
        let builtins = try PyOwned.module("builtins", py)
        byteArrayType = try builtins.attribute("bytearray", py).kept()
        memoryViewType = try builtins.attribute("memoryview", py).kept()
        done = try name("done")
        result = try name("result")
        set = try name("set")
        setResult = try name("set_result")
        addDoneCallback = try name("add_done_callback")
        callSoon = try name("call_soon")
        callSoonThreadsafe = try name("call_soon_threadsafe")
        tls = try name("tls")
        futureBlocking = try name("_asyncio_future_blocking")
        callback = try name("callback")
        wake = try name("wake")
        methods = [
            ("GET", try name("GET")), ("POST", try name("POST")), ("PUT", try name("PUT")),
            ("PATCH", try name("PATCH")), ("DELETE", try name("DELETE")), ("HEAD", try name("HEAD")),
            ("OPTIONS", try name("OPTIONS")),
        ]
    }

    /// The method as a `str` in upper case. Common methods need no new object.
    @inline(__always)
    func methodObject(_ bytes: UnsafeRawBufferPointer, _ py: borrowing Python) throws(PyError) -> PyOwned {
        for (text, object) in methods where text.utf8CodeUnitCount == bytes.count {
            if unsafe bytes.elementsEqual(text) { return object.owned(py) }
        }
        return try unsafe PyOwned.string(String(decoding: bytes, as: UTF8.self).uppercased(), py)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the memory holds exactly this text.
    @inline(__always)
    func elementsEqual(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        guard let start = baseAddress else { return true }
        return unsafe memcmp(start, text.utf8Start, count) == 0
    }
}
