import NodeAPI

/// The addon's part that is written in JavaScript: batching, exchanges, the class that is exported.
///
/// Embedded, so that the one file works alone. Each script is a function of `(core, native)` that adds to `core`.
enum Core {
    /// The scripts in the order in which they build on each other.
    private static let scripts: [[UInt8]] = [
        PackageResources.clock_js, PackageResources.errors_js, PackageResources.checks_js,
        PackageResources.heads_js, PackageResources.request_heads_js,
        PackageResources.window_js, PackageResources.upload_window_js, PackageResources.exchange_js,
        PackageResources.websocket_js,
        PackageResources.raw_js,
        PackageResources.value_writer_js, PackageResources.value_reader_js, PackageResources.files_js,
        PackageResources.deadlines_js,
        PackageResources.slots_js, PackageResources.dispatcher_js, PackageResources.controls_js,
        PackageResources.answer_batch_js, PackageResources.answers_js,
        PackageResources.options_js, PackageResources.requests_js,
        PackageResources.responses_js, PackageResources.handler_js, PackageResources.servers_js,
    ]

    /// Evaluates the scripts with the native functions; returns `{ PythonHandler, core }`.
    static func evaluate(_ native: NodeValue, _ node: borrowing Node) throws(NodeError) -> NodeValue {
        let core = try node.object()
        for source in scripts {
            let script = try source.withUnsafeBufferPointer { bytes throws(NodeError) in
                try node.string(utf8: bytes)
            }
            try node.call(try node.run(script: script), (core, native, nil, nil, nil), count: 2)
        }
        let exports = try node.object()
        try node.set("PythonHandler", of: exports, to: try node.property("PythonHandler", of: core))
        try node.set("core", of: exports, to: core)
        return exports
    }
}
