/// The few system calls that Swift's Glibc module does not show.
#ifndef C_PLATFORM_H
#define C_PLATFORM_H

/// Names the calling thread, as /proc and debuggers show it; at most 15 bytes.
void cplatform_name_thread(const char *name);

/// Whether the calling thread is the process' first one.
int cplatform_is_first_thread(void);

/// Keeps what the process does for a signal, if that is a function.
void cplatform_keep_signal(int signal);

/// Has the process do for a signal what was kept; nothing where nothing was.
void cplatform_restore_signal(int signal);

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

#endif
