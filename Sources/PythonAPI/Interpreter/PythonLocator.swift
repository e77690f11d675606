/// An interpreter on this machine that can be loaded into the process.
public struct PythonInstallation: Sendable, Equatable {
    /// The program that `sys.executable` will name; inside a virtual environment, that environment's program.
    public let executable: String
    /// The shared library that holds the interpreter.
    public let library: String
}

/// Finds the Python to load, in the documented order: `option`, `PYTHON_NODE_PYTHON`, `VIRTUAL_ENV`, a `.venv`, `PATH`.
public struct PythonLocator {
    /// The option `python`: a program or a virtual environment's folder.
    public var option: String?
    /// The folder that the application is imported from. A `.venv` is searched here and above.
    public var docroot: String
    /// Returns one of the process' environment variables.
    public var environment: (String) -> String?

    /// A locator for these places.
    public init(option: String?, docroot: String, environment: @escaping (String) -> String?) {
        self.option = option
        self.docroot = docroot
        self.environment = environment
    }

    /// The first Python that the places name. If that one cannot be used, later places are not tried.
    ///
    /// - Throws: `InterpreterError` with the places that were tried and what to install.
    public func locate() throws(InterpreterError) -> PythonInstallation {
        if let option, !option.isEmpty { return try named(option, by: "option 'python'") }
        for variable in ["PYTHON_NODE_PYTHON", "VIRTUAL_ENV"] {
            if let value = environment(variable), !value.isEmpty { return try named(value, by: variable) }
        }
        for folder in Path.upwards(from: docroot) where Path.exists(folder + "/.venv/pyvenv.cfg") {
            return try named(folder + "/.venv", by: ".venv above the docroot")
        }
        let search = (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        for name in ["python3", "python"] {
            for folder in search where Path.isExecutable("\(folder)/\(name)") {
                return try named("\(folder)/\(name)", by: "PATH")
            }
        }
        throw InterpreterError(
            "No Python found: looked at the option 'python', PYTHON_NODE_PYTHON, VIRTUAL_ENV, .venv in \(docroot) and "
                + "above, and python3 on PATH. Install Python 3.8 or later with its shared library (on Debian and "
                + "Ubuntu: python3 and libpython3-dev).")
    }

    private func named(_ place: String, by source: String) throws(InterpreterError) -> PythonInstallation {
        var program = Path.absolute(place)
        if Path.isDirectory(program) {
            let inside = ["bin/python3", "bin/python"].map { program + "/" + $0 }
            guard let found = inside.first(where: Path.isExecutable) else {
                try refuseBrokenLink(inside, at: place, by: source)
                throw InterpreterError(
                    "\(source) names \(place), a folder without bin/python3: name a virtual environment or a program")
            }
            program = found
        } else if !place.contains("/"), !Path.isExecutable(program) {
            let search = (environment("PATH") ?? "").split(separator: ":").map { "\($0)/\(place)" }
            if let found = search.first(where: Path.isExecutable) { program = found }
        }
        guard Path.isExecutable(program) else {
            try refuseBrokenLink([program], at: place, by: source)
            throw InterpreterError(
                "\(source) names \(place), which is not an executable program: name a program such as "
                    + "/usr/bin/python3, or a virtual environment")
        }
        if let library = libraryBeside(program) {
            return PythonInstallation(executable: program, library: library)
        }
        return try PythonInstallation.asking(program, named: place, by: source)
    }

    /// Refuses links that lead nowhere: a virtual environment may outlive the Python it was made with.
    private func refuseBrokenLink(
        _ programs: [String], at place: String, by source: String
    ) throws(InterpreterError) {
        for program in programs {
            guard let target = Path.missingTarget(of: program) else { continue }
            throw InterpreterError(
                "\(source) names \(place), but \(program) leads to \(target), which is gone: make the virtual "
                    + "environment anew with a Python that is there")
        }
    }

    /// The library of an ordinary installation, found without running the program, which would take most of the start's
    /// time: `<prefix>/bin/python3.X` has `<prefix>/lib/libpython3.X.so`.
    private func libraryBeside(_ program: String) -> String? {
        guard let real = Path.resolved(program), Path.isBinary(real) else { return nil }
        let (folder, name) = Path.split(real)
        let prefix = Path.split(folder).folder
        guard name.hasPrefix("python3.") else { return nil }
        let version = name.dropFirst("python".count)
        let folders = ["lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"].map { prefix + "/" + $0 }
        for folder in folders {
            for file in ["libpython\(version).so.1.0", "libpython\(version).dylib"]
            where Path.exists(folder + "/" + file) {
                return folder + "/" + file
            }
        }
        return nil
    }
}

extension PythonInstallation {
    /// Runs the program to learn where its library is: for wrappers, framework builds and unusual prefixes.
    ///
    /// - Throws: `InterpreterError` if it is too old, has no shared library, or does not answer like Python.
    static func asking(
        _ program: String, named place: String, by source: String
    ) throws(InterpreterError) -> PythonInstallation {
        let question = """
            import sys, sysconfig, os
            v = sysconfig.get_config_var
            def say(text): os.write(1, os.fsencode(text + '\\n'))
            say('%d.%d' % sys.version_info[:2]); say(sys.executable)
            names = [v('INSTSONAME'), v('LDLIBRARY')]
            folders = [v('LIBDIR'), v('LIBPL'), os.path.join(sys.base_prefix, 'lib'), v('PYTHONFRAMEWORKPREFIX')]
            for folder in folders:
                for name in names:
                    path = folder and name and os.path.join(folder, name)
                    if path and ('.so' in name or '.dylib' in name or 'framework' in path) and os.path.exists(path):
                        say(path); raise SystemExit
            """
        let answer = try Program.output(of: program, ["-c", question], because: "\(source) names \(place)")
        let lines = answer.output.split(separator: "\n").map(String.init)
        guard lines.count >= 2 else {
            let words = answer.errors.split(separator: "\n").joined(separator: "; ")
            throw InterpreterError(
                "\(source) names \(place), which does not answer as Python does" + (words.isEmpty ? "" : ": \(words)")
                    + ". Name a Python 3.8 or later")
        }
        let parts = lines[0].split(separator: ".").compactMap { Int($0) }
        guard parts.count == 2, (parts[0], parts[1]) >= (3, 8) else {
            throw InterpreterError("\(source) names \(place): Python \(lines[0]); 3.8 or later is needed")
        }
        guard lines.count > 2 else {
            throw InterpreterError(
                "\(source) names \(place): Python \(lines[0]) without a shared library. Install one (on Debian and "
                    + "Ubuntu: libpython\(lines[0]); with pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared).")
        }
        return PythonInstallation(executable: lines[1].isEmpty ? program : lines[1], library: lines[2])
    }
}
