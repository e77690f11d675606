import Mailbox
import PythonAPI

/// Sends log records, and the answers of control calls.
extension LoopContext {
    /// Records which exchange the code in the current context belongs to.
    @inline(__always)
    func enter(_ exchange: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        if try exchangeVariable.setVariable(exchange, py) { return }
        _ = try exchangeVariable.callMethod(names.set, exchange, py)
    }

    /// `log(exchange, json)`: sends a record that was logged on this thread.
    static let logFunction = unsafe PyFunction.anyArguments("log") { capsule, arguments, count, _ in
        unsafe Python.enter { py throws(PyError) in
            guard let arguments = unsafe arguments, count == 2, let exchange = unsafe arguments[0],
                let json = unsafe arguments[1]
            else {
                throw PyError.raise(.type, "log() takes an exchange and a record", py)
            }
            let context = unsafe PyRef(capsule!).object(as: HostReference.self).context
            let bytes = try unsafe PyRef(json).utf8(py)
            if let exchange = unsafe ExchangeState.named(by: PyRef(exchange), py) {
                unsafe exchange.log(bytes)
            } else {
                // The record belongs to no request, so all clients receive it.
                for table in context.tables {
                    unsafe table.answers.report(.notice, Answer.noSlot, Answer.noSlot, json: bytes)
                }
            }
            context.answersWritten(py)
            return py.none.owned(py)
        }
    }

    /// Delivers the records that other threads have logged, before the end of an answer that they may belong to.
    @inline(__always)
    func deliverPendingRecords(_ py: borrowing Python) {
        guard pendingLogFlag.clear() else { return }
        do throws(PyError) {
            _ = try deliverRecords.call(py)
        } catch {
            PyError.writeUnraisable(deliverRecords, py)
        }
    }

    /// Answers a control call.
    func answer(_ channel: Host.Channel, _ token: UInt32, failure: String?, _ py: borrowing Python) {
        guard let table = table(of: channel) else { return }
        var json = failure ?? ""
        json.withUTF8 { bytes in
            unsafe table.answers.report(.control, token, failure == nil ? 0 : 1, json: UnsafeRawBufferPointer(bytes))
        }
        answersWritten(py)
    }
}
