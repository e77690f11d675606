import PythonAPI

/// What is alive on the event loop's side; all zero once every application is closed and nothing is under way.
public struct LiveCounts: Sendable {
    /// Applications that are loaded.
    public let applications: Int
    /// Exchanges whose application has not returned.
    public let exchanges: Int
    /// Bodies that somebody reads where the applications have them.
    public let borrowedBuffers: Int
}

extension Host {
    /// Counts what is alive, on the loop's thread, after unreachable objects were freed. Blocks; for tests.
    ///
    /// - Parameter milliseconds: how long to wait for an event loop that is busy.
    /// - Returns: `nil` when the time was over before.
    public func liveCounts(milliseconds: Int) -> LiveCounts? {
        let counted = OneShot<LiveCounts>()
        submit(
            .call { context, py in
                context.freeUnreferenced(py)
                counted.fulfill(context.liveCounts)
            })
        return guest?.wait(for: counted) ?? counted.wait(milliseconds: milliseconds)
    }
}

extension LoopContext {
    /// Collects garbage if there is no GIL: an object that another thread than its own released last may stay until its own
    /// thread runs again, and the idle thread of a pool does not.
    fileprivate func freeUnreferenced(_ py: borrowing Python) {
        guard unsafe PyLayout.isFreeThreaded else { return }
        do throws(PyError) {
            _ = try PyOwned.module("gc", py).attribute("collect", py).call(py)
        } catch {
            PyError.writeUnraisable(py)
        }
    }

    fileprivate var liveCounts: LiveCounts {
        LiveCounts(
            applications: present.count, exchanges: (tables + leaving).reduce(0) { $0 + $1.count },
            borrowedBuffers: releaseQueue.live)
    }
}
