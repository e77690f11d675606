/// The format of the access log's lines, the same as that of js/serve/log.js and json-lines.js for other servers.
public struct AccessLogFormat: Sendable {
    /// The kind of lines.
    public enum Style: Sendable {
        /// Text for people, optionally with colours for a terminal.
        case text(isColored: Bool)
        /// JSON objects.
        case json
    }

    let style: Style
    /// The reason phrases in ASCII, by status.
    private let phrases: [[UInt8]]

    /// A format.
    ///
    /// - Parameter phrases: statuses below 1000 with Node's reason phrases for them; others have none.
    public init(_ style: Style, phrases: [(status: Int, phrase: String)]) {
        self.style = style
        var all = [[UInt8]](repeating: [], count: 1000)
        for (status, phrase) in phrases where all.indices.contains(status) { all[status] = Array(phrase.utf8) }
        self.phrases = all
    }

    /// The reason phrase of a status; empty if it has none.
    func phrase(of status: Int) -> [UInt8] { phrases.indices.contains(status) ? phrases[status] : [] }

    /// Logged instead of a status if the client has disconnected before the response. HTTP has no status for this.
    static let clientDisconnected = 499
}
