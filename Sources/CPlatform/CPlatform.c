#define _GNU_SOURCE
#include "CPlatform.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#endif

void cplatform_name_thread(const char *name) {
#ifdef __APPLE__
    pthread_setname_np(name);
#else
    pthread_setname_np(pthread_self(), name);
#endif
}

int cplatform_is_first_thread(void) {
#ifdef __APPLE__
    return pthread_main_np();
#else
    return getpid() == (pid_t)syscall(SYS_gettid);
#endif
}

void cplatform_inherit_streams(void) {
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        int flags = fcntl(descriptor, F_GETFD);
        if (flags >= 0) fcntl(descriptor, F_SETFD, flags & ~FD_CLOEXEC);
    }
}

static void (*exit_function)(void);
static pid_t exiting_process;

static void at_exit(void) {
    if (getpid() == exiting_process) exit_function();
}

void cplatform_at_exit(void (*function)(void)) {
    if (exit_function != NULL) return;
    exit_function = function;
    exiting_process = getpid();
    atexit(at_exit);
}

int cplatform_processors(void) {
#ifdef __linux__
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

void cplatform_use_one_processor(void) {
#ifdef __linux__
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    int first = 0;
    while (first < CPU_SETSIZE && !CPU_ISSET(first, &allowed)) first++;
    CPU_ZERO(&allowed);
    CPU_SET(first, &allowed);
    sched_setaffinity(0, sizeof allowed, &allowed);
#endif
}

int cplatform_wakeup_open(int ends[2]) {
#ifdef __linux__
    ends[0] = ends[1] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return ends[0] < 0 ? -1 : 0;
#else
    if (pipe(ends) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    return 0;
#endif
}

#ifdef __linux__
/// Replaces the C library's function within the addon: SwiftNIO calls it, and programs that this process starts would
/// inherit the descriptor.
__attribute__((visibility("hidden"))) int epoll_create(int size) {
    if (size > 0) return epoll_create1(EPOLL_CLOEXEC);
    errno = EINVAL;
    return -1;
}
#endif

extern char **environ;
static pthread_mutex_t environment_lock = PTHREAD_MUTEX_INITIALIZER;
/// The newest list that was allocated here, and how many pointers it can hold.
static char **own_list;
static size_t own_capacity;

int cplatform_set_variable(const char *name, const char *value) {
    size_t length = strlen(name);
    char *entry = NULL;
    if (value != NULL) {
        entry = malloc(length + strlen(value) + 2);
        if (entry == NULL) return -1;
        sprintf(entry, "%s=%s", name, value);
    }
    pthread_mutex_lock(&environment_lock);
    char **list = environ;
    size_t count = 0;
    size_t index = SIZE_MAX;
    for (; list != NULL && list[count] != NULL; count++) {
        if (strncmp(list[count], name, length) == 0 && list[count][length] == '=') index = count;
    }
    if (entry != NULL && index != SIZE_MAX) {
        __atomic_store_n(&list[index], entry, __ATOMIC_RELEASE);
    } else if (entry != NULL && list == own_list && count + 1 < own_capacity) {
        list[count + 1] = NULL;
        __atomic_store_n(&list[count], entry, __ATOMIC_RELEASE);
    } else if (entry != NULL || index != SIZE_MAX) {
        size_t capacity = 2 * count + 64;
        char **copy = malloc(capacity * sizeof(char *));
        if (copy == NULL) {
            pthread_mutex_unlock(&environment_lock);
            free(entry);
            return -1;
        }
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
            if (i != index) copy[kept++] = list[i];
        }
        if (entry != NULL) copy[kept++] = entry;
        copy[kept] = NULL;
        own_list = copy;
        own_capacity = capacity;
        __atomic_store_n(&environ, copy, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&environment_lock);
    return 0;
}

#ifdef THREAD_SANITIZER
void __tsan_acquire(void *address);
void __tsan_release(void *address);
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void cplatform_lock_acquired(void *lock) { __tsan_acquire(lock); }
void cplatform_lock_released(void *lock) { __tsan_release(lock); }
void cplatform_sanitizer_pause(void) { __tsan_ignore_thread_begin(); }
void cplatform_sanitizer_resume(void) { __tsan_ignore_thread_end(); }

// Swift's runtime initializes a static property at its first use, and orders that before every other use. The
// sanitizer cannot see this, because the runtime is built without it, and would report a race. In the sanitizer's build
// the linker replaces the runtime's function by this one (--wrap=swift_once), which reports the order to the sanitizer.
typedef struct {
    void *token;
    void (*initialize)(void *);
    void *context;
} Initialization;

/// The runtime's function.
void __real_swift_once(void *token, void (*initialize)(void *), void *context);

static void initialize_and_release(void *argument) {
    Initialization *once = argument;
    once->initialize(once->context);
    __tsan_release(once->token);
}

void __wrap_swift_once(void *token, void (*initialize)(void *), void *context) {
    Initialization once = {token, initialize, context};
    __real_swift_once(token, initialize_and_release, &once);
    __tsan_acquire(token);
}
#else
void cplatform_lock_acquired(void *lock) { (void)lock; }
void cplatform_lock_released(void *lock) { (void)lock; }
void cplatform_sanitizer_pause(void) {}
void cplatform_sanitizer_resume(void) {}
#endif
