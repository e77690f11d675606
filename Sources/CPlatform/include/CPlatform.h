/// The few system calls that Swift's Glibc module does not show.
#ifndef C_PLATFORM_H
#define C_PLATFORM_H

/// Names the calling thread, as /proc and debuggers show it; at most 15 bytes.
void cplatform_name_thread(const char *name);

/// Whether the calling thread is the process' first one.
int cplatform_is_first_thread(void);

/// Has programs that this process starts inherit its standard input and outputs, those of 0 to 2 that are open.
void cplatform_inherit_streams(void);

/// Has a function called when the process ends in good order, and in no child that it forks; the first one counts.
void cplatform_at_exit(void (*function)(void));

/// How many processors this process may use.
int cplatform_processors(void);

/// Keeps this process on one of its processors from now on.
void cplatform_use_one_processor(void);

/// Opens a wake-up descriptor: an eventfd on Linux, a pipe elsewhere; non-blocking, closed in child processes.
/// @param ends receives the end to read and the end to write (the same one for an eventfd)
/// @return 0, or -1 with errno set
int cplatform_wakeup_open(int ends[2]);

/// Sets an environment variable, or takes it away, so that other threads may read the environment meanwhile: they see it
/// as it was or as it is, each list of it stays where it is for ever. The C library's own functions move and free it.
/// @param value NULL to take the variable away
/// @return 0, or -1 when there is no memory
int cplatform_set_variable(const char *name, const char *value);

/// Tells the thread sanitizer that the lock at this place was taken, and that it is given back. Nothing without it.
void cplatform_lock_taken(void *place);
void cplatform_lock_given(void *place);

/// Has the thread sanitizer not look at what this thread does, until `cplatform_look_again`. Nothing without it.
void cplatform_look_away(void);
void cplatform_look_again(void);

// Signals, which the host program (the one that has loaded Python, and its libraries) and Python both listen to.
//
// One that Python has taken is Python's until it is given back, though the host begins or ends to listen meanwhile:
// what the host does is what was there before. SIGCHLD, SIGWINCH and SIGCONT, which tell of something, both hear. In a
// forked child the host listens to nothing.

/// Says that functions of the object file with this one are the host program's.
void cplatform_host_program(const void *function);

/// Has Python's handlers run on the calling thread, whose blocking calls a signal interrupts then.
/// @param descriptor what wakes the event loop when one has come, written from the handler; -1 for nothing
void cplatform_signals_here(int descriptor);

/// Gives all signals back: the thread on which Python's handlers run ends.
void cplatform_signals_nowhere(void);

enum {
    CPLATFORM_SIGNAL_DEFAULT,
    CPLATFORM_SIGNAL_IGNORED,
    CPLATFORM_SIGNAL_HOSTS,
    CPLATFORM_SIGNAL_OTHER,
};

/// What is done for a signal without Python, one of `CPLATFORM_SIGNAL_…`; notes it for `cplatform_signal_give_back`.
int cplatform_signal_doing(int signal);

/// Python has just installed what it does for a signal.
void cplatform_signal_take(int signal);

/// Has the process do what is done without Python, as last noted.
void cplatform_signal_give_back(int signal);

/// Has what is done without Python happen once, on this thread; the signal stays Python's.
void cplatform_signal_pass_on(int signal);

/// The host program has begun or ended to listen to a signal: those that Python has taken stay Python's.
void cplatform_signals_keep(void);

#endif
