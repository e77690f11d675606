/// The few system calls that Swift's Glibc module does not show.
#ifndef C_PLATFORM_H
#define C_PLATFORM_H

/// Names the calling thread, as /proc and debuggers show it; at most 15 bytes.
void cplatform_name_thread(const char *name);

/// Whether the calling thread is the process' first one.
int cplatform_is_first_thread(void);

/// Opens a wake-up descriptor: an eventfd on Linux, a pipe elsewhere; non-blocking, closed in child processes.
/// @param ends receives the end to read and the end to write (the same one for an eventfd)
/// @return 0, or -1 with errno set
int cplatform_wakeup_open(int ends[2]);

/// Tells the thread sanitizer that the lock at this place was taken, and that it is given back. Nothing without it.
void cplatform_lock_taken(void *place);
void cplatform_lock_given(void *place);

#endif
