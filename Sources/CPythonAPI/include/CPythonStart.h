/// Starts the interpreter with its full configuration, which the limited API does not have before 3.14.
#ifndef C_PYTHON_START_H
#define C_PYTHON_START_H

/// Initialises the interpreter as the program `python3` does: locale and UTF-8 mode (PEP 538, 540), the PYTHON*
/// environment variables, and the prefix or virtual environment that belongs to the program's path. No signal handlers
/// are installed.
///
/// Called once, after cpython_load. On failure Python returns the reason instead of ending the process. An exception
/// may be pending then, and Python cannot be initialised in this process any more.
/// @param program the path of the program it is started as, in the file system's encoding
/// @param error receives Python's error message, or the missing symbol's name; valid until the next call
/// @return 0 if the interpreter runs and the calling thread is attached to it, else -1
int cpython_start(const char *program, const char **error);

#endif
