#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CBinding.h"
#include <dlfcn.h>
#include <stddef.h>

#if defined(__x86_64__)
#define COPY_RELOCATION R_X86_64_COPY
#elif defined(__aarch64__)
#define COPY_RELOCATION R_AARCH64_COPY
#endif

#if !defined(RTLD_DEEPBIND) || !defined(COPY_RELOCATION)

int cbinding_mode(void) { return RTLD_NOW | RTLD_GLOBAL; }

int cbinding_separate(const char **error) {
    *error = NULL;
    return 0;
}

#else

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void *(*open_function)(const char *, int);

/// A library's table of symbols, as the dynamic linker reads it.
typedef struct {
    ElfW(Addr) base;
    const ElfW(Phdr) *segments;
    size_t segment_count;
    const char *name;
    const ElfW(Sym) *symbols;
    const char *texts;
    const uint32_t *hashes;
    const ElfW(Rela) *relocations;
    size_t relocation_count;
} library;

/// A name that leads to one place in the whole process.
typedef struct {
    const char *name;
    uint32_t hash;
    /// Functions are taken from the C library only: what others have under such a name is their own.
    int is_function;
    /// Data: the library that the executable's copy was made of has been found.
    int is_done;
    ElfW(Addr) place;
} shared_name;

/// An executable copies some dozens.
enum { MOST_NAMES = 256 };

typedef struct {
    shared_name names[MOST_NAMES];
    size_t count;
    int has_seen_executable;
    int is_hooked;
    /// An errno of what failed, or 0.
    int failure;
} sharing;

/// What one library allocates is freed by others.
static const char *const allocation[] = {
    "malloc", "calloc", "realloc", "reallocarray", "free", "cfree", "memalign", "aligned_alloc", "posix_memalign",
    "valloc", "pvalloc", "malloc_usable_size",
};

static open_function process_dlopen;
static int is_separate;
/// Where the libraries begin that were there before Python: Node's own, and those of its addons.
static ElfW(Addr) *earlier;
static size_t earlier_count;

int cbinding_mode(void) { return RTLD_NOW | RTLD_GLOBAL | (is_separate ? RTLD_DEEPBIND : 0); }

/// Whether the code belongs to Node or to an addon: what these open may need Node's names.
static int is_of_node(const void *code) {
    Dl_info info;
    if (!dladdr(code, &info)) return 0;
    for (size_t i = 0; i < earlier_count; i++) {
        if (earlier[i] == (ElfW(Addr))info.dli_fbase) return 1;
    }
    const char *ending = info.dli_fname ? strrchr(info.dli_fname, '.') : NULL;
    return ending && !strcmp(ending, ".node");
}

/// `dlopen`, as it is found by libraries that are loaded after `cbinding_separate`.
///
/// It ends in a jump, not in a call: the dynamic linker searches the RUNPATH of its caller.
static void *open_apart(const char *path, int mode) {
    if (path && !is_of_node(__builtin_return_address(0))) mode |= RTLD_DEEPBIND;
    __attribute__((musttail)) return process_dlopen(path, mode);
}

/// The hash function of DT_GNU_HASH.
static uint32_t hash_of(const char *name) {
    uint32_t hash = 5381;
    for (; *name; name++) hash = hash * 33 + (unsigned char)*name;
    return hash;
}

static void add(sharing *plan, const char *name, ElfW(Addr) place, int is_function) {
    if (plan->count == MOST_NAMES) {
        plan->failure = EOVERFLOW;
        return;
    }
    plan->names[plan->count++] =
        (shared_name){.name = name, .hash = hash_of(name), .place = place, .is_function = is_function};
}

