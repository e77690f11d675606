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
    /// The address that the file's addresses are relative to.
    ElfW(Addr) base;
    const ElfW(Phdr) *segments;
    size_t segment_count;
    /// The dynamic section.
    const ElfW(Dyn) *entries;
    /// The library's soname; empty if it has none.
    const char *name;
    const ElfW(Sym) *symbols;
    const char *texts;
    /// Each symbol's version; NULL if the library has none.
    const ElfW(Versym) *versions;
    const ElfW(Rela) *relocations;
    size_t relocation_count;
    /// The symbols that others can find: the index of the first one, their number, and a hash for each.
    size_t first, count;
    const uint32_t *hashes;
} library;

/// Reads a library's tables.
/// @return 1, or 0 if the library lacks one of them
int library_read(library *result, const struct dl_phdr_info *info);

/// The start address of the library's mapping, equal to `dli_fbase` of `dladdr`.
ElfW(Addr) library_start(const struct dl_phdr_info *info);

/// Whether the library lists the other one among those it needs (DT_NEEDED).
int library_needs(const library *each, const library *other);

/// Makes a symbol lead to an address.
/// @return 0, or an errno
int library_redirect(const library *each, const ElfW(Sym) *symbol, ElfW(Addr) address);

/// Changes the version of a symbol.
/// @return 0, or an errno
int library_set_version(const library *each, size_t index, ElfW(Versym) version);

/// The hash function of `hashes`. There the lowest bit marks the end of a bucket, so it must be ignored in comparisons.
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
