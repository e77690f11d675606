/* A library that an extension brings, with names that Node has functions of, too. */

const char *zlibVersion(void) { return "brought"; }

/* Through the same table as other libraries' calls: the library's own name may be taken from it. */
const char *brought_version(void) { return zlibVersion(); }
