#define _GNU_SOURCE
#include "CPlatform.h"
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#ifdef __linux__
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

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_THREAD_SANITIZER 1
#endif
#endif

#ifdef HAS_THREAD_SANITIZER
void __tsan_acquire(void *place);
void __tsan_release(void *place);
void cplatform_lock_taken(void *place) { __tsan_acquire(place); }
void cplatform_lock_given(void *place) { __tsan_release(place); }
#else
void cplatform_lock_taken(void *place) { (void)place; }
void cplatform_lock_given(void *place) { (void)place; }
#endif
