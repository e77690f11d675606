import PythonAPI

/// Rare commands for the host; requests go through the channels.
enum Control: Sendable {
    /// A client was attached.
    case attach(Host.Channel)
    /// A client has ended: disconnect its exchanges, and close its applications.
    case detach(Host.Channel)
    /// Import an application, for a client or to stay, while a thread waits for the result.
    case load(ApplicationSpecification, Host.Channel?, OneShot<LoadResult>)
    /// Answer with `Answer.control` when the application has started.
    case ready(application: Int, Host.Channel, token: UInt32)
    /// Shut the application down, and answer with `Answer.control`.
    case shutDown(application: Int, Host.Channel, token: UInt32, grace: Int)
    /// Call a function on the loop's thread, for tests and counters.
    case call(@Sendable (LoopContext, borrowing Python) -> Void)
}

/// The result of loading an application.
public enum LoadResult: Sendable {
    /// The application's number, for requests.
    case loaded(Int)
    /// The error as JSON with `code`, `message` and Python's description.
    case failed(String)
}

/// The application to load, and its options.
public struct ApplicationSpecification: Sendable {
    /// The file or module, as the program named it.
    public var file = "main"
    /// The attribute, which may have dots.
    public var attribute = "app"
    /// The folder to import from, absolute.
    public var docroot = "."
    /// ASGI's `root_path`.
    public var rootPath = ""
    /// `auto`, `asgi3`, `asgi2` or `wsgi`.
    public var interface = "auto"
    /// Whether the target is a function that returns the application.
    public var isFactory = false
    /// The settings of the servers' loggers for `configure_logging`, as JSON; `""` leaves logging alone.
    public var logging = ""
    /// `auto`, `on` or `off`.
    public var lifespan = "auto"
    /// If there are several loops: `loop` for one lifespan on each, `process` for one on the first.
    public var lifespanScope = "loop"
    /// Milliseconds that startup may take; 0 for no limit.
    public var lifespanTimeout = 60_000
    /// Bytes of a response that may be uncredited before `send()` waits.
    public var highWaterMark = 65536
    /// Whether clients may see its exceptions, which then are described with source lines and variables.
    public var exposesErrors = false
    /// Additional keys of every scope, as JSON; `""` for none.
    public var scope = ""

    /// Makes a specification with the defaults.
    public init() {}
}
