/// The tables of a loaded library, as the dynamic linker reads them.
#ifndef LIBRARY_H
#define LIBRARY_H

#include <dlfcn.h>

#if defined(__x86_64__)
#define COPY_RELOCATION R_X86_64_COPY
#elif defined(__aarch64__)
#define COPY_RELOCATION R_AARCH64_COPY
#endif

#if defined(RTLD_DEEPBIND) && defined(COPY_RELOCATION)
#define CAN_BIND_APART 1

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    /// What the file's addresses are relative to.
    ElfW(Addr) base;
    const ElfW(Phdr) *segments;
    size_t segment_count;
    /// The dynamic section.
    const ElfW(Dyn) *entries;
    /// Its soname; empty where it has none.
    const char *name;
    const ElfW(Sym) *symbols;
    const char *texts;
    /// Each symbol's version; NULL where there are none.
    const ElfW(Versym) *versions;
    const ElfW(Rela) *relocations;
    size_t relocation_count;
    /// The symbols that others can find: the index of the first, their number, and a hash for each.
    size_t first, count;
    const uint32_t *hashes;
} library;

/// Reads the tables; 0 where a library has none.
int library_read(library *result, const struct dl_phdr_info *info);

/// Where the library's file is mapped to, as `dladdr` says it.
ElfW(Addr) library_start(const struct dl_phdr_info *info);

/// Whether it names another library among those that it needs.
int library_needs(const library *each, const library *other);

/// Changes where a symbol leads to.
/// @return 0, or an errno
int library_lead(const library *each, const ElfW(Sym) *symbol, ElfW(Addr) place);

/// Changes a symbol's version.
/// @return 0, or an errno
int library_set_version(const library *each, size_t index, ElfW(Versym) version);

/// The hash function of `hashes`, whose lowest bit means something else.
uint32_t library_hash(const char *name);

static inline const char *library_text(const library *each, const ElfW(Sym) *symbol) {
    return each->texts + symbol->st_name;
}

static inline int is_function(const ElfW(Sym) *symbol) {
    const int type = ELF64_ST_TYPE(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_GNU_IFUNC);
}

static inline int is_data(const ElfW(Sym) *symbol) {
    return symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT;
}

#endif
#endif
