import Mailbox
import PythonAPI

/// Runs one application on several event loops.
extension Host {
    /// Imports an application once, and starts it on several hosts: its lifespan begins on one after the other, or only
    /// on the first (`lifespanScope`). Blocks until the import is complete.
    ///
    /// - Parameters:
    ///   - hosts: the process' first one, then all others.
    ///   - owners: the channels of the client, one for each host in the same order.
    /// - Returns: the application's number, which is the same on all of them.
    public static func load(
        _ specification: ApplicationSpecification, on hosts: [Host], for owners: [Host.Channel]
    ) -> LoadResult {
        guard hosts.count > 1 else { return hosts[0].load(specification, for: owners.first) }
        let imported = OneShot<(result: LoadResult, callable: PyTransfer?)>()
        hosts[0].submit(
            .call { context, py in
                let result = Application.load(specification, for: owners[0], in: context, begins: false, py)
                guard case .loaded(let number) = result, let application = context.application(number) else {
                    return imported.fulfill((result, nil))
                }
                application.successor = hosts[1]
                imported.fulfill((result, PyTransfer(application.callable.owned(py))))
            })
        let (result, callable) = imported.wait()
        guard case .loaded(let number) = result, let callable else { return result }
        do throws(HostError) {
            // The import may have turned the GIL on.
            try hosts[0].checkGIL(loops: hosts.count)
        } catch {
            hosts[0].submit(
                .call { context, py in
                    _ = callable.take(py)
                    context.application(number)?.shutDown(owners[0], 0, grace: 0, py)
                })
            return .failed(error.json)
        }
        for (index, host) in hosts.enumerated().dropFirst() {
            let done = OneShot<String?>()
            host.submit(
                .call { context, py in
                    let failure = context.adopt(specification, callable.owned(py), number, for: owners[index], py)
                    context.application(number)?.successor = index + 1 < hosts.count ? hosts[index + 1] : nil
                    done.fulfill(failure)
                })
            if let failure = done.wait() { return .failed(failure) }
        }
        hosts[0].submit(
            .call { context, py in
                _ = callable.take(py)
                context.application(number)?.begin(py)
            })
        return result
    }
}

extension LoopContext {
    /// Adds an application that another loop has imported.
    ///
    /// - Returns: the failure as JSON; `nil` for success.
    fileprivate func adopt(
        _ specification: ApplicationSpecification, _ callable: consuming PyOwned, _ number: Int,
        for owner: Host.Channel,
        _ py: borrowing Python
    ) -> String? {
        do throws(PyError) {
            add(try Application(specification, callable, number, for: owner, in: self, py))
            return nil
        } catch {
            return bootstrap.describe(PyError.take(py), py)
        }
    }
}
