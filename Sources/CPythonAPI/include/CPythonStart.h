/// Starting the interpreter with its full configuration, which the limited API does not have before 3.14.
#ifndef C_PYTHON_START_H
#define C_PYTHON_START_H

/// Initialises the interpreter as the program `python3` does it: locale and UTF-8 mode (PEP 538, 540), the environment's
/// PYTHON* variables, and the prefix or virtual environment that belongs to the program's path. No signal handlers.
///
/// Called once, after cpython_load. Where it fails, Python says why instead of ending the process; an exception may be
/// pending then, and nothing can be initialised in this process any more.
/// @param program the path of the program it is started as, in the file system's bytes
/// @param error receives what failed, in Python's words, or the missing symbol's name; valid until the next call
/// @return 0 when the interpreter runs and this thread is attached to it
int cpython_start(const char *program, const char **error);

#endif
