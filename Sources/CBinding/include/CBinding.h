/// Keeps the libraries that Python loads apart from those linked into Node's executable.
#ifndef C_BINDING_H
#define C_BINDING_H

/// The mode for opening the interpreter's library: RTLD_NOW, RTLD_GLOBAL and, after `cbinding_separate`, RTLD_DEEPBIND.
int cbinding_mode(void);

/// Makes every library that is opened from now on deep-bound (RTLD_DEEPBIND), together with those it opens: it looks up
/// names in itself and in the libraries it needs before it looks in Node's executable. Exceptions stay shared in the
/// whole process: data of the C and C++ libraries of which the executable has copies, and functions preloaded in place
/// of the C library's.
///
/// A second call does nothing. Neither does any call where the dynamic linker has no RTLD_DEEPBIND: macOS, where a name
/// belongs to its library anyway, and musl, which offers no means.
/// @param error receives what failed; the text is valid forever
/// @return 0, or -1. After -1 some names may already lead to their new addresses, which does no harm
int cbinding_separate(const char **error);

#endif
