#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "sharing.h"

#ifdef CAN_BIND_APART

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/// The C library: one file, or several before glibc 2.34.
static const char *const c_library[] = {"libc.so.6", "libpthread.so.0", "libdl.so.2", "libm.so.6", "librt.so.1"};

/// Memory that one library allocates is freed by others, so all must use the same allocator.
static const char *const allocation[] = {
    "malloc", "calloc", "realloc", "reallocarray", "free", "cfree", "memalign", "aligned_alloc", "posix_memalign",
    "valloc", "pvalloc", "malloc_usable_size",
};
enum { ALLOCATION = sizeof allocation / sizeof *allocation };

/// A hidden version of the library's own. References in libraries name a version, so they no longer match this symbol.
/// A lookup without a version, as by `dlsym`, still finds it: preloaded functions find the functions that they replace.
static const ElfW(Versym) found_without_version = 0x8000 | VER_NDX_GLOBAL;

void sharing_init(sharing *plan) {
    *plan = (sharing){.count = 0};
    for (size_t i = 0; i < BUCKETS; i++) plan->buckets[i] = -1;
}

void sharing_free(sharing *plan) { free(plan->names); }

static long *bucket(sharing *plan, uint32_t hash) { return &plan->buckets[(hash >> 1) % BUCKETS]; }

void sharing_add(sharing *plan, const char *name, ElfW(Addr) address, action action) {
    if (plan->count == plan->capacity) {
        const size_t capacity = plan->capacity ? 2 * plan->capacity : 128;
        shared_name *larger = realloc(plan->names, capacity * sizeof *larger);
        if (!larger) {
            plan->failure = errno;
            return;
        }
        plan->names = larger;
        plan->capacity = capacity;
    }
    const uint32_t hash = library_hash(name);
    long *first = bucket(plan, hash);
    plan->names[plan->count] =
        (shared_name){.name = name, .hash = hash, .action = action, .address = address, .next = *first};
    *first = (long)plan->count++;
}

/// The name of the plan that this symbol of the library has, if the symbol does not lead to its address yet; else NULL.
static shared_name *find(sharing *plan, const library *each, size_t offset) {
    const ElfW(Sym) *symbol = &each->symbols[each->first + offset];
    if (!is_function(symbol) && !is_data(symbol)) return NULL;
    const uint32_t hash = each->hashes[offset];
    for (long i = *bucket(plan, hash); i >= 0; i = plan->names[i].next) {
        shared_name *name = &plan->names[i];
        if ((name->hash | 1) != (hash | 1) || (name->action == use_copy) != is_data(symbol)) continue;
        if (strcmp(name->name, library_text(each, symbol))) continue;
        return each->base + symbol->st_value == name->address ? NULL : name;
    }
    return NULL;
}

static void note(sharing *plan, int failure) {
    if (failure) plan->failure = failure;
}

/// Makes the library that the executable has copied data from use the copy, under all names of the data.
static void share_data(sharing *plan, const library *each) {
    const ElfW(Sym) *symbols = each->symbols + each->first;
    for (size_t i = 0; i < each->count; i++) {
        shared_name *name = find(plan, each, i);
        if (!name || name->action != use_copy || name->is_done) continue;
        name->is_done = 1;
        const ElfW(Addr) original = symbols[i].st_value;
        for (size_t k = 0; k < each->count; k++) {
            if (!is_data(&symbols[k]) || symbols[k].st_value != original) continue;
            note(plan, library_redirect(each, &symbols[k], name->address));
        }
    }
}

