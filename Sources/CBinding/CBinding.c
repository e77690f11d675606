#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CBinding.h"
#include "sharing.h"

#ifndef CAN_BIND_APART

int cbinding_mode(void) { return RTLD_NOW | RTLD_GLOBAL; }

int cbinding_separate(const char **error) {
    *error = (void *)0;
    return 0;
}

#else

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef void *(*open_function)(const char *, int);

static open_function process_dlopen;
static int is_separate;
/// The start addresses of the libraries that were loaded before Python: Node's own and those of its addons.
static ElfW(Addr) *preceding;
static size_t preceding_count;

int cbinding_mode(void) { return RTLD_NOW | RTLD_GLOBAL | (is_separate ? RTLD_DEEPBIND : 0); }

/// Whether the code belongs to Node or to an addon. Libraries that these open may need Node's names.
static int belongs_to_node(const void *code) {
    Dl_info info;
    if (!dladdr(code, &info)) return 0;
    for (size_t i = 0; i < preceding_count; i++) {
        if (preceding[i] == (ElfW(Addr))info.dli_fbase) return 1;
    }
    const char *ending = info.dli_fname ? strrchr(info.dli_fname, '.') : NULL;
    return ending && !strcmp(ending, ".node");
}

/// The `dlopen` that libraries loaded after `cbinding_separate` find.
///
/// It ends in a jump instead of a call because the dynamic linker searches the RUNPATH of its caller.
static void *open_apart(const char *path, int mode) {
    if (path && !belongs_to_node(__builtin_return_address(0))) mode |= RTLD_DEEPBIND;
    __attribute__((musttail)) return process_dlopen(path, mode);
}

static void add_preceding(sharing *plan, ElfW(Addr) start) {
    ElfW(Addr) *larger = realloc(preceding, (preceding_count + 1) * sizeof *preceding);
    if (larger) {
        preceding = larger;
        preceding[preceding_count++] = start;
    } else {
        plan->failure = errno;
    }
}

static int visit(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    sharing *plan = argument;
    library each;
    add_preceding(plan, library_start(info));
    if (library_read(&each, info)) sharing_visit(plan, &each);
    return plan->failure;
}

int cbinding_separate(const char **error) {
    *error = NULL;
    const char *setting = getenv("PYTHON_NODE_DEEPBIND");
    if (is_separate || (setting && !strcmp(setting, "0"))) return 0;
    sharing plan;
    sharing_init(&plan);
    // Looked up before `dl_iterate_phdr` locks the list of libraries.
    process_dlopen = (open_function)dlsym(RTLD_DEFAULT, "dlopen");
    sharing_add(&plan, "dlopen", (ElfW(Addr))open_apart, redirect);
    dl_iterate_phdr(visit, &plan);
    // The first name is dlopen.
    const int is_hooked = !plan.failure && plan.names[0].is_done;
    if (!is_hooked) *error = plan.failure ? strerror(plan.failure) : "the C library has no dlopen where it should be";
    sharing_free(&plan);
    is_separate = is_hooked;
    return is_hooked ? 0 : -1;
}

#endif
