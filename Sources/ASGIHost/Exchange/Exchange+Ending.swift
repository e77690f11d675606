import Mailbox
import PythonAPI

/// Ends exchanges and reports how they ended.
extension Exchange {
    /// Ends the exchange after the application has returned (`result`) or raised (`exception`), or was not called.
    func end(
        _ result: consuming PyOwned?, _ exception: consuming PyOwned?, _ py: borrowing Python
    ) {
        if let exception {
            raised(exception, py)
        } else {
            returned(py)
            if let result, !result.isNone { warnAboutResult(result, py) }
        }
        release(py)
    }

    private func raised(_ exception: consuming PyOwned, _ py: borrowing Python) {
        let isExpected = isDisconnected || isCancelled
        let isFailure = fail()
        if !isFailure, isExpected, context.bootstrap.isDisconnection(exception, py) { return }
        // Reported also after a complete response: frameworks answer 500 and raise again, so that the server logs the
        // error.
        let flags: Answer.Flags = isFailure ? [] : .end
        var json = context.bootstrap.describe(
            exception, inDetail: application.specification.exposesErrors, py)
        json.withUTF8 { bytes in
            unsafe table.answers.describe(.fail, slot: slot, flags: flags, json: UnsafeRawBufferPointer(bytes))
        }
    }

    private func warnAboutResult(_ result: borrowing some PyAny, _ py: borrowing Python) {
        do throws(PyError) {
            let text = try result.description(py)
            context.bootstrap.warn("ASGI callable should return None, but returned '\(text)'.", py)
        } catch {
            PyError.writeUnraisable(result, py)
        }
    }

    func fail(code: String, _ message: String, _ py: borrowing Python) {
        var json = context.bootstrap.simple(code, message, py)
        json.withUTF8 { bytes in
            unsafe table.answers.describe(.fail, slot: slot, json: UnsafeRawBufferPointer(bytes))
        }
    }

    /// Ends an exchange whose application was not called, with an error.
    func fail(json: String, _ py: borrowing Python) {
        if fail() {
            var json = json
            json.withUTF8 { bytes in
                unsafe table.answers.describe(.fail, slot: slot, json: UnsafeRawBufferPointer(bytes))
            }
        }
        release(py)
    }

    /// Ends an exchange whose request is invalid.
    func refuse(_ exception: consuming PyOwned, _ py: borrowing Python) {
        fail(exception, code: refusalCode, py)
        release(py)
    }

    /// Fails the exchange with an exception's text.
    func fail(_ exception: consuming PyOwned, code: String, _ py: borrowing Python) {
        guard fail() else { return }
        do throws(PyError) {
            fail(code: code, try exception.description(py), py)
        } catch {
            PyError.writeUnraisable(py)
            fail(code: "ERR_ASGI_INTERNAL", "the request could not be built", py)
        }
    }
}
