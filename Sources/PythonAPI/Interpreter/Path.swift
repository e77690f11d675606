#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The few questions about files that finding an interpreter needs.
enum Path {
    /// The path from the root, against the working directory; no links are followed.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return String(cString: here) + "/" + path
    }

    /// The folder and every folder above it.
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

    /// The path with all links followed, if there is such a file.
    static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Where a link leads when there is nothing; `nil` for what is there, and for what is no link.
    static func missingTarget(of path: String) -> String? {
        var current = path
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        // As many links as the system follows.
        for _ in 0..<40 {
            let count = readlink(current, &buffer, Int(PATH_MAX))
            guard count > 0 else { break }
            let target = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
            current = target.hasPrefix("/") ? target : split(current).folder + "/" + target
        }
        return current == path || exists(current) ? nil : current
    }

    /// Whether there is a file or folder.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether there is a folder.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether there is a file that may be run.
    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 && !isDirectory(path) }

    /// Whether the file is a program and not a script.
    static func isBinary(_ path: String) -> Bool {
        guard let file = fopen(path, "rb") else { return false }
        defer { fclose(file) }
        var head: (UInt8, UInt8) = (0, 0)
        return fread(&head, 1, 2, file) == 2 && head != (UInt8(ascii: "#"), UInt8(ascii: "!"))
    }
}

/// Running a program for what it writes.
enum Program {
    /// What the program wrote to its standard output, and to its standard error.
    static func output(
        of program: String, _ arguments: [String], because reason: String
    ) throws(InterpreterError) -> (output: String, errors: String) {
        var pipeEnds: [Int32] = [0, 0]
        guard pipe(&pipeEnds) == 0 else { throw failure(reason, program, "pipe", errno) }
        // A file takes everything before anybody reads it. Without one the program writes to this process' stderr.
        let errors = tmpfile()
        defer { if let errors { fclose(errors) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let errors { posix_spawn_file_actions_adddup2(&actions, fileno(errors), 2) }
        posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 1)
        posix_spawn_file_actions_addclose(&actions, pipeEnds[0])
        posix_spawn_file_actions_addclose(&actions, pipeEnds[1])
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let status = posix_spawn(&child, program, &actions, nil, &words, environ)
        close(pipeEnds[1])
        defer { close(pipeEnds[0]) }
        guard status == 0 else { throw failure(reason, program, "posix_spawn", status) }
        let output = contents(of: pipeEnds[0])
        var exit: Int32 = 0
        // Node's own child handling may have reaped it already (ECHILD): the output is what counts.
        while waitpid(child, &exit, 0) < 0, errno == EINTR {}
        guard let errors else { return (output, "") }
        rewind(errors)
        return (output, contents(of: fileno(errors)))
    }

    /// Everything up to the end of a file or a pipe.
    private static func contents(of file: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    private static func failure(
        _ reason: String, _ program: String, _ function: String, _ code: Int32
    ) -> InterpreterError {
        InterpreterError("\(reason), but \(program) cannot be run: \(function): \(String(cString: strerror(code)))")
    }
}
