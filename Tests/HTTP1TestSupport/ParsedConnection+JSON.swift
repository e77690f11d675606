extension ParsedConnection {
    /// The connection as one line of JSON, for programs in other languages.
    public var json: String {
        let list = messages.map(\.json).joined(separator: ",")
        let problem = problem.map { quoted($0) } ?? "null"
        return #"{"messages":[\#(list)],"ending":\#(ending.json),"start":\#(completeCount),"problem":\#(problem)}"#
    }
}

extension ParsedConnection.Ending {
    fileprivate var json: String {
        switch self {
        case .whole: #"{"kind":"whole"}"#
        case .truncated: #"{"kind":"truncated"}"#
        case .handedOver: #"{"kind":"handed over"}"#
        case .refused(let error): #"{"kind":"refused","status":\#(error.status),"error":"\#(error)"}"#
        }
    }
}

extension ParsedMessage {
    fileprivate var json: String {
        let list = fields.map { "[\(quoted($0.name)),\(quoted($0.value))]" }.joined(separator: ",")
        let head = #""method":\#(quoted(method)),"target":\#(quoted(target)),"version":"1.\#(minorVersion)""#
        let body = #""length":\#(bodyCount),"hash":\#(bodyHash),"complete":\#(isComplete)"#
        return #"{"start":\#(start),\#(head),"headers":[\#(list)],"keepAlive":\#(keepsAlive),\#(body)}"#
    }
}

/// A JSON string in ASCII.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case " "..."~" where scalar != "\"" && scalar != "\\": result.unicodeScalars.append(scalar)
        default:
            let digits = String(min(scalar.value, 0xffff), radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
    return result + "\""
}
