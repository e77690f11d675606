import ASGI
import CPythonAPI
import Mailbox
import PythonAPI

/// One HTTP request and its response on the event loop's thread: the scope, the task, `receive` and `send`.
///
/// Owned by its table until the application has returned, and by Python for as long as somebody keeps `receive` or
/// `send`.
final class HTTPExchange: PyPollable {
    /// What an awaitable waits for.
    enum Operation {
        static let receive = 0
        static let drain = 1
    }

    let slot: UInt32
    let table: ExchangeTable
    /// Sound because applications and the context live as long as the process.
    unowned(unsafe) let application: Application
    unowned(unsafe) let context: LoopContext
    /// `Command.Flag` bits.
    let flags: UInt32
    var cycle = HTTPCycle()

    /// The request's body: what the application has not taken.
    var chunks: [PyPointer] = []
    var takenChunks = 0
    var isBodyEnded = false
    var isBodyDelivered = false
    var reportsRoom = false

    /// The trailers' text so far.
    var trailers: [UInt8] = []

    /// Bytes of the response that the consumer has not taken.
    var unacknowledged = 0
    var receiveWaiters: [PyPointer] = []
    var drainWaiters: [PyPointer] = []

    private var scope: PyPointer?
    private var task: PyPointer?
    private var isReleased = false
    private var isCancelled = false
    /// The application counts it: `Application.begin` was called.
    var isBegun = false

    init(
        slot: UInt32, flags: UInt32, table: ExchangeTable, application: Application, context: LoopContext
    ) {
        self.slot = slot
        self.flags = flags
        self.table = table
        self.application = application
        self.context = context
        super.init()
    }

    /// Takes the scope over, until the application is called.
    func prepare(_ scope: consuming PyOwned, isHead: Bool) {
        self.scope = scope.take()
        if isHead { cycle = HTTPCycle(isHead: true) }
    }

    // MARK: - The application's task

    /// Calls the application and runs it until it suspends or returns.
    func launch(_ py: borrowing Python) {
        guard let pointer = scope else { return }
        let scope = PyOwned(stealing: pointer)
        self.scope = nil
        // The client may have left while the application started.
        if cycle.isOver { return end(nil, nil, py) }
        do throws(PyError) {
            try application.setState(scope, py)
            let capsule = try PyOwned.capsule(self, py)
            try context.enter(capsule, py)
            let receive = try HTTPExchange.receiveFunction.bound(to: capsule, py)
            let send = try HTTPExchange.sendFunction.bound(to: capsule, py)
            let coroutine = try application.callable.call(scope, receive, send, py)
            let task = try context.tasks.start(coroutine, py)
            if try task.callMethod(context.names.done, py).isTrue(py) {
                let result = try task.callMethod(context.names.result, py)
                return end(result, nil, py)
            }
            let done = try HTTPExchange.doneFunction.bound(to: capsule, py)
            _ = try task.callMethod(context.names.addDoneCallback, done, py)
            self.task = task.take()
        } catch {
            end(nil, PyError.take(py), py)
        }
    }

    private static let doneFunction = PyFunction.oneArgument("request_done") { capsule, task in
        Python.enter { py throws(PyError) in
            let exchange = PyRef(capsule!).object(as: HTTPExchange.self)
            do throws(PyError) {
                let result = try PyRef(task!).callMethod(exchange.context.names.result, py)
                exchange.end(result, nil, py)
            } catch {
                exchange.end(nil, PyError.take(py), py)
            }
            return py.none.owned(py)
        }
    }

    /// The application has returned (`result`) or raised (`exception`).
    private func end(
        _ result: consuming PyOwned?, _ exception: consuming PyOwned?, _ py: borrowing Python
    ) {
        if let exception {
            raised(exception, py)
        } else {
            switch cycle.finish() {
            case .complete: break
            case .withoutResponse:
                context.bootstrap.warn("ASGI callable returned without starting response.", py)
                fail(code: "ERR_ASGI_NO_RESPONSE", "No response sent", py)
            case .withoutCompletion:
                let text = "ASGI callable returned without completing response."
                context.bootstrap.warn(text, py)
                fail(code: "ERR_ASGI_INCOMPLETE_RESPONSE", text, py)
            }
            if let result, !result.isNone { warnAboutResult(result, py) }
        }
        release(py)
    }

    private func raised(_ exception: consuming PyOwned, _ py: borrowing Python) {
        let isExpected = cycle.isDisconnected || isCancelled
        if cycle.fail() {
            var json = context.bootstrap.describe(exception, py)
            json.withUTF8 { bytes in
                table.answers.describe(.fail, slot: slot, json: UnsafeRawBufferPointer(bytes))
            }
        } else if !(isExpected && context.bootstrap.isDisconnection(exception, py)) {
            report(exception, py)
        }
    }

    /// Nobody waits for this exception any more: the application's owner hears of it.
    private func report(_ exception: borrowing some PyAny, _ py: borrowing Python) {
        var json = context.bootstrap.describe(exception, py)
        json.withUTF8 { bytes in
            table.answers.report(
                .event, UInt32(application.number), Answer.noSlot, json: UnsafeRawBufferPointer(bytes))
        }
    }

