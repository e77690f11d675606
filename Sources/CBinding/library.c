#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "library.h"

#ifdef CAN_BIND_APART

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// Reads DT_GNU_HASH: a header, a filter, buckets, and one hash for each symbol that can be found.
static void read_hashes(library *result, const uint32_t *table) {
    const uint32_t bucket_count = table[0], filter_words = table[2];
    const uint32_t *buckets = table + 4 + filter_words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    result->first = table[1];
    result->hashes = buckets + bucket_count;
    size_t last = 0;
    for (uint32_t i = 0; i < bucket_count; i++) {
        if (buckets[i] > last) last = buckets[i];
    }
    if (last < result->first) return;
    // The last hash of a bucket has its lowest bit set.
    while (!(result->hashes[last - result->first] & 1)) last++;
    result->count = last - result->first + 1;
}

int library_read(library *result, const struct dl_phdr_info *info) {
    const ElfW(Addr) base = info->dlpi_addr;
    *result = (library){.base = base, .segments = info->dlpi_phdr, .segment_count = info->dlpi_phnum};
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
        result->entries = (const ElfW(Dyn) *)(base + info->dlpi_phdr[i].p_vaddr);
    }
    if (!result->entries) return 0;
    const uint32_t *hash_table = NULL;
    size_t soname = 0;
    for (const ElfW(Dyn) *entry = result->entries; entry->d_tag != DT_NULL; entry++) {
        const ElfW(Addr) value = entry->d_un.d_ptr;
        // The dynamic linker has turned the offsets into addresses, except in the kernel's own library (the vDSO).
        const void *address = (const void *)(value < base ? value + base : value);
        switch (entry->d_tag) {
        case DT_SYMTAB: result->symbols = address; break;
        case DT_STRTAB: result->texts = address; break;
        case DT_GNU_HASH: hash_table = address; break;
        case DT_VERSYM: result->versions = address; break;
        case DT_RELA: result->relocations = address; break;
        case DT_RELASZ: result->relocation_count = value / sizeof(ElfW(Rela)); break;
        case DT_SONAME: soname = value; break;
        default: break;
        }
    }
    if (!result->symbols || !result->texts || !hash_table) return 0;
    // A string table begins with an empty string, so offset 0 is an empty name.
    result->name = result->texts + soname;
    read_hashes(result, hash_table);
    return 1;
}

ElfW(Addr) library_start(const struct dl_phdr_info *info) {
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
        // Segments are sorted by address.
        return (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr) & ~((ElfW(Addr))sysconf(_SC_PAGESIZE) - 1);
    }
    return info->dlpi_addr;
}

int library_needs(const library *each, const library *other) {
    for (const ElfW(Dyn) *entry = each->entries; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_NEEDED && !strcmp(each->texts + entry->d_un.d_val, other->name)) return 1;
    }
    return 0;
}

uint32_t library_hash(const char *name) {
    uint32_t hash = 5381;
    for (; *name; name++) hash = hash * 33 + (unsigned char)*name;
    return hash;
}

/// Makes the page of a table writable, or read-only again: tables are private mappings that can only be read.
static int protect(const library *each, ElfW(Addr) address, int is_writable) {
    int protection = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
    for (size_t i = 0; i < each->segment_count; i++) {
        const ElfW(Phdr) *segment = &each->segments[i];
        if (segment->p_type != PT_LOAD || address - each->base - segment->p_vaddr >= segment->p_memsz) continue;
        if (segment->p_flags & PF_X) protection |= PROT_EXEC;
        if (segment->p_flags & PF_W) protection |= PROT_WRITE;
    }
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return mprotect((void *)(address & ~(page - 1)), page, protection) ? errno : 0;
}

// Both functions below store one word atomically, so another thread that looks up the symbol sees the old or the new
// value.

int library_redirect(const library *each, const ElfW(Sym) *symbol, ElfW(Addr) address) {
    ElfW(Addr) *value = (ElfW(Addr) *)&symbol->st_value;
    const int error = protect(each, (ElfW(Addr))value, 1);
    if (error) return error;
    __atomic_store_n(value, address - each->base, __ATOMIC_RELEASE);
    return protect(each, (ElfW(Addr))value, 0);
}

int library_set_version(const library *each, size_t index, ElfW(Versym) version) {
    ElfW(Versym) *value = (ElfW(Versym) *)&each->versions[index];
    const int error = protect(each, (ElfW(Addr))value, 1);
    if (error) return error;
    __atomic_store_n(value, version, __ATOMIC_RELEASE);
    return protect(each, (ElfW(Addr))value, 0);
}

#endif
