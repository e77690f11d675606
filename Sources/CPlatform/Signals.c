#define _GNU_SOURCE
#include "CPlatform.h"
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/// The actions of the host program and of Python for a signal.
typedef struct {
    struct sigaction host;
    struct sigaction python;
    char is_claimed;
} shared_signal;

static shared_signal shared[NSIG];

/// The object files whose functions belong to the host program.
static void *host_files[4];

/// The thread that runs Python's handlers, and the descriptor that wakes its event loop so that they run.
static pthread_t target;
static volatile sig_atomic_t has_target;
static volatile int wakeup = -1;

static int is_valid(int signal) { return signal > 0 && signal < NSIG; }

static int is_function(const struct sigaction *action) {
    return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

static int is_same(const struct sigaction *one, const struct sigaction *other) {
    return one->sa_handler == other->sa_handler;
}

static void call(const struct sigaction *action, int signal, siginfo_t *info, void *context) {
    if (!is_function(action)) return;
    if (action->sa_flags & SA_SIGINFO) action->sa_sigaction(signal, info, context);
    else action->sa_handler(signal);
}

/// Signals that only notify: a listener of one does not take it from another.
static int is_notice(int signal) { return signal == SIGCHLD || signal == SIGWINCH || signal == SIGCONT; }

/// Runs Python's handler on the thread whose blocking calls it must interrupt.
static void handle(int signal, siginfo_t *info, void *context) {
    int error = errno;
    if (has_target && !pthread_equal(target, pthread_self())) {
        pthread_kill(target, signal);
    } else {
        if (is_notice(signal)) call(&shared[signal].host, signal, info, context);
        call(&shared[signal].python, signal, info, context);
        uint64_t one = 1;
        // A full pipe is readable already, so the event loop wakes anyway.
        if (wakeup >= 0 && write(wakeup, &one, sizeof one) < 0) errno = error;
    }
    errno = error;
}

static int is_ours(const struct sigaction *action) {
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == handle;
}

/// Installs Python's action for a signal.
static void install(int signal) {
    struct sigaction action = shared[signal].python;
    if (is_function(&action)) {
        action.sa_flags |= SA_SIGINFO;
        action.sa_sigaction = handle;
    }
    sigaction(signal, &action, NULL);
}

/// Records the host program's action for a signal if it has changed.
static void observe(int signal) {
    struct sigaction now;
    if (sigaction(signal, NULL, &now) != 0 || is_ours(&now)) return;
    if (shared[signal].is_claimed && is_same(&now, &shared[signal].python)) return;
    shared[signal].host = now;
}

static int is_host_action(const struct sigaction *action) {
    Dl_info found;
    if (!is_function(action) || dladdr((void *)action->sa_handler, &found) == 0) return 0;
    for (size_t i = 0; i < sizeof host_files / sizeof *host_files; i++) {
        if (host_files[i] != NULL && host_files[i] == found.dli_fbase) return 1;
    }
    return 0;
}

// MARK: - Forked children

static __thread sigset_t mask_before_fork;
static char is_host_action_before_fork[NSIG];

static void block_signals(void) {
    sigset_t all;
    sigfillset(&all);
    // No signal may reach the child before its own handlers are in place.
    pthread_sigmask(SIG_SETMASK, &all, &mask_before_fork);
    for (int signal = 1; signal < NSIG; signal++) {
        struct sigaction now;
        is_host_action_before_fork[signal] = sigaction(signal, NULL, &now) == 0 && is_host_action(&now);
    }
}

static void unblock_signals(void) { pthread_sigmask(SIG_SETMASK, &mask_before_fork, NULL); }

/// Removes the host program's handlers in the child. They would write to pipes that the child shares with its parent.
static void forget_host(void) {
    target = pthread_self();
    wakeup = -1;
    struct sigaction nothing;
    memset(&nothing, 0, sizeof nothing);
    nothing.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; signal++) {
        if (is_function(&shared[signal].host)) shared[signal].host = nothing;
        if (is_host_action_before_fork[signal]) sigaction(signal, &nothing, NULL);
    }
    unblock_signals();
}

static void watch_forks(void) { pthread_atfork(block_signals, unblock_signals, forget_host); }

// MARK: - For Python

void cplatform_host_program(const void *function) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    Dl_info found;
    if (dladdr(function, &found) == 0) return;
    for (size_t i = 0; i < sizeof host_files / sizeof *host_files; i++) {
        if (host_files[i] == found.dli_fbase) return;
        if (host_files[i] != NULL) continue;
        host_files[i] = found.dli_fbase;
        break;
    }
    pthread_once(&once, watch_forks);
}

void cplatform_signals_attach(int descriptor) {
    target = pthread_self();
    wakeup = descriptor;
    has_target = 1;
}

void cplatform_signals_detach(void) {
    has_target = 0;
    for (int signal = 1; signal < NSIG; signal++) {
        if (!shared[signal].is_claimed) continue;
        observe(signal);
        cplatform_signal_release(signal);
    }
}

int cplatform_signal_query(int signal) {
    if (!is_valid(signal)) return CPLATFORM_SIGNAL_DEFAULT;
    observe(signal);
    const struct sigaction *host = &shared[signal].host;
    if (host->sa_handler == SIG_DFL) return CPLATFORM_SIGNAL_DEFAULT;
    if (host->sa_handler == SIG_IGN) return CPLATFORM_SIGNAL_IGNORED;
    return is_host_action(host) ? CPLATFORM_SIGNAL_HOST : CPLATFORM_SIGNAL_OTHER;
}

void cplatform_signal_claim(int signal) {
    struct sigaction now;
    if (!is_valid(signal) || sigaction(signal, NULL, &now) != 0) return;
    if (!is_ours(&now)) shared[signal].python = now;
    shared[signal].is_claimed = 1;
    install(signal);
}

void cplatform_signal_release(int signal) {
    if (!is_valid(signal)) return;
    shared[signal].is_claimed = 0;
    sigaction(signal, &shared[signal].host, NULL);
}

void cplatform_signal_forward(int signal) {
    if (!is_valid(signal)) return;
    observe(signal);
    // Raised by the system, because the host's handler may rely on the flags it was installed with.
    sigaction(signal, &shared[signal].host, NULL);
    raise(signal);
    if (shared[signal].is_claimed) install(signal);
}

void cplatform_signals_reclaim(void) {
    for (int signal = 1; signal < NSIG; signal++) {
        if (!shared[signal].is_claimed) continue;
        observe(signal);
        install(signal);
    }
}
