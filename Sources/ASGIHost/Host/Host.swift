import CPlatform
import Locks
import Mailbox
public import PythonAPI
import Synchronization

/// Runs ASGI applications on one event loop, which has its own thread or is hosted on another one.
///
/// A process has one host. On free-threaded interpreters it can have several (see `startAnother`), which share only the
/// interpreter and the state in Python's modules.
///
/// Callable on any thread. A host does not know where requests come from: a client attaches itself and gets a channel.
/// `@unchecked` is sound because `contextOnLoop` is written by the loop's thread before other code can reach it, and
/// read only there; `guest` and `runtime` are written before another thread has the host.
public final class Host: @unchecked Sendable {
    /// The interpreter that was loaded.
    public let installation: PythonInstallation
    /// The requested event loop: `auto`, `uvloop`, `asyncio` or `module:factory`.
    public let loopChoice: String
    /// Whether the loop runs on Python's main thread, as the process' first one does.
    let isMain: Bool
    let wakeup = WakeupDescriptor()
    let lagMonitor = LoopLagMonitor()
    private let controls = Mutex<[Control]>([])
    private let channelCount = Atomic<Int>(0)
    /// The interpreter and the loop as JSON with `version`, `executable`, `prefix` and `loop`. Written before another
    /// thread has the host.
    public private(set) var runtime = "{}"
    /// The state of the loop's thread; only for code that the loop calls.
    private(set) var contextOnLoop: LoopContext!
    /// Runs the loop's turns if another event loop hosts it; `nil` if it has its own thread.
    public private(set) var guest: GuestEventLoop?

    private init(installation: PythonInstallation, loopChoice: String, isMain: Bool = true) {
        self.installation = installation
        self.loopChoice = loopChoice
        self.isMain = isMain
    }

    /// Loads Python and starts the event loop on a new thread. Returns when it is ready for applications.
    ///
    /// - Parameters:
    ///   - installation: the interpreter.
    ///   - loop: `auto`, `uvloop`, `asyncio` or `module:factory`.
    /// - Throws: `HostError`; the process cannot load another interpreter afterwards.
    public static func start(_ installation: PythonInstallation, loop: String) throws(HostError) -> Host {
        cplatform_inherit_streams()
        let host = Host(installation: installation, loopChoice: loop)
        let started = OneShot<HostError?>()
        LoopThread.start(named: "python-node") {
            do throws(InterpreterError) {
                try Interpreter.run(installation) { py in
                    started.fulfill(host.prepare(isHosted: false, py))
                    host.run(py)
                }
            } catch {
                started.fulfill(HostError(code: "ERR_ASGI_INTERPRETER", message: error.message))
            }
        }
        if let error = started.wait() { throw error }
        return host
    }

    /// Loads Python on this thread, which becomes Python's main thread, and makes an event loop that does not wait
    /// itself: `guest` runs its turns.
    ///
    /// - Parameters:
    ///   - installation: the interpreter.
    ///   - loop: `auto` for asyncio's own loop, `asyncio`, or `module:factory` for a subclass.
    /// - Throws: `HostError`; the process cannot load another interpreter afterwards.
    public static func startHosted(_ installation: PythonInstallation, loop: String) throws(HostError) -> Host {
        cplatform_inherit_streams()
        let host = Host(installation: installation, loopChoice: loop)
        var failure: HostError?
        do throws(InterpreterError) {
            try Interpreter.run(installation) { py in
                failure = host.prepare(isHosted: true, py)
                let thread = DetachedThread(detaching: py)
                host.guest?.leave(thread)
            }
        } catch {
            throw HostError(code: "ERR_ASGI_INTERPRETER", message: error.message)
        }
        if let failure { throw failure }
        return host
    }

    /// Starts another event loop of the same kind on its own thread. Returns when it is ready for applications.
    ///
    /// - Parameter number: the number in the thread's name.
    /// - Throws: `HostError`.
    public func startAnother(_ number: Int) throws(HostError) -> Host {
        let host = Host(installation: installation, loopChoice: loopChoice, isMain: false)
        let started = OneShot<HostError?>()
        // Sound because it was written before another thread had this host, and is never written again.
        let bootstrap = UncheckedBox(contextOnLoop.bootstrap)
        LoopThread.start(named: "python-node-\(number)") {
            Interpreter.attach { py in
                started.fulfill(host.prepare(sharing: bootstrap.value, isHosted: false, py))
                host.run(py)
            }
        }
        if let error = started.wait() { throw error }
        return host
    }

    /// Makes the state of the loop's thread.
    ///
    /// - Parameter shared: the bootstrap of the process' first host, for the other hosts.
    /// - Returns: the error; `nil` for success.
    private func prepare(sharing shared: Bootstrap? = nil, isHosted: Bool, _ py: borrowing Python) -> HostError? {
        var bootstrap = shared
        do throws(PyError) {
            let made = if let shared { shared } else { try Bootstrap(py) }
            bootstrap = made
            contextOnLoop = try LoopContext(host: self, bootstrap: made, isHosted: isHosted, py)
            try contextOnLoop.listen(py)
            runtime = try made.call("describe_runtime", contextOnLoop.loop, py).string(py)
            if isHosted { guest = try GuestEventLoop(host: self, context: contextOnLoop, py) }
            if isMain { finishAtExit() }
            return nil
        } catch {
            return HostError.describing(PyError.take(py), bootstrap, py)
        }
    }