    /// The application, or what it called, has logged a record while it served this request.
    func log(_ json: UnsafeRawBufferPointer) {
        let number = UInt32(application.number)
        table.answers.report(.event, number, isReleased ? Answer.noSlot : slot, json: json)
    }

    private func warnAboutResult(_ result: borrowing some PyAny, _ py: borrowing Python) {
        do throws(PyError) {
            let text = try result.description(py)
            context.bootstrap.warn("ASGI callable should return None, but returned '\(text)'.", py)
        } catch {
            PyError.writeUnraisable(PyRef(result.raw), py)
        }
    }

    private func fail(code: String, _ message: String, _ py: borrowing Python) {
        var json = context.bootstrap.simple(code, message, py)
        json.withUTF8 { bytes in
            table.answers.describe(.fail, slot: slot, json: UnsafeRawBufferPointer(bytes))
        }
    }

    /// Ends an exchange whose application was not called.
    func fail(json: String, _ py: borrowing Python) {
        if cycle.fail() {
            var json = json
            json.withUTF8 { bytes in
                table.answers.describe(.fail, slot: slot, json: UnsafeRawBufferPointer(bytes))
            }
        }
        release(py)
    }

    /// Ends an exchange whose request cannot be: a header name that HTTP forbids.
    func refuse(_ exception: consuming PyOwned, _ py: borrowing Python) {
        do throws(PyError) {
            let text = try exception.description(py)
            fail(json: context.bootstrap.simple("ERR_ASGI_INVALID_HEADER_NAME", text, py), py)
        } catch {
            PyError.writeUnraisable(nil, py)
            fail(json: context.bootstrap.simple("ERR_ASGI_INTERNAL", "the request could not be built", py), py)
        }
    }

    /// Lets everything go and gives the slot back.
    private func release(_ py: borrowing Python) {
        if let scope { _ = PyOwned(stealing: scope) }
        scope = nil
        if let task { _ = PyOwned(stealing: task) }
        task = nil
        dropChunks(py)
        wakeReceivers(py)
        wakeSenders(py)
        isReleased = true
        if isBegun { application.exchangeEnded(py) }
        table.remove(slot, py)
        table.answers.deliverIfDue()
    }

    /// Cancels the application's task: the handler closes and it has had its time.
    func cancel(_ py: borrowing Python) {
        guard let task else { return }
        isCancelled = true
        do throws(PyError) {
            _ = try PyRef(task).attribute("cancel", py).call(py)
        } catch {
            PyError.writeUnraisable(PyRef(task), py)
        }
    }

    // MARK: - The client's side

    /// The client has left: `receive()` says so, `send()` raises.
    func disconnect(_ py: borrowing Python) {
        cycle.disconnect()
        dropChunks(py)
        wakeReceivers(py)
        wakeSenders(py)
    }

    /// Frees what the application has not taken of the request's body.
    func dropChunks(_ py: borrowing Python) {
        let left = chunks[takenChunks...]
        for chunk in left { _ = PyOwned(stealing: chunk) }
        chunks = []
        takenChunks = 0
    }

    /// Something changed for whoever waits in `receive()`.
    func wakeReceivers(_ py: borrowing Python) {
        guard !receiveWaiters.isEmpty else { return }
        let woken = receiveWaiters
        receiveWaiters = []
        for waiter in woken { context.complete(PyOwned(stealing: waiter), py) }
    }

    /// Something changed for whoever waits in `send()`.
    func wakeSenders(_ py: borrowing Python) {
        guard !drainWaiters.isEmpty else { return }
        let woken = drainWaiters
        drainWaiters = []
        for waiter in woken { context.complete(PyOwned(stealing: waiter), py) }
    }

    // MARK: - Awaitables

    override func poll(_ operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll {
        if operation == Operation.receive {
            if let event = try nextEvent(py) { return .ready(event) }
        } else {
            if cycle.isDisconnected { throw disconnectedError(py) }
            if unacknowledged <= application.highWaterMark || cycle.isOver { return .ready(py.none.owned(py)) }
        }
        let future = try context.future(py)
        let waiter = future.owned(py).take()
        if operation == Operation.receive { receiveWaiters.append(waiter) } else { drainWaiters.append(waiter) }
        return .wait(future)
    }

    override func abandon(_ operation: Int, waitingFor future: PyRef, _ py: borrowing Python) {
        if let index = receiveWaiters.firstIndex(of: future.raw) {
            _ = PyOwned(stealing: receiveWaiters.remove(at: index))
        } else if let index = drainWaiters.firstIndex(of: future.raw) {
            _ = PyOwned(stealing: drainWaiters.remove(at: index))
        }
    }

    /// What `send()` raises when nothing can be sent any more: an OSError (ASGI 2.4, "Disconnected Client").
    func disconnectedError(_ py: borrowing Python) -> PyError {
        PyError.raise(context.disconnected, "The client has disconnected", py)
    }
}
