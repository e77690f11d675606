import PythonAPI

/// Counts of live objects on the event loop's thread; all zero after every application is closed and every exchange has
/// returned.
public struct LiveCounts: Sendable {
    /// The number of loaded applications.
    public let applications: Int
    /// The number of exchanges whose application has not returned.
    public let exchanges: Int
    /// The number of bodies that clients read in Python's memory.
    public let borrowedBuffers: Int
}

extension Host {
    /// Counts live objects on the loop's thread after unreachable objects were freed, for tests. Blocks.
    ///
    /// - Parameter milliseconds: how long to wait for a busy event loop.
    /// - Returns: `nil` after that time.
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
    /// Collects garbage if there is no GIL: an object that is released last on another thread than its own may stay
    /// until its own thread runs again, and an idle thread of a pool does not run.
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
            applications: loaded.count, exchanges: (tables + detachedTables).reduce(0) { $0 + $1.count },
            borrowedBuffers: releaseQueue.live)
    }
}
