// This file uses the full API, for the configuration's types. It touches only the first members of PyConfig, which are
// the same in every version and checked below. The rest differs between versions and is left to the library's own
// functions.
#include <Python.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include "CPythonStart.h"

/// Memory for the PyConfig of any version.
typedef union {
    PyConfig config;
    char room[8192];
} any_config;

/// The library that `cpython_load` has opened.
extern void *cpython_library;

static char message[512];

int cpython_start(const char *program, const char **error) {
    *error = message;
#define FUNCTION(name) \
    __typeof__(&name) call_##name = (__typeof__(&name))dlsym(cpython_library, #name); \
    if (!call_##name) { \
        snprintf(message, sizeof message, "the library has no %s", #name); \
        return -1; \
    }
    FUNCTION(PyConfig_InitPythonConfig)
    FUNCTION(PyConfig_InitIsolatedConfig)
    FUNCTION(PyConfig_SetBytesArgv)
    FUNCTION(PyConfig_Clear)
    FUNCTION(PyStatus_Exception)
    FUNCTION(Py_InitializeFromConfig)
    any_config like_program = {0}, isolated = {0};
    call_PyConfig_InitPythonConfig(&like_program.config);
    call_PyConfig_InitIsolatedConfig(&isolated.config);
    PyConfig *config = &like_program.config;
    // The two configurations differ in these members: if they do here, the members are where the headers have them.
    int is_known = config->isolated == 0 && isolated.config.isolated == 1 && config->use_environment == 1
        && isolated.config.use_environment == 0 && config->install_signal_handlers == 1
        && isolated.config.install_signal_handlers == 0;
    call_PyConfig_Clear(&isolated.config);
    if (!is_known) {
        snprintf(message, sizeof message, "the library has an unknown layout of PyConfig: use another build of Python");
        return -1;
    }
    // SIGINT stays Node's.
    config->install_signal_handlers = 0;
    // The command line of `python3` without arguments: sys.argv is [''], and argv[0] determines the prefix.
    // PyConfig_SetBytesArgv reads the locale first, so the path is decoded as Python will encode it.
    char *argv[] = {(char *)program, NULL};
    PyStatus status = call_PyConfig_SetBytesArgv(config, 1, argv);
    if (!call_PyStatus_Exception(status)) status = call_Py_InitializeFromConfig(config);
    call_PyConfig_Clear(config);
    if (!call_PyStatus_Exception(status)) return 0;
    const char *function = status.func ? status.func : "", *separator = status.func ? ": " : "";
    const char *words = status.err_msg ? status.err_msg : "it asked to end the process";
    snprintf(message, sizeof message, "%s%s%s", function, separator, words);
    return -1;
}
