import Mailbox

/// One answer in the memory of its batch.
struct AnswerRecord {
    let kind: Answer
    let view: RecordView

    init(_ view: RecordView) {
        self.view = view
        // The host writes no unknown kinds.
        kind = Answer(rawValue: view.kind) ?? .finished
    }

    /// The first number that depends on the kind: a status or a code.
    var number: UInt32 { view[Record.Index.first] }

    /// Whether it completes the response.
    var isEnd: Bool { kind == .end || view.answerFlags.contains(.end) }

    /// The length of its body, or `Record.inBlock`.
    var bodyLength: UInt32 {
        switch kind {
        case .start: view[Answer.Start.bodyLength]
        case .body, .fail, .file, .message, .accept: view[Record.Index.first]
        case .close, .control, .notice: view[Record.Index.first + 1]
        case .end, .finished, .credit, .interim: 0
        }
    }

    /// The index of its head; `nil` if it has none.
    var headIndex: Int? {
        switch kind {
        case .start: Answer.Start.head
        case .end: Record.Index.first
        case .interim, .accept: Record.Index.first + 1
        default: nil
        }
    }
}
