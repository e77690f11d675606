// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Where the C headers are: the set-up (js/setup) finds them and passes them on; by hand the usual places serve.
let nodeInclude = Context.environment["PYTHON_NODE_NODE_INCLUDE"] ?? "/usr/include/node"
let pythonInclude = Context.environment["PYTHON_NODE_PYTHON_INCLUDE"] ?? "/usr/include/python3.11"

let nodeHeaders = ["-I\(nodeInclude)"]
let pythonHeaders = ["-I\(pythonInclude)"]

/// `-cross-module-optimization` is what makes tokens and wrappers of the lower modules free in the upper ones
/// (a generic call through an unspecialised closure costs 50 ns against 31 ns inlined).
/// `-enforce-exclusivity=unchecked`: a request touches dozens of properties of classes, and asking at run time whether one
/// is changed while it is read costs too much. The builds that `swift test` makes do ask, and run the same code.
func swift(_ headers: [String] = [], strict: Bool = false) -> [SwiftSetting] {
    var settings: [SwiftSetting] = [
        .swiftLanguageMode(.v6),
        .enableExperimentalFeature("Lifetimes"),
        .treatAllWarnings(as: .error),
        .unsafeFlags(
            ["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
    ]
    if strict { settings.append(.strictMemorySafety()) }
    if !headers.isEmpty { settings.append(.unsafeFlags(headers.flatMap { ["-Xcc", $0] })) }
    return settings
}

/// Test bundles have no Node around them: its symbols stay undefined there, as they are in the addon.
let withoutNode: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "--unresolved-symbols=ignore-in-object-files"], .when(platforms: [.linux]))
]

