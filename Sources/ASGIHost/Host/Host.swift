import Mailbox
public import PythonAPI
import Synchronization

/// Runs ASGI applications on one event loop, which has a thread of its own; one host per process.
///
/// Any thread may call it. It knows nothing of where requests come from: a transport attaches a port.
/// `@unchecked` because `contextOnLoop` is written by the loop's thread before anything else can reach it, and read
/// there only.
public final class Host: @unchecked Sendable {
    /// The interpreter that is loaded.
    public let installation: PythonInstallation
    /// The event loop that was asked for.
    public let loopChoice: String
    let wakeup = WakeupDescriptor()
    private let controls = Mutex<[Control]>([])
    private let portCount = Atomic<Int>(0)
    /// The loop's side; only for code that the loop calls.
    private(set) var contextOnLoop: LoopContext!

    private init(installation: PythonInstallation, loopChoice: String) {
        self.installation = installation
        self.loopChoice = loopChoice
    }

    /// Loads Python and starts the event loop on a new thread; returns when it is ready for applications.
    ///
    /// - Parameters:
    ///   - installation: the interpreter.
    ///   - loop: `auto`, `uvloop`, `asyncio` or `module:factory`.
    /// - Throws: `HostError` with what failed; the process cannot load another interpreter afterwards.
    public static func start(_ installation: PythonInstallation, loop: String) throws(HostError) -> Host {
        let host = Host(installation: installation, loopChoice: loop)
        let started = Gate<HostError?>()
        LoopThread.start(named: "python-node") { host.runLoop(started) }
        if let error = started.wait() { throw error }
        return host
    }

    private func runLoop(_ started: Gate<HostError?>) {
        do throws(InterpreterError) {
            try Interpreter.run(installation) { py in
                do throws(PyError) {
                    contextOnLoop = try LoopContext(host: self, loopChoice: loopChoice, py)
                    try contextOnLoop.listen(py)
                    started.open(nil)
                    try contextOnLoop.runForever(py)
                } catch {
                    let exception = PyError.take(py)
                    let text = contextOnLoop?.bootstrap.describe(exception, py)
                    let plain = HostError.describing(exception, py)
                    started.open(text.map(HostError.init(json:)) ?? plain)
                }
                // The thread keeps the interpreter attached to nothing: other Python threads go on.
                LoopThread.detachForEver(py)
            }
        } catch {
            started.open(HostError(code: "ERR_ASGI_INTERPRETER", message: error.message))
        }
    }

    /// Makes a place where a transport and this host exchange batches.
    public func attach(_ transport: any Transport) -> Port {
        let number = portCount.wrappingAdd(1, ordering: .relaxed).oldValue
        let port = Port(number: number, transport: transport, wakeup: wakeup)
        submit(.attach(port))
        return port
    }

    /// The transport is gone: no answer is written to its port any more, its exchanges are disconnected.
    public func detach(_ port: Port) {
        port.answers.close()
        submit(.detach(port))
    }

    /// Imports an application and starts its lifespan; blocks until the import is done.
    public func load(_ specification: ApplicationSpecification) -> LoadResult {
        let gate = Gate<LoadResult>()
        submit(.load(specification, gate))
        return gate.wait()
    }

    /// Asks for an `Answer.control` with this token when the application has started or failed to.
    public func ready(_ application: Int, _ port: Port, token: UInt32) {
        submit(.ready(application: application, port, token: token))
    }

    /// Asks the application to shut down, with an `Answer.control` when that is done.
    ///
    /// - Parameter grace: milliseconds that its exchanges may go on before their tasks are cancelled.
    public func shutDown(_ application: Int, _ port: Port, token: UInt32, grace: Int) {
        submit(.shutDown(application: application, port, token: token, grace: grace))
    }

    /// Does what Python does when a program ends, short of ending: runs the `atexit` functions and flushes the
    /// standard streams. Blocks; for the process' exit.
    ///
    /// - Parameter milliseconds: how long to wait for an event loop that is busy; what is printed may be lost then.
    public func finish(milliseconds: Int) {
        let done = Gate<Void>()
        submit(
            .call { context, py in
                context.finish(py)
                done.open(())
            })
        _ = done.wait(milliseconds: milliseconds)
    }

    func submit(_ control: Control) {
        let isFirst = controls.withLock { controls in
            controls.append(control)
            return controls.count == 1
        }
        if isFirst { wakeup.signal() }
    }

    func takeControls() -> [Control] {
        controls.withLock { controls in
            guard !controls.isEmpty else { return [] }
            defer { controls.removeAll(keepingCapacity: true) }
            return controls
        }
    }
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

    /// An exception that came before the bootstrap could describe it.
    static func describing(_ exception: borrowing some PyAny, _ py: borrowing Python) -> HostError {
        var text = "an exception without text"
        do throws(PyError) {
            text = "\(try exception.typeName(py)): \(try exception.description(py))"
        } catch {
            PyError.writeUnraisable(PyRef(exception.raw), py)
        }
        return HostError(code: "ERR_ASGI_INTERPRETER", message: "Python could not be started: \(text)")
    }
}
