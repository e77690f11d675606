import CPlatform
import Locks
import Mailbox
public import PythonAPI
import Synchronization

/// Runs ASGI applications on one event loop, which has a thread of its own or is hosted on another's.
///
/// The process has one, and on free-threaded interpreters further ones beside it (see `startAnother`), which share the
/// interpreter and whatever applications keep in their modules, and nothing else.
///
/// Any thread may call it. It knows nothing of where requests come from: a client attaches itself and gets a channel.
/// `@unchecked` because `contextOnLoop` is written by the loop's thread before anything else can reach it, and read
/// there only; `guest` and `runtime` are written before anybody else has the host.
public final class Host: @unchecked Sendable {
    /// The interpreter that is loaded.
    public let installation: PythonInstallation
    /// The event loop that was asked for.
    public let loopChoice: String
    /// Its loop runs on Python's main thread: the first one of the process.
    let isMain: Bool
    let wakeup = WakeupDescriptor()
    let lagMonitor = LoopLagMonitor()
    private let controls = Mutex<[Control]>([])
    private let channelCount = Atomic<Int>(0)
    /// What runs, as JSON with `version`, `executable`, `prefix` and `loop`; written before anybody else has the host.
    public private(set) var runtime = "{}"
    /// The loop's side; only for code that the loop calls.
    private(set) var contextOnLoop: LoopContext!
    /// The loop's turns, where another event loop hosts it.
    public private(set) var guest: GuestEventLoop?

    private init(installation: PythonInstallation, loopChoice: String, isMain: Bool = true) {
        self.installation = installation
        self.loopChoice = loopChoice
        self.isMain = isMain
    }

    /// Loads Python and starts the event loop on a new thread; returns when it is ready for applications.
    ///
    /// - Parameters:
    ///   - installation: the interpreter.
    ///   - loop: `auto`, `uvloop`, `asyncio` or `module:factory`.
    /// - Throws: `HostError` with what failed; the process cannot load another interpreter afterwards.
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

    /// Loads Python on this thread, which becomes Python's main thread, and makes an event loop that does no waiting:
    /// `guest` gives it its turns.
    ///
    /// - Parameters:
    ///   - installation: the interpreter.
    ///   - loop: `auto`, which is asyncio's own, `asyncio`, or `module:factory` for one of its kind.
    /// - Throws: `HostError` with what failed; the process cannot load another interpreter afterwards.
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

    /// Starts another event loop of the same kind on a thread of its own, which runs beside this one's; returns when it is
    /// ready for applications.
    ///
    /// - Parameter number: names the thread.
    /// - Throws: `HostError` with what failed.
    public func startAnother(_ number: Int) throws(HostError) -> Host {
        let host = Host(installation: installation, loopChoice: loopChoice, isMain: false)
        let started = OneShot<HostError?>()
        // Sound because it was written before anybody had this host, and is never written again.
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

    /// Makes the loop's side.
    ///
    /// - Parameter shared: the bootstrap of the process' first host, for any but that one.
    /// - Returns: what went wrong.
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

    /// Runs the loop for as long as the process lives, on this thread.
    private func run(_ py: borrowing Python) {
        if let contextOnLoop {
            do throws(PyError) {
                try contextOnLoop.runForever(py)
            } catch {
                PyError.writeUnraisable(py)
            }
        }
        // The thread keeps the interpreter attached to nothing: other Python threads go on.
        LoopThread.detachForEver(py)
    }

    /// The thread that hosts the loop ends: from now on the loop has one of its own. That thread calls this.
    func runOnOwnThread() {
        LoopThread.start(named: "python-node") { [self] in
            Interpreter.attach { py in run(py) }
        }
    }

    /// Makes a channel for a client.
    ///
    /// - Parameter isLocal: the client lives on the thread that hosts the loop, and looks for answers by itself
    ///   after each turn.
    public func attach(_ client: any Client, isLocal: Bool = false) -> Channel {
        let number = channelCount.wrappingAdd(1, ordering: .relaxed).oldValue
        let channel = Channel(number: number, client: client, isLocal: isLocal, wakeup: wakeup)
        submit(.attach(channel))
        return channel
    }

    /// The client is gone: no answer is written to its channel any more, its exchanges are disconnected, and the
    /// applications that were loaded for it are shut down.
    public func detach(_ channel: Channel) {
        channel.answers.close()
        submit(.detach(channel))
    }

    /// Imports an application and starts its lifespan; blocks until the import is done.
    ///
    /// - Parameter owner: where its requests come from: it is shut down when that is detached.
    public func load(_ specification: ApplicationSpecification, for owner: Channel? = nil) -> LoadResult {
        let outcome = OneShot<LoadResult>()
        submit(.load(specification, owner, outcome))
        return guest?.wait(for: outcome) ?? outcome.wait()
    }

    /// Asks for an `Answer.control` with this token when the application has started or failed to.
    public func ready(_ application: Int, _ channel: Channel, token: UInt32) {
        submit(.ready(application: application, channel, token: token))
    }

    /// Asks the application to shut down, with an `Answer.control` when that is done.
    ///
    /// - Parameter grace: milliseconds that its exchanges may go on before their tasks are cancelled.
    public func shutDown(_ application: Int, _ channel: Channel, token: UInt32, grace: Int) {
        submit(.shutDown(application: application, channel, token: token, grace: grace))
    }

    /// Nanoseconds that the event loop is late: what waits for its turn waits as long. Measured twice a second.
    public var loopLag: UInt64 { lagMonitor.lag }

    /// How many exchanges of a channel have not ended, for tests; 0 when the channel is gone. Blocks.
    package func openExchanges(of channel: Channel) -> Int {
        let count = OneShot<Int>()
        submit(.call { context, _ in count.fulfill(context.table(of: channel)?.count ?? 0) })
        return count.wait()
    }

    /// The one that is to be finished at the end of the process.
    private static let current = Mutex<Host?>(nil)
    private let isFinished = Atomic<Bool>(false)

    /// Milliseconds that the end of the process waits for an event loop that is busy; what is printed may be lost then.
    private static let finishTimeout = 1000

    /// Has `finish` called at the end of the process, on whichever thread ends it: it may have no other code here.
    private func finishAtExit() {
        Host.current.locked { $0 = self }
        cplatform_at_exit { Host.current.locked({ $0 })?.finish() }
    }

    /// Does what Python does when a program ends, short of ending: runs the `atexit` functions and flushes the
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

/// Hands a value to another thread.
///
/// `@unchecked` because the giver says why that is sound.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}

/// Why there is no host, as JSON with `code`, `message` and what Python told.
public struct HostError: Error {
    /// The description.
    public let json: String

    init(json: String) { self.json = json }

    /// An error with a code and a message.
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

    /// An exception that came before the loop was there.
    static func describing(
        _ exception: borrowing some PyAny, _ bootstrap: Bootstrap?, _ py: borrowing Python
    ) -> HostError {
        var text = "an exception without text"
        do throws(PyError) {
            let name = try exception.typeName(py)
            // One of the bootstrap's own says by its code what is wrong.
            if let bootstrap, name == "CannotHost" { return HostError(json: bootstrap.describe(exception, py)) }
            text = "\(name): \(try exception.description(py))"
        } catch {
            PyError.writeUnraisable(exception, py)
        }
        return HostError(code: "ERR_ASGI_INTERPRETER", message: "Python could not be started: \(text)")
    }
}
