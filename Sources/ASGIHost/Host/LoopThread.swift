import CPlatform
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The thread that the event loop runs on: Python's main thread.
enum LoopThread {
    /// The size of its stack in bytes: twice the usual size of a process' first thread, which Python's recursion limit
    /// assumes.
    private static let stackSize = 16 << 20

    private final class Body {
        let run: @Sendable () -> Void
        let name: String

        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread that runs `body`. It is never joined, because the interpreter lives as long as the process.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let argument = unsafe Unmanaged.passRetained(Body(name, body)).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let status = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                #if canImport(Darwin)
                    let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                #else
                    let body = unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
                #endif
                unsafe cplatform_name_thread(body.name)
                body.run()
                return nil
            }, unsafe argument)
        precondition(status == 0, "pthread_create: \(status)")
    }

    /// Releases the GIL at the end of the thread, so that Python's other threads can run.
    static func detachForEver(_ py: borrowing Python) {
        _ = DetachedThread(detaching: py)
    }
}
