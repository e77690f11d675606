/* A library that is opened by its name at run time, with a name that Node has a function of, too. */

#include <stdlib.h>

extern char **environ;

const char *uv_version_string(void) { return "plugin"; }

const char *plugin_version(void) { return uv_version_string(); }

/* Whether the environment is the one that the C library's functions see. */
int plugin_sees_environment(void) {
    unsetenv("PLUGIN_PROBE");
    char **before = environ;
    setenv("PLUGIN_PROBE", "1", 1);
    for (char **entry = environ; entry && *entry; entry++) {
        const char *name = "PLUGIN_PROBE=1";
        const char *found = *entry;
        while (*name && *name == *found) name++, found++;
        if (!*name) return 1;
    }
    return before == environ ? 0 : -1;
}
