#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Questions about files, for finding an interpreter.
enum Path {
    /// The path as an absolute one, without following links.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let here = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(here) }
        return unsafe String(cString: here) + "/" + path
    }

    /// The folder and all folders above it.
    static func upwards(from folder: String) -> [String] {
        var folders: [String] = []
        var current = resolved(folder) ?? absolute(folder)
        while !current.isEmpty, current != "/" {
            folders.append(current)
            current = split(current).folder
        }
        return folders
    }

    /// The folder and the name of a path.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    /// The path with all links followed; `nil` if the file does not exist.
    static func resolved(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// Where a broken link leads; `nil` for a file that exists, or is not a link.
    static func missingTarget(of path: String) -> String? {
        var current = path
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        // Up to as many links as the system follows.
        for _ in 0..<40 {
            let count = unsafe readlink(current, &buffer, Int(PATH_MAX))
            guard count > 0 else { break }
            let target = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
            current = target.hasPrefix("/") ? target : split(current).folder + "/" + target
        }
        return current == path || exists(current) ? nil : current
    }

    /// Whether there is a file or folder.
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Whether there is a folder.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether there is a file that can be executed.
    static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 && !isDirectory(path) }

    /// Whether the file is a binary program, not a script.
    static func isBinary(_ path: String) -> Bool {
        guard let file = unsafe fopen(path, "rb") else { return false }
        defer { unsafe fclose(file) }
        var head: (UInt8, UInt8) = (0, 0)
        return unsafe fread(&head, 1, 2, file) == 2 && head != (UInt8(ascii: "#"), UInt8(ascii: "!"))
    }
}

/// Runs a program and returns what it prints.
enum Program {
    /// What the program has printed to its standard output and standard error.
    ///
    /// - Parameter reason: begins the error's message.
    /// - Throws: `InterpreterError` if the program cannot be run.
    static func output(
        of program: String, _ arguments: [String], because reason: String
    ) throws(InterpreterError) -> (output: String, errors: String) {
        var pipeEnds: [Int32] = [0, 0]
        guard unsafe pipe(&pipeEnds) == 0 else { throw failure(reason, program, "pipe", errno) }
        // The errors go to a file, because a second pipe would not be read meanwhile. Without a file they go to this
        // process' stderr.
        let errors = unsafe tmpfile()
        defer { if let errors = unsafe errors { unsafe fclose(errors) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let errors = unsafe errors { unsafe posix_spawn_file_actions_adddup2(&actions, fileno(errors), 2) }
        unsafe posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 1)
        unsafe posix_spawn_file_actions_addclose(&actions, pipeEnds[0])
        unsafe posix_spawn_file_actions_addclose(&actions, pipeEnds[1])
        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var child = pid_t()
        let status = unsafe posix_spawn(&child, program, &actions, nil, &words, environ)
        close(pipeEnds[1])
        defer { close(pipeEnds[0]) }
        guard status == 0 else { throw failure(reason, program, "posix_spawn", status) }
        let output = contents(of: pipeEnds[0])
        var exit: Int32 = 0
        // Node's handling of children may have reaped it already (ECHILD); only the output matters.
        while unsafe waitpid(child, &exit, 0) < 0, errno == EINTR {}
        guard let errors = unsafe errors else { return (output, "") }
        unsafe rewind(errors)
        return unsafe (output, contents(of: fileno(errors)))
    }

    /// Reads a file or pipe to its end.
    private static func contents(of file: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    private static func failure(
        _ reason: String, _ program: String, _ function: String, _ code: Int32
    ) -> InterpreterError {
        InterpreterError(
            unsafe "\(reason), but \(program) cannot be run: \(function): \(String(cString: strerror(code)))")
    }
}
