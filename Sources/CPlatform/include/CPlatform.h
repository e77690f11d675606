/// Functions of the C library and the operating system that Swift cannot call itself, and what is shared by Node and
/// Python: environment variables and signals.
#ifndef C_PLATFORM_H
#define C_PLATFORM_H

/// Names the calling thread for /proc and debuggers. At most 15 bytes.
void cplatform_name_thread(const char *name);

/// Whether the calling thread is the process' first one.
int cplatform_is_first_thread(void);

/// Makes programs that this process starts inherit its standard input and outputs, as far as they are open.
void cplatform_inherit_streams(void);

/// Registers a function that runs when the process exits normally (`atexit`), but not in forked children. Only the
/// first call counts.
void cplatform_at_exit(void (*function)(void));

/// How many processors this process may use.
int cplatform_processors(void);

/// Restricts this process to one of its processors. Does nothing on systems other than Linux.
void cplatform_use_one_processor(void);

/// Opens a wake-up descriptor: an eventfd on Linux, else a pipe. It is non-blocking, and closed in programs that this process starts.
/// @param ends receives the descriptor to read and the one to write, which are the same for an eventfd
/// @return 0, or -1 with errno set
int cplatform_wakeup_open(int ends[2]);

/// Sets or removes an environment variable while other threads may read the environment: they see the old or the new
/// value, and every list of variables stays allocated forever. The C library's `setenv` moves and frees it. Any thread.
/// @param value NULL removes the variable
/// @return 0, or -1 if there is no memory
int cplatform_set_variable(const char *name, const char *value);

/// Tell the thread sanitizer that the lock at this address was acquired or released. Without the sanitizer they do
/// nothing.
void cplatform_lock_acquired(void *lock);
void cplatform_lock_released(void *lock);

/// Make the thread sanitizer ignore what this thread does, and watch it again. Without the sanitizer they do nothing.
void cplatform_sanitizer_pause(void);
void cplatform_sanitizer_resume(void);

// Signals, shared by the host program (the program that has loaded Python, and its libraries) and Python.
//
// A signal that Python has claimed stays Python's until it is released, even if the host starts or stops listening to
// it meanwhile: that changes only the action recorded for the host. SIGCHLD, SIGWINCH and SIGCONT only notify, so both
// sides receive them. In a forked child the host has no handlers.

/// Declares that the functions of the object file that contains this one belong to the host program.
void cplatform_host_program(const void *function);

/// Makes Python's handlers run on the calling thread, whose blocking calls signals then interrupt.
/// @param descriptor written to by the handler to wake the event loop; -1 for none
void cplatform_signals_attach(int descriptor);

/// Releases all signals, because the thread that runs Python's handlers ends.
void cplatform_signals_detach(void);

enum {
    CPLATFORM_SIGNAL_DEFAULT,
    CPLATFORM_SIGNAL_IGNORED,
    CPLATFORM_SIGNAL_HOST,
    CPLATFORM_SIGNAL_OTHER,
};

/// The handler of a signal when Python has none: one of `CPLATFORM_SIGNAL_…`. Records the host's action for
/// `cplatform_signal_release`.
int cplatform_signal_query(int signal);

/// Claims a signal whose handler Python has just installed.
void cplatform_signal_claim(int signal);

/// Releases a signal: restores the host's action as last recorded.
void cplatform_signal_release(int signal);

/// Performs the host's action once, on this thread. The signal stays Python's.
void cplatform_signal_forward(int signal);

/// Restores Python's handlers for the signals it has claimed, after the host program has started or stopped listening
/// to one.
void cplatform_signals_reclaim(void);

#endif