let package = Package(
    name: "python-node",
    products: [
        .library(name: "python-node", type: .dynamic, targets: ["Addon"])
    ],
    dependencies: [
        // The sockets of the native HTTP server
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2")
    ],
    targets: [
        // C headers
        .target(name: "CNodeAPI", cSettings: [.unsafeFlags(nodeHeaders)]),
        .target(name: "CPlatform"),
        // Keeps the libraries that Python loads apart from Node's
        .target(name: "CBinding"),
        .target(name: "CPythonAPI", cSettings: [.unsafeFlags(pythonHeaders)]),
        // Locks that the thread sanitizer sees
        .target(name: "Locks", dependencies: ["CPlatform"], swiftSettings: swift(strict: true)),
        // Swift over one runtime each; they never meet
        .target(name: "NodeAPI", dependencies: ["CNodeAPI", "Locks"], swiftSettings: swift(nodeHeaders, strict: true)),
        .target(
            name: "PythonAPI", dependencies: ["CBinding", "CPythonAPI", "Locks"],
            swiftSettings: swift(pythonHeaders, strict: true)),
        // The protocol as plain values, and the road between threads
        .target(name: "ASGI", swiftSettings: swift(strict: true)),
        // HTTP/1.1 as octets in and out: no sockets, no threads
        .target(name: "HTTP1", swiftSettings: swift(strict: true)),
        .target(name: "Mailbox", dependencies: ["Locks"], swiftSettings: swift(strict: true)),
        // Runs applications on their event loop, without Node
        .target(
            name: "ASGIHost",
            dependencies: ["ASGI", "CPlatform", "Locks", "Mailbox", "PythonAPI"],
            resources: [.embedInCode("Bootstrap")],
            swiftSettings: swift(pythonHeaders, strict: true)
        ),
        // Serves HTTP on threads of its own, without Node and without Python's lock
        .target(
            name: "NativeServer",
            dependencies: [
                "ASGIHost", "HTTP1", "Locks", "Mailbox", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swift(strict: true)
        ),
        // Joins them
        .target(
            name: "Addon",
            dependencies: ["ASGIHost", "CPlatform", "Locks", "Mailbox", "NativeServer", "NodeAPI"],
            exclude: ["exports.map"],
            resources: [
                .embedInCode("JavaScript")
            ],
            swiftSettings: swift(nodeHeaders + pythonHeaders, strict: true),
            linkerSettings: [
                // nodelete: a worker that ends would unload the code under the running Python thread. soname: without one
                // the linker writes the whole path of its output into it, a folder of the machine that builds.
                .unsafeFlags(
                    [
                        "-static-stdlib", "-Xlinker", "-z", "-Xlinker", "nodelete",
                        "-Xlinker", "-soname=python-node.node",
                        "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/Addon/exports.map",
                    ], .when(platforms: [.linux], configuration: .release))
            ]
        ),
    ],
    cLanguageStandard: .gnu11
)

/// The tests, where they are: the npm package has the sources only, and SwiftPM refuses targets without a folder.
let tests: [Target] = [
    // The process' one host and a client without a network, for all tests that need Python
    .target(
        name: "TestHost", dependencies: ["ASGIHost", "Mailbox", "PythonAPI"], path: "Tests/TestHost",
        swiftSettings: swift(pythonHeaders)
    ),
    .testTarget(name: "ASGITests", dependencies: ["ASGI"], swiftSettings: swift()),
    // What a parser reads on a connection, as values to compare, for the tests and for the fuzzers
    .target(name: "HTTP1TestSupport", dependencies: ["HTTP1"], path: "Tests/HTTP1TestSupport", swiftSettings: swift()),
    .testTarget(name: "HTTP1Tests", dependencies: ["HTTP1", "HTTP1TestSupport"], swiftSettings: swift()),
    // The parser as a program, for test/fuzz/differential
    .executableTarget(
        name: "HTTP1Reader", dependencies: ["HTTP1TestSupport"], path: "Tests/HTTP1Reader", swiftSettings: swift()),
    .testTarget(name: "MailboxTests", dependencies: ["Mailbox"], swiftSettings: swift()),
    .testTarget(
        name: "NativeServerTests", dependencies: ["HTTP1", "NativeServer"], swiftSettings: swift(pythonHeaders)),
    .testTarget(
        name: "PythonAPITests", dependencies: ["ASGIHost", "PythonAPI", "TestHost"], exclude: ["Programs"],
        swiftSettings: swift(pythonHeaders)
    ),
    // Batches made up from bytes, for the tests and for the fuzzer
    .target(
        name: "BatchPlans", dependencies: ["ASGIHost", "Mailbox", "TestHost"], path: "Tests/BatchPlans",
        swiftSettings: swift()
    ),
    .testTarget(
        name: "ASGIHostTests", dependencies: ["ASGIHost", "BatchPlans", "Mailbox", "PythonAPI", "TestHost"],
        swiftSettings: swift(pythonHeaders)
    ),
    // Programs that must not compile against the built modules
    .testTarget(
        name: "CompileTests", dependencies: ["NodeAPI", "PythonAPI"], exclude: ["MustNotCompile"],
        swiftSettings: swift(nodeHeaders + pythonHeaders), linkerSettings: withoutNode
    ),
    // The host alone under a profiler, linked as the addon is
    .executableTarget(
        name: "HostProfile", dependencies: ["ASGIHost", "CPlatform", "Mailbox", "TestHost"], path: "Tests/HostProfile",
        swiftSettings: swift(),
        linkerSettings: [
            // Valgrind gives up on debugging information as Swift writes it; the symbols do.
            .unsafeFlags(
                ["-static-stdlib", "-Xlinker", "--strip-debug"], .when(platforms: [.linux], configuration: .release))
        ]
    ),
]

/// The native fuzzer, for who has libFuzzer: `test/fuzz/native.js` finds it beside the compiler. It is led by what of the
/// sources it reaches, not by the tests' own code.
@MainActor func fuzzer(_ library: String) -> [Target] {
    let coverage = "-sanitize-coverage=edge,indirect-calls,inline-8bit-counters,pc-table,trace-cmp"
    for target in package.targets { target.swiftSettings?.append(.unsafeFlags([coverage])) }
    // libFuzzer is C++.
    let linked: [LinkerSetting] = [.unsafeFlags([library]), .linkedLibrary("stdc++", .when(platforms: [.linux]))]
    return [
        .target(name: "CFuzzer", path: "Tests/CFuzzer"),
        .executableTarget(
            name: "BatchFuzz", dependencies: ["BatchPlans", "CFuzzer", "TestHost"], path: "Tests/BatchFuzz",
            swiftSettings: swift(), linkerSettings: linked
        ),
        .executableTarget(
            name: "HTTP1Fuzz", dependencies: ["CFuzzer", "HTTP1TestSupport"], path: "Tests/HTTP1Fuzz",
            swiftSettings: swift(), linkerSettings: linked
        ),
    ]
}

if FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/Tests") {
    let added = Context.environment["PYTHON_NODE_FUZZER"].map { fuzzer($0) } ?? []
    package.targets += tests + added
}