/// Reads the dynamic section; 0 where it has no such table.
static int read_library(const struct dl_phdr_info *info, library *result) {
    const ElfW(Addr) base = info->dlpi_addr;
    const ElfW(Dyn) *entry = NULL;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
        entry = (const ElfW(Dyn) *)(base + info->dlpi_phdr[i].p_vaddr);
    }
    if (!entry) return 0;
    *result = (library){.base = base, .segments = info->dlpi_phdr, .segment_count = info->dlpi_phnum};
    size_t soname = 0;
    for (; entry->d_tag != DT_NULL; entry++) {
        const ElfW(Addr) value = entry->d_un.d_ptr;
        // The dynamic linker has made addresses of the offsets, except in the kernel's own library.
        const void *place = (const void *)(value < base ? value + base : value);
        switch (entry->d_tag) {
        case DT_SYMTAB: result->symbols = place; break;
        case DT_STRTAB: result->texts = place; break;
        case DT_GNU_HASH: result->hashes = place; break;
        case DT_RELA: result->relocations = place; break;
        case DT_RELASZ: result->relocation_count = value / sizeof(ElfW(Rela)); break;
        case DT_SONAME: soname = value; break;
        default: break;
        }
    }
    if (!result->symbols || !result->texts || !result->hashes) return 0;
    // A table of texts begins with an empty one.
    result->name = result->texts + soname;
    return 1;
}

/// How many symbols the library defines; gives the first one's index, and a hash for each.
static size_t defined_symbols(const library *each, size_t *first, const uint32_t **hashes) {
    const uint32_t bucket_count = each->hashes[0], filter_words = each->hashes[2];
    *first = each->hashes[1];
    const uint32_t *buckets = each->hashes + 4 + filter_words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    *hashes = buckets + bucket_count;
    size_t last = 0;
    for (uint32_t i = 0; i < bucket_count; i++) {
        if (buckets[i] > last) last = buckets[i];
    }
    if (last < *first) return 0;
    // The last hash of a bucket has its lowest bit set.
    while (!((*hashes)[last - *first] & 1)) last++;
    return last - *first + 1;
}

/// Changes where a symbol leads to. Its table is a private mapping that may only be read.
static void lead(sharing *plan, const library *each, const ElfW(Sym) *symbol, ElfW(Addr) place) {
    ElfW(Addr) *value = (ElfW(Addr) *)&symbol->st_value;
    int protection = PROT_READ;
    for (size_t i = 0; i < each->segment_count; i++) {
        const ElfW(Phdr) *segment = &each->segments[i];
        if (segment->p_type != PT_LOAD || (ElfW(Addr))value - each->base - segment->p_vaddr >= segment->p_memsz) continue;
        if (segment->p_flags & PF_X) protection |= PROT_EXEC;
        if (segment->p_flags & PF_W) protection |= PROT_WRITE;
    }
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((ElfW(Addr))value & ~(page - 1));
    if (mprotect(start, page, protection | PROT_WRITE)) {
        plan->failure = errno;
        return;
    }
    // Other threads may look it up meanwhile: they find the old place or the new one.
    __atomic_store_n(value, place - each->base, __ATOMIC_RELEASE);
    if (mprotect(start, page, protection)) plan->failure = errno;
}

/// Which name of the plan the symbol has, or NULL.
static shared_name *find(sharing *plan, const library *each, const ElfW(Sym) *symbol, uint32_t hash) {
    const int type = symbol->st_info & 0xf;
    if (symbol->st_shndx == SHN_UNDEF || (type != STT_OBJECT && type != STT_FUNC)) return NULL;
    for (size_t i = 0; i < plan->count; i++) {
        shared_name *wanted = &plan->names[i];
        if ((wanted->hash | 1) != (hash | 1) || wanted->is_function != (type == STT_FUNC) || wanted->is_done) continue;
        if (!strcmp(wanted->name, each->texts + symbol->st_name)) return wanted;
    }
    return NULL;
}

