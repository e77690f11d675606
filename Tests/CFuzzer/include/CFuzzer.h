#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

// libFuzzer as a library: calls `test` with one input after the other, as its options say. Does not return.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

// The bytes allocated in the process, as the address sanitizer counts them.
size_t __sanitizer_get_current_allocated_bytes(void);

#endif
