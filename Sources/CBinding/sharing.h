/// Names that lead to one place in the whole process, also for libraries that are deep-bound.
#ifndef SHARING_H
#define SHARING_H

#include "library.h"

#ifdef CAN_BIND_APART

/// How a library comes to share a name.
typedef enum {
    /// Data, of which the executable has a copy: the symbol that it was copied from leads to the copy.
    leads_to_copy,
    /// A function of the C library: its symbol leads to another one.
    leads_elsewhere,
    /// A function that the process finds elsewhere before the C library: the symbol there is not found any more.
    gives_way,
} manner;

typedef struct {
    const char *name;
    uint32_t hash;
    manner manner;
    ElfW(Addr) place;
    /// The next one with the same remainder of its hash; -1 at the end.
    long next;
    /// What the symbol of this name and the newest version says in the library at hand; 0 where there is none.
    ElfW(Addr) newest;
    /// The name is done with: its symbol was found.
    int is_done;
} shared_name;

enum { BUCKETS = 1024 };

/// What is to be shared, and what came of it. Start with `sharing_init`, end with `sharing_free`.
typedef struct {
    shared_name *names;
    size_t count, capacity;
    long buckets[BUCKETS];
    library executable;
    int has_seen_executable, has_seen_c_library;
    /// An errno of what failed, or 0.
    int failure;
} sharing;

void sharing_init(sharing *plan);
void sharing_free(sharing *plan);

/// Adds a name; its text is not copied.
void sharing_add(sharing *plan, const char *name, ElfW(Addr) place, manner manner);

/// Looks at a library; they come in the order in which names are looked up: the executable, what is preloaded, what the
/// executable needs, what was loaded since.
void sharing_visit(sharing *plan, const library *each);

#endif
#endif
