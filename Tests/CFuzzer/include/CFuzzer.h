#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

// libFuzzer as a library: calls `test` with one input after the other until its options end it; does not return then.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

// Bytes that are allocated in the whole process, as the address sanitizer counts them.
size_t __sanitizer_get_current_allocated_bytes(void);

#endif
