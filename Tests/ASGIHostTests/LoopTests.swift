import Foundation
import PythonAPI
import TestHost
import Testing

@testable import ASGIHost

@Suite("The event loop and its objects", .exclusive)
struct LoopTests {
    @Test("A25 the event loop runs on Python's main thread")
    func mainThread() throws {
        let isMain = try onLoop { _, py throws(PyError) in
            let threading = try PyOwned.module("threading", py)
            let main = try threading.attribute("main_thread", py).call(py)
            return try threading.attribute("current_thread", py).call(py).raw == main.raw
        }
        #expect(isMain)
    }

    @Test("A20 asyncio's tools work: tasks, executors, child processes")
    func tools() throws {
        try withClient { client in
            let answer = try client.json(Request("GET", "/loop"), from: try client.load("asyncio_tools"))
            #expect(answer["is_running"] as? Bool == true)
            #expect(answer["is_task"] as? Bool == true)
            #expect(answer["is_listed"] as? Bool == true)
            #expect(answer["gathered"] as? [Int] == [2, 4])
            #expect(answer["thread_is_main"] as? Bool == false)
            #expect(answer["run"] as? String == "42")
            #expect((answer["child"] as? [Any])?.last as? String == "from a child")
        }
    }

    @Test("A20 A24 timeouts, cancellation and contexts belong to one request", arguments: ["timeout", "cancel"])
    func cancellation(_ probe: String) throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/" + probe), from: try client.load("asyncio_tools"))
            #expect(response.text == (probe == "cancel" ? "\"caught\"" : "\"timed out\""))
        }
    }

    @Test("A24 each request has its own context, also while it waits")
    func contexts() throws {
        try withClient { client in
            let application = try client.load("asyncio_tools")
            let waiting = client.send(.open("POST", "/suspended_context"), to: application)
            for _ in 0..<3 {
                let answer = try client.json(Request("GET", "/context"), from: application)
                #expect(answer["before"] as? String == "unset")
                #expect(answer["after"] as? String == "set by a request")
                #expect(answer["task"] as? String == "set by a request")
            }
            client.writeBody(waiting, end: true)
            client.submit()
            #expect(try client.finished(waiting).text == "\"set by the one that waits\"")
        }
    }

    @Test("The interpreter is the located one, and looks as if its program had been started")
    func installation() throws {
        let installation = try TestHost.get().installation
        let executable = try onLoop { _, py throws(PyError) in
            let sys = try PyOwned.module("sys", py)
            return try sys.attribute("executable", py).string(py)
        }
        #expect(executable == installation.executable)
    }

    @Test("A record that is logged while a request is served belongs to that request")
    func logs() throws {
        try withClient { client in
            let application = try client.load("log_records")
            let one = client.write(Request("GET", "/one"), to: application)
            let two = client.write(Request("GET", "/two"), to: application)
            client.submit()
            _ = (try client.finished(one), try client.finished(two))
            try client.wait("all records") { $0.notices.count >= 6 }
            for (slot, name) in [(one, "one"), (two, "two")] {
                let own = client.notices.filter { $0.json.contains(name) }
                #expect(own.count == 3)
                #expect(own.allSatisfy { $0.application == UInt32(application) })
                // A thread's record may arrive after the end of its request.
                #expect(own.filter { $0.slot == slot }.count >= 2)
            }
        }
    }

    @Test("The objects of a request stay usable as long as the application keeps them, and are freed after that")
    func kept() throws {
        try withClient { client in
            let application = try client.load("keep_receive")
            _ = try client.fetch(Request(), from: application)
            let again = try client.fetch(Request("GET", "/again"), from: application)
            #expect(again.text == #"[{"type": "http.disconnect"}, null]"#)
            for _ in 0..<20 {
                #expect(try client.fetch(Request("GET", "/again"), from: application).text == again.text)
            }
            let isGone = try onLoop { context, py throws(PyError) in
                guard let callable = context.applications[application]?.callable.owned(py) else { return false }
                let names = try callable.attribute("__globals__", py)
                guard let kept = try names.ownedItem(try PyOwned.string("kept", py), py) else { return false }
                weak let exchange = try LoopTests.exchange(keptBy: kept, py)
                guard exchange != nil else { return false }
                _ = try kept.callMethod(try PyOwned.interned("clear", py), py)
                return exchange == nil
            }
            #expect(isGone)
        }
    }

    private static func exchange(keptBy list: borrowing PyOwned, _ py: borrowing Python) throws(PyError) -> HTTPExchange
    {
        let pair = try list.sequenceItem(0, py)
        let receive = try pair.sequenceItem(0, py)
        return try receive.attribute("__self__", py).object(as: HTTPExchange.self)
    }

    @Test(
        "Requests leave none of Python's memory allocated",
        arguments: ["hello", "echo_stream", "raises", "concurrent_calls"])
    func memory(_ file: String) throws {
        try withClient { client in
            let application = try client.load(file)
            let target = ["raises": "/before", "concurrent_calls": "/senders"][file] ?? "/"
            func run(_ count: Int) throws {
                for _ in 0..<count {
                    _ = try client.fetch(Request("POST", target, body: pattern(2000)), from: application)
                }
            }
            _ = try traced("start()")
            try run(50)
            let before = try traced("get_traced_memory()[0]")
            try run(500)
            let after = try traced("get_traced_memory()[0]")
            _ = try traced("stop()")
            #expect((after ?? 0) - (before ?? 0) < 50_000)
        }
    }

    /// Calls tracemalloc after a garbage collection.
    private func traced(_ call: String) throws -> Int? {
        try onLoop { context, py throws(PyError) in
            guard let evaluate = try py.builtins.ownedItem(try PyOwned.string("eval", py), py) else { return nil }
            let code = "__import__('gc').collect() * 0 + (__import__('tracemalloc').\(call) or 0)"
            return try evaluate.call(try PyOwned.string(code, py), try PyOwned.dict(py), py).int(py)
        }
    }
}