    /// Runs the loop on this thread, as long as the process lives.
    private func run(_ py: borrowing Python) {
        if let contextOnLoop {
            do throws(PyError) {
                try contextOnLoop.runForever(py)
            } catch {
                PyError.writeUnraisable(py)
            }
        }
        // This thread ends, and other Python threads need the GIL.
        LoopThread.detachForEver(py)
    }

    /// Moves the loop to its own thread, because the hosting thread ends. Called on the hosting thread.
    func runOnOwnThread() {
        LoopThread.start(named: "python-node") { [self] in
            Interpreter.attach { py in run(py) }
        }
    }

    /// Makes a channel for a client.
    ///
    /// - Parameter isLocal: whether the client runs on the thread that hosts the loop, and reads answers after each
    ///   turn.
    public func attach(_ client: any Client, isLocal: Bool = false) -> Channel {
        let number = channelCount.wrappingAdd(1, ordering: .relaxed).oldValue
        let channel = Channel(number: number, client: client, isLocal: isLocal, wakeup: wakeup)
        submit(.attach(channel))
        return channel
    }

    /// Ends a channel: no answer is written to it any more, its exchanges are disconnected, and the applications that
    /// were loaded for it are shut down.
    public func detach(_ channel: Channel) {
        channel.answers.close()
        submit(.detach(channel))
    }

    /// Imports an application and starts its lifespan. Blocks until the import is complete.
    ///
    /// - Parameter owner: the channel of its client; the application is shut down when that is detached.
    public func load(_ specification: ApplicationSpecification, for owner: Channel? = nil) -> LoadResult {
        let outcome = OneShot<LoadResult>()
        submit(.load(specification, owner, outcome))
        return guest?.wait(for: outcome) ?? outcome.wait()
    }

    /// Requests an `Answer.control` with this token after the application has started or failed to.
    public func ready(_ application: Int, _ channel: Channel, token: UInt32) {
        submit(.ready(application: application, channel, token: token))
    }

    /// Shuts the application down, and requests an `Answer.control` after that.
    ///
    /// - Parameter grace: milliseconds that its exchanges may continue before their tasks are cancelled.
    public func shutDown(_ application: Int, _ channel: Channel, token: UInt32, grace: Int) {
        submit(.shutDown(application: application, channel, token: token, grace: grace))
    }

    /// How late the event loop is, in nanoseconds: how long a ready callback waits for its turn. Updated twice a
    /// second.
    public var loopLag: UInt64 { lagMonitor.lag }

    /// The number of a channel's exchanges that have not ended, for tests; 0 for a detached channel. Blocks.
    package func openExchanges(of channel: Channel) -> Int {
        let count = OneShot<Int>()
        submit(.call { context, _ in count.fulfill(context.table(of: channel)?.count ?? 0) })
        return count.wait()
    }

    /// The host to finish at the end of the process.
    private static let current = Mutex<Host?>(nil)
    private let isFinished = Atomic<Bool>(false)

    /// Milliseconds that the end of the process waits for a busy event loop. Buffered output may be lost after that.
    private static let finishTimeout = 1000

    /// Makes the process call `finish` at its end, on whichever thread ends it.
    private func finishAtExit() {
        Host.current.locked { $0 = self }
        cplatform_at_exit { Host.current.locked({ $0 })?.finish() }
    }

    /// Does what Python does at the end of a program, except ending it: runs the `atexit` functions and flushes the
    /// standard streams. Blocks.
    private func finish() {
        guard !isFinished.exchange(true, ordering: .relaxed) else { return }
        if let guest, guest.finish() { return }
        let done = OneShot<Void>()
        submit(
            .call { context, py in
                context.finish(py)
                done.fulfill(())
            })
        _ = done.wait(milliseconds: Host.finishTimeout)
    }

    func submit(_ control: Control) {
        let isFirst = controls.locked { controls in
            controls.append(control)
            return controls.count == 1
        }
        if isFirst { wakeup.signal() }
    }

    func takeControls() -> [Control] {
        controls.locked { controls in
            guard !controls.isEmpty else { return [] }
            defer { controls.removeAll(keepingCapacity: true) }
            return controls
        }
    }
}

/// Moves a value to another thread.
///
/// `@unchecked`: each place that makes one says why that is sound.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}

/// Why a host could not be started, as JSON with `code`, `message` and Python's description.
public struct HostError: Error {
    /// The JSON.
    public let json: String

    init(json: String) { self.json = json }

    /// Makes an error with a code and a message.
    public init(code: String, message: String) {
        var escaped = ""
        for scalar in message.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where scalar.value < 0x20: escaped += " "
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        json = "{\"code\":\"\(code)\",\"message\":\"\(escaped)\"}"
    }

    /// The error for an exception that was raised before the loop was ready.
    static func describing(
        _ exception: borrowing some PyAny, _ bootstrap: Bootstrap?, _ py: borrowing Python
    ) -> HostError {
        var text = "an exception without text"
        do throws(PyError) {
            let name = try exception.typeName(py)
            // The code of one of the bootstrap's own exceptions says what is wrong.
            if let bootstrap, name == "CannotHost" { return HostError(json: bootstrap.describe(exception, py)) }
            text = "\(name): \(try exception.description(py))"
        } catch {
            PyError.writeUnraisable(exception, py)
        }
        return HostError(code: "ERR_ASGI_INTERPRETER", message: "Python could not be started: \(text)")
    }
}