/// Has a library's symbols of the plan's names lead to the one place; data also by all its other names.
static void share(sharing *plan, const library *each) {
    const int is_c_library = !strcmp(each->name, "libc.so.6") || !strcmp(each->name, "libdl.so.2");
    size_t first;
    const uint32_t *hashes;
    const size_t count = defined_symbols(each, &first, &hashes);
    struct { shared_name *name; ElfW(Addr) value; } data[MOST_NAMES];
    size_t data_count = 0;
    for (size_t i = 0; i < count; i++) {
        const ElfW(Sym) *symbol = &each->symbols[first + i];
        shared_name *name = find(plan, each, symbol, hashes[i]);
        if (!name || each->base + symbol->st_value == name->place) continue;
        if (!name->is_function) {
            if (data_count == MOST_NAMES) continue;
            data[data_count].name = name;
            data[data_count++].value = symbol->st_value;
        } else if (is_c_library) {
            lead(plan, each, symbol, name->place);
            if (name->place == (ElfW(Addr))open_apart) plan->is_hooked = 1;
        }
    }
    if (data_count == 0) return;
    for (size_t i = 0; i < count; i++) {
        const ElfW(Sym) *symbol = &each->symbols[first + i];
        if (symbol->st_shndx == SHN_UNDEF || (symbol->st_info & 0xf) != STT_OBJECT) continue;
        for (size_t k = 0; k < data_count; k++) {
            if (data[k].value != symbol->st_value) continue;
            lead(plan, each, symbol, data[k].name->place);
            break;
        }
    }
    for (size_t k = 0; k < data_count; k++) data[k].name->is_done = 1;
}

/// Adds the data that the executable has copies of: since its start the libraries themselves use the copies.
static void add_copies(sharing *plan, const library *executable) {
    for (size_t i = 0; i < executable->relocation_count; i++) {
        const ElfW(Rela) *each = &executable->relocations[i];
        if (ELF64_R_TYPE(each->r_info) != COPY_RELOCATION) continue;
        const ElfW(Sym) *symbol = &executable->symbols[ELF64_R_SYM(each->r_info)];
        add(plan, executable->texts + symbol->st_name, executable->base + each->r_offset, 0);
    }
}

/// Keeps where the library begins, as `dladdr` says it.
static void remember(sharing *plan, const struct dl_phdr_info *info) {
    ElfW(Addr) *larger = realloc(earlier, (earlier_count + 1) * sizeof *earlier);
    if (!larger) {
        plan->failure = errno;
        return;
    }
    earlier = larger;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
        // Segments are in the order of their addresses.
        const ElfW(Addr) start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        earlier[earlier_count++] = start & ~((ElfW(Addr))sysconf(_SC_PAGESIZE) - 1);
        return;
    }
}

static int visit(struct dl_phdr_info *info, size_t size, void *plan) {
    (void)size;
    sharing *shared = plan;
    library each;
    remember(shared, info);
    if (read_library(info, &each)) {
        // The executable comes first.
        if (shared->has_seen_executable) share(shared, &each);
        else add_copies(shared, &each);
    }
    shared->has_seen_executable = 1;
    return shared->failure;
}

int cbinding_separate(const char **error) {
    *error = NULL;
    const char *wish = getenv("PYTHON_NODE_DEEPBIND");
    if (is_separate || (wish && !strcmp(wish, "0"))) return 0;
    sharing plan = {.count = 0};
    // Asked before the dynamic linker's list is locked.
    process_dlopen = (open_function)dlsym(RTLD_DEFAULT, "dlopen");
    add(&plan, "dlopen", (ElfW(Addr))open_apart, 1);
    for (size_t i = 0; i < sizeof allocation / sizeof *allocation; i++) {
        void *place = dlsym(RTLD_DEFAULT, allocation[i]);
        if (place) add(&plan, allocation[i], (ElfW(Addr))place, 1);
    }
    dl_iterate_phdr(visit, &plan);
    if (plan.failure || !plan.is_hooked) {
        *error = plan.failure ? strerror(plan.failure) : "the C library has no dlopen where it should be";
        return -1;
    }
    is_separate = 1;
    return 0;
}

#endif