/// Redirects the C library's functions, or hides them where the process finds others of the same name first.
static void share_functions(sharing *plan, const library *each) {
    const ElfW(Sym) *symbols = each->symbols + each->first;
    for (size_t i = 0; i < plan->count; i++) plan->names[i].newest = 0;
    for (size_t i = 0; each->versions && i < each->count; i++) {
        shared_name *name = find(plan, each, i);
        // Older versions of a symbol have the hidden bit.
        if (name && !(each->versions[each->first + i] & 0x8000)) name->newest = symbols[i].st_value;
    }
    for (size_t i = 0; i < each->count; i++) {
        shared_name *name = find(plan, each, i);
        if (!name || name->action == use_copy) continue;
        if (name->action == redirect) {
            name->is_done = 1;
            note(plan, library_redirect(each, &symbols[i], name->address));
        } else if (name->newest == symbols[i].st_value) {
            // Older versions with other behaviour stay as they are: if they were hidden, `dlsym` would find them instead
            // of the newest.
            note(plan, library_set_version(each, each->first + i, found_without_version));
        }
    }
}

/// Adds the data that the executable has copies of (copy relocations): the libraries have used the copies since the
/// start.
static void add_copies(sharing *plan, const library *executable) {
    for (size_t i = 0; i < executable->relocation_count; i++) {
        const ElfW(Rela) *each = &executable->relocations[i];
        if (ELF64_R_TYPE(each->r_info) != COPY_RELOCATION) continue;
        const ElfW(Sym) *symbol = &executable->symbols[ELF64_R_SYM(each->r_info)];
        sharing_add(plan, library_text(executable, symbol), executable->base + each->r_offset, use_copy);
    }
}

/// Adds a function that others can find, unless it has a version of its own, which no reference names. `dlopen` is left
/// out because it is redirected here.
static void add_function(sharing *plan, const library *each, size_t index) {
    const ElfW(Sym) *symbol = &each->symbols[index];
    const char *name = library_text(each, symbol);
    if (!is_function(symbol) || !strcmp(name, "dlopen")) return;
    if (each->versions && each->versions[index] != VER_NDX_GLOBAL) return;
    sharing_add(plan, name, each->base + symbol->st_value, hide);
}

static void add_functions(sharing *plan, const library *preloaded) {
    for (size_t i = 0; i < preloaded->count; i++) add_function(plan, preloaded, preloaded->first + i);
}

/// Adds the functions of an allocator that is linked into the executable. Its other functions belong to Node.
static void add_allocator(sharing *plan, const library *executable) {
    uint32_t hashes[ALLOCATION];
    for (size_t k = 0; k < ALLOCATION; k++) hashes[k] = library_hash(allocation[k]) | 1;
    for (size_t i = 0; i < executable->count; i++) {
        const ElfW(Sym) *symbol = &executable->symbols[executable->first + i];
        for (size_t k = 0; k < ALLOCATION; k++) {
            if (hashes[k] != (executable->hashes[i] | 1)) continue;
            if (strcmp(allocation[k], library_text(executable, symbol))) continue;
            add_function(plan, executable, executable->first + i);
        }
    }
}

static int belongs_to_c_library(const library *each) {
    for (size_t i = 0; i < sizeof c_library / sizeof *c_library; i++) {
        if (!strcmp(each->name, c_library[i])) return 1;
    }
    return 0;
}

/// Whether the library was preloaded (LD_PRELOAD): such libraries precede those that the executable needs. The kernel's
/// own library is in the list, too, but no names are looked up in it.
static int is_preloaded(const sharing *plan, const library *each) {
    return !plan->has_seen_c_library && !library_needs(&plan->executable, each) && strncmp(each->name, "linux-", 6);
}

void sharing_visit(sharing *plan, const library *each) {
    if (!plan->has_seen_executable) {
        plan->has_seen_executable = 1;
        plan->executable = *each;
        add_copies(plan, each);
        add_allocator(plan, each);
        return;
    }
    share_data(plan, each);
    if (belongs_to_c_library(each)) {
        share_functions(plan, each);
        plan->has_seen_c_library |= !strcmp(each->name, c_library[0]);
    } else if (is_preloaded(plan, each)) {
        add_functions(plan, each);
    }
}

#endif
