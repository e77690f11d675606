/// How the access log has its lines: as js/serve/log.js and json-lines.js write them for other servers.
public struct AccessLogFormat: Sendable {
    /// What a line is.
    public enum Style: Sendable {
        /// Text for people; with colours for a terminal.
        case text(isColored: Bool)
        /// An object of JSON.
        case json
    }

    let style: Style
    /// By status: what text says after it, in ASCII.
    private let phrases: [[UInt8]]

    /// A format.
    ///
    /// - Parameter phrases: statuses below 1000 and the phrases that Node has for them; others have none.
    public init(_ style: Style, phrases: [(status: Int, phrase: String)]) {
        self.style = style
        var all = [[UInt8]](repeating: [], count: 1000)
        for (status, phrase) in phrases where all.indices.contains(status) { all[status] = Array(phrase.utf8) }
        self.phrases = all
    }

    /// What text says after a status; empty for nothing.
    func phrase(of status: Int) -> [UInt8] { phrases.indices.contains(status) ? phrases[status] : [] }

    /// Stands for the status where the client has left before the response began: HTTP has none for it.
    static let clientLeft = 499
}
