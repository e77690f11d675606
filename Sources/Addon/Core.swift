import NodeAPI

/// The part of the addon that is written in JavaScript: batching, exchanges, the exported class.
///
/// It is embedded, so that the addon is a single file. Each environment has its own instances of the modules.
enum Core {
    /// CommonJS modules, sorted by name. `loader.js` gives them `require` and runs `index.js`.
    private static let modules: [(name: String, source: [UInt8])] = [
        ("abilities", PackageResources.abilities_js),
        ("abort-signals", PackageResources.abort_signals_js),
        ("answer-batch", PackageResources.answer_batch_js),
        ("application", PackageResources.application_js),
        ("applications", PackageResources.applications_js),
        ("callback-response", PackageResources.callback_response_js),
        ("checks", PackageResources.checks_js),
        ("clock", PackageResources.clock_js),
        ("command-batch", PackageResources.command_batch_js),
        ("completion-queue", PackageResources.completion_queue_js),
        ("controls", PackageResources.controls_js),
        ("copying", PackageResources.copying_js),
        ("deadlines", PackageResources.deadlines_js),
        ("delivery", PackageResources.delivery_js),
        ("errors", PackageResources.errors_js),
        ("exchange", PackageResources.exchange_js),
        ("files", PackageResources.files_js),
        ("handler", PackageResources.handler_js),
        ("heads", PackageResources.heads_js),
        ("in-flight", PackageResources.in_flight_js),
        ("index", PackageResources.index_js),
        ("kept-signals", PackageResources.kept_signals_js),
        ("lifespan", PackageResources.lifespan_js),
        ("loading", PackageResources.loading_js),
        ("options", PackageResources.options_js),
        ("raw", PackageResources.raw_js),
        ("reports", PackageResources.reports_js),
        ("request-flags", PackageResources.request_flags_js),
        ("request-heads", PackageResources.request_heads_js),
        ("requests", PackageResources.requests_js),
        ("servers", PackageResources.servers_js),
        ("slots", PackageResources.slots_js),
        ("states", PackageResources.states_js),
        ("submission-queue", PackageResources.submission_queue_js),
        ("submission-queues", PackageResources.submission_queues_js),
        ("symbols", PackageResources.symbols_js),
        ("upload-window", PackageResources.upload_window_js),
        ("value-reader", PackageResources.value_reader_js),
        ("value-writer", PackageResources.value_writer_js),
        ("websocket", PackageResources.websocket_js),
        ("whole-response", PackageResources.whole_response_js),
        ("window", PackageResources.window_js),
    ]

    /// Loads the modules.
    ///
    /// - Parameter native: the native functions, which the modules get as `require('native')`.
    /// - Returns: `{ PythonHandler, core }`.
    static func load(_ native: NodeValue, _ node: borrowing Node) throws(NodeError) -> NodeValue {
        let files = try node.object()
        for (name, source) in modules {
            // On the script's first line, so that line numbers in stack traces are those of the file.
            let opening = Array("(function (exports, require, module) {".utf8)
            let closing = Array("})\n//# sourceURL=python-node/core/\(name).js".utf8)
            try node.set("./\(name)", of: files, to: try run(opening + source + closing, node))
        }
        return try node.call(try run(PackageResources.loader_js, node), (files, native, nil, nil, nil), count: 2)
    }

    private static func run(_ script: [UInt8], _ node: borrowing Node) throws(NodeError) -> NodeValue {
        let text = try unsafe script.withUnsafeBufferPointer { bytes throws(NodeError) in
            try unsafe node.string(utf8: bytes)
        }
        return try node.run(script: text)
    }
}
