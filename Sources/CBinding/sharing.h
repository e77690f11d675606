/// Names that lead to one address in the whole process, even for deep-bound libraries.
#ifndef SHARING_H
#define SHARING_H

#include "library.h"

#ifdef CAN_BIND_APART

/// How a name is made to lead to one address in the whole process.
typedef enum {
    /// For data of which the executable has a copy: the original symbol is redirected to the copy.
    use_copy,
    /// For a function of the C library: its symbol is redirected.
    redirect,
    /// For a function that the process finds before the C library's: the C library's symbol is hidden.
    hide,
} action;

typedef struct {
    const char *name;
    uint32_t hash;
    action action;
    ElfW(Addr) address;
    /// The index of the next name in the same bucket; -1 at the end.
    long next;
    /// The value of the symbol with this name and the newest version in the library being visited; 0 if there is none.
    ElfW(Addr) newest;
    /// The symbol was found and redirected.
    int is_done;
} shared_name;

enum { BUCKETS = 1024 };

/// The names to share and the state of the search. Begin with `sharing_init`, end with `sharing_free`.
typedef struct {
    shared_name *names;
    size_t count, capacity;
    long buckets[BUCKETS];
    library executable;
    int has_seen_executable, has_seen_c_library;
    /// The errno of a failure, or 0.
    int failure;
} sharing;

void sharing_init(sharing *plan);
void sharing_free(sharing *plan);

/// Adds a name. Its text is not copied.
void sharing_add(sharing *plan, const char *name, ElfW(Addr) address, action action);

/// Shares names with a library. Libraries must come in the order in which names are looked up: the executable,
/// preloaded libraries, those that the executable needs, those loaded since.
void sharing_visit(sharing *plan, const library *each);

#endif
#endif
