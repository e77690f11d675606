import ASGIHost
import CPlatform
import Mailbox
import NodeAPI

/// The native functions for JavaScript: callbacks that find their environment and call one of its methods.
extension NodeEnvironment {
    /// Loads the JavaScript modules with the native functions.
    ///
    /// - Returns: the addon's exports.
    func exports(_ node: borrowing Node) throws(NodeError) -> NodeValue {
        let native = try node.object()
        try addChannel(to: native, node)
        let records = try node.object()
        for (name, value) in Record.constants { try node.set(name, of: records, to: try node.number(Double(value))) }
        try node.set("records", of: native, to: records)
        let values = try node.object()
        for (name, value) in ValueFormat.constants {
            try node.set(name, of: values, to: try node.number(Double(value)))
        }
        try node.set("values", of: native, to: values)
        try unsafe add("dispatch", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.dispatch(arguments, node)
            }
        }
        try unsafe add("channel", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.furtherChannels[Int(try node.uint32(arguments[0])) - 1].value(node)
            }
        }
        try unsafe add("setRef", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.wakeFunction.setRef(try node.bool(arguments[0]), node)
                return nil
            }
        }
        try unsafe add("wait", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.wait(milliseconds: try node.double(arguments[0]), node)
                return nil
            }
        }
        try unsafe add("load", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.load(arguments[0], node)
            }
        }
        try unsafe add("free", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.free(arguments[0], node)
                return nil
            }
        }
        try unsafe add("loops", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, _ throws(NodeError) in
                try node.number(Double(environment.channels.count))
            }
        }
        try unsafe add("hasGIL", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, _, _ throws(NodeError) in
                try node.bool(Host.hasGIL)
            }
        }
        try unsafe add("nothing", to: native, node) { _, _ in nil }
        try unsafe add("keepSignals", to: native, node) { _, _ in
            cplatform_signals_reclaim()
            return nil
        }
        try unsafe add("isHosting", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, _ throws(NodeError) in
                try node.bool(environment.driver != nil)
            }
        }
        try unsafe add("live", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.live(milliseconds: Int(try node.double(arguments[0])), node)
            }
        }
        try unsafe add("runtime", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, _ throws(NodeError) in
                try node.string(environment.host?.runtime ?? "{}")
            }
        }
        try addServers(to: native, node)
        try node.set("isFirstThread", of: native, to: try node.bool(isFirst))
        return try Core.load(native, node)
    }

    /// Makes the next channel.
    ///
    /// - Parameter native: the object that gets the channel's arrays and functions.
    @discardableResult
    func addChannel(to native: NodeValue, _ node: borrowing Node) throws(NodeError) -> LoopChannel {
        let channel = try LoopChannel(self, for: native, node)
        channels.append(channel)
        try unsafe add("submit", of: channel, to: native, node) { env, info in
            unsafe Node.call(env, info, with: LoopChannel.self) { node, channel, arguments throws(NodeError) in
                try channel.submit(arguments, node)
                return nil
            }
        }
        try unsafe add("receive", of: channel, to: native, node) { env, info in
            unsafe Node.call(env, info, with: LoopChannel.self) { node, channel, arguments throws(NodeError) in
                channel.receiver = try NodeReference(arguments[0], node)
                return nil
            }
        }
        try unsafe add("ready", of: channel, to: native, node) { env, info in
            unsafe Node.call(env, info, with: LoopChannel.self) { node, channel, arguments throws(NodeError) in
                let (application, token) = try (node.uint32(arguments[0]), node.uint32(arguments[1]))
                if let connection = channel.channel { channel.host?.ready(Int(application), connection, token: token) }
                return nil
            }
        }
        try unsafe add("shutDown", of: channel, to: native, node) { env, info in
            unsafe Node.call(env, info, with: LoopChannel.self) { node, channel, arguments throws(NodeError) in
                let (application, token) = try (node.uint32(arguments[0]), node.uint32(arguments[1]))
                let grace = Int(try node.double(arguments[2]))
                if let connection = channel.channel {
                    channel.host?.shutDown(Int(application), connection, token: token, grace: grace)
                }
                return nil
            }
        }
        try unsafe add("loopLag", of: channel, to: native, node) { env, info in
            unsafe Node.call(env, info, with: LoopChannel.self) { node, channel, _ throws(NodeError) in
                try node.number(Double(channel.host?.loopLag ?? 0) / 1_000_000)
            }
        }
        return channel
    }

    private func add(
        _ name: String, of channel: LoopChannel, to native: NodeValue, _ node: borrowing Node, _ body: NodeCallback
    ) throws(NodeError) {
        try unsafe node.set(name, of: native, to: try node.function(name, channel, body))
    }

    func add(
        _ name: String, to native: NodeValue, _ node: borrowing Node, _ body: NodeCallback
    ) throws(NodeError) {
        try unsafe node.set(name, of: native, to: try node.function(name, self, body))
    }
}
