import PythonAPI

/// What the host is asked for rarely; requests go through the channels.
enum Control: Sendable {
    /// A client has come.
    case attach(Host.Channel)
    /// A client has gone: its exchanges are disconnected, its applications closed.
    case detach(Host.Channel)
    /// An application is to be imported, for a client or to stay; somebody waits for it.
    case load(ApplicationSpecification, Host.Channel?, OneShot<LoadResult>)
    /// Somebody wants to know when the application has started: answered with `Answer.control`.
    case ready(application: Int, Host.Channel, token: UInt32)
    /// The application is to shut down: answered with `Answer.control`.
    case shutDown(application: Int, Host.Channel, token: UInt32, grace: Int)
    /// Anything else, on the loop's thread: tests and counters.
    case call(@Sendable (LoopContext, borrowing Python) -> Void)
}

/// What came of loading an application.
public enum LoadResult: Sendable {
    /// The application's number, for requests.
    case loaded(Int)
    /// Why not: JSON with `code`, `message` and what Python told.
    case failed(String)
}

/// Which application to load, and how it is to be run.
public struct ApplicationSpecification: Sendable {
    /// The file or module, as given.
    public var file = "main"
    /// The attribute, with dots.
    public var attribute = "app"
    /// The folder to import from, absolute.
    public var docroot = "."
    /// ASGI's `root_path`.
    public var rootPath = ""
    /// `auto`, `asgi3`, `asgi2` or `wsgi`.
    public var interface = "auto"
    /// The target is called and returns the application.
    public var isFactory = false
    /// How `serve` wants the loggers of servers, as JSON for `configure_logging`; `""` leaves logging alone.
    public var logging = ""
    /// `auto`, `on` or `off`.
    public var lifespan = "auto"
    /// Where there are several loops: `loop` for a lifespan on each of them, `process` for one on the first.
    public var lifespanScope = "loop"
    /// Milliseconds that startup may take; 0 for no limit.
    public var lifespanTimeout = 60_000
    /// Bytes that may wait on their way to the consumer before `send()` waits.
    public var highWaterMark = 65536
    /// Its exceptions are shown to clients: they are described with source and variables.
    public var exposesErrors = false
    /// Custom keys of every scope, as JSON; `""` for none.
    public var scope = ""

    /// The defaults.
    public init() {}
}
