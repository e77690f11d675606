/// Keeps the libraries that Python loads apart from those that are linked into Node's executable.
#ifndef C_BINDING_H
#define C_BINDING_H

/// How the interpreter's own library has to be opened: RTLD_NOW, RTLD_GLOBAL and, after `cbinding_separate`, deep-bound.
int cbinding_mode(void);

/// From now on, what libraries open that are loaded later is deep-bound (RTLD_DEEPBIND): it looks for its names in itself
/// and in the libraries that it needs before it looks in Node's executable. What the process has once stays so: data of the
/// C and C++ libraries that the executable has copies of, and functions that are preloaded in the place of the C library's.
///
/// Does nothing the second time, and where the dynamic linker does not know RTLD_DEEPBIND: on macOS, whose names belong to
/// a library from the start, and with musl, which has no means for it.
/// @param error receives what failed; valid for ever
/// @return 0, or -1: some names may lead to their new places already, which does no harm
int cbinding_separate(const char **error);

#endif
