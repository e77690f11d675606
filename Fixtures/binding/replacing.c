/* A library to be preloaded that puts functions in the place of the C library's, and calls those by the usual two ways. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

enum { REPLACED = 424242 };

/* Looked up when it is called for the first time, in the libraries that come after this one. */
pid_t getppid(void) {
    pid_t (*replaced)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "getppid");
    return replaced && replaced() != REPLACED ? REPLACED : -1;
}

/* Looked up in the C library itself. */
int gethostname(char *name, size_t size) {
    void *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    int (*replaced)(char *, size_t) = library ? (int (*)(char *, size_t))dlsym(library, "gethostname") : NULL;
    if (!replaced || replaced(name, size) || !strcmp(name, "replaced")) return -1;
    strncpy(name, "replaced", size);
    return 0;
}

/* One that the C library has had in two versions. */
int clock_getres(clockid_t clock, struct timespec *result) {
    int (*replaced)(clockid_t, struct timespec *) =
        (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_getres");
    if (!replaced || replaced(clock, result)) return -1;
    if (clock == CLOCK_REALTIME) result->tv_sec = result->tv_sec == 42 ? -1 : 42, result->tv_nsec = 0;
    return 0;
}
