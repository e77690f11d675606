import HTTP1
import Mailbox
import NIOCore

/// A file that is being sent.
struct FileInTransit {
    let file: SentFile
    /// How many of its octets are sent.
    let count: Int
    /// The number of the request that it answers.
    let request: UInt64
    let number: Int
}

/// Files as bodies or parts of them, sent by the system without copying.
extension Connection {
    /// Sends the file that a record describes, up to the declared length of the response.
    func sendFile(_ description: UnsafeRawBufferPointer) throws(ResponseError) {
        guard let file = unsafe SentFile(description) else {
            return fail(Failure.json(Failure.incomplete, "A file that was to be sent is not there."))
        }
        let count = writer.sendableCount(of: file.count)
        // Empty if the file has grown since its length was declared.
        guard phase != .gone, count > 0 else { return file.close() }
        do throws(ResponseError) {
            _ = try writer.beginPiece(count: count, into: &output)
        } catch {
            file.close()
            throw error
        }
        thread.counts.bytesOut.add(count)
        line.bytes += count
        writeOutput()
        let (region, release) = file.region(count)
        let number = (files.last?.number ?? 0) + 1
        files.append(FileInTransit(file: file, count: count, request: requestNumber, number: number))
        thread.counts.files.add(1)
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in
            release()
            sent(number)
        }
        context.write(NIOAny(IOData.fileRegion(region)), promise: promise)
        writer.endPiece(into: &output)
    }

    /// A file was sent, or the connection has ended.
    private func sent(_ number: Int) {
        thread.counts.files.add(-1)
        guard let place = files.firstIndex(where: { $0.number == number }) else { return }
        let file = files.remove(at: place)
        guard slot != nil, file.request == requestNumber else { return }
        uncredited += file.count
        credit([])
    }

    /// Closes the connection if a file has become shorter, because the system would find nothing to send.
    ///
    /// - Returns: `false` if the connection was closed.
    func checkFiles() -> Bool {
        guard let first = files.first, !first.file.has(first.count) else { return true }
        thread.server.tell(.failed(Failure.json(Failure.incomplete, "A file has become shorter while it was sent.")))
        context.close(promise: nil)
        return false
    }
}
