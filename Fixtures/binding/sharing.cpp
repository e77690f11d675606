// An extension module that uses what C and C++ have once in a process, and names that Node has functions of, too.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dlfcn.h>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <new>
#include <regex>
#include <string>

extern char **environ;

// Names that Node exports: of libuv, which this module has a copy of, of zlib, which a library that it needs has, and of
// OpenSSL, which that library does not have.
extern "C" const char *uv_version_string(void) { return "own"; }
extern "C" const char *zlibVersion(void);
extern "C" const char *brought_version(void);

namespace {

// While the library is loaded, before Python calls it.
const bool matched_at_load = std::regex_match("load", std::regex("[a-z]+"));
void *const opened_at_load = dlopen("libplugin.so", RTLD_LAZY | RTLD_LOCAL);

PyObject *write_text(PyObject *, PyObject *argument) {
    const char *text = PyUnicode_AsUTF8(argument);
    if (!text) return nullptr;
    std::cout << text << std::flush;
    return PyBool_FromLong(std::cout.good());
}

PyObject *matches(PyObject *, PyObject *arguments) {
    const char *pattern, *text;
    if (!PyArg_ParseTuple(arguments, "ss", &pattern, &text)) return nullptr;
    try {
        return PyBool_FromLong(matched_at_load && std::regex_match(text, std::regex(pattern)));
    } catch (const std::exception &error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
        return nullptr;
    }
}

PyObject *variable(PyObject *, PyObject *argument) {
    const char *name = PyUnicode_AsUTF8(argument);
    if (!name) return nullptr;
    const size_t length = std::strlen(name);
    const char *listed = nullptr;
    for (char **entry = environ; entry && *entry; entry++) {
        if (!std::strncmp(*entry, name, length) && (*entry)[length] == '=') listed = *entry + length + 1;
    }
    return Py_BuildValue("zz", std::getenv(name), listed);
}

PyObject *zone(PyObject *, PyObject *) {
    tzset();
    return Py_BuildValue("ls", timezone, tzname[0]);
}

PyObject *versions(PyObject *, PyObject *) {
    void *plugin = opened_at_load;
    if (!plugin) return PyErr_Format(PyExc_OSError, "%s", dlerror());
    auto of_plugin = reinterpret_cast<const char *(*)()>(dlsym(plugin, "plugin_version"));
    return Py_BuildValue("ssss", uv_version_string(), zlibVersion(), brought_version(), of_plugin());
}

// Memory that the C library has allocated is given back by this module, and its own grows in the C library.
PyObject *exchange_memory(PyObject *, PyObject *) {
    for (int round = 0; round < 1000; round++) {
        std::free(strdup("allocated by the C library"));
        std::free(realpath("/", nullptr));
        char *line = static_cast<char *>(std::malloc(16));
        size_t size = 16;
        FILE *file = fopen("/proc/self/stat", "r");
        if (!file) return PyErr_SetFromErrno(PyExc_OSError);
        const bool is_read = getline(&line, &size, file) > 0;
        fclose(file);
        std::free(line);
        if (!is_read) return PyErr_Format(PyExc_OSError, "no line");
        void *aligned = nullptr;
        if (posix_memalign(&aligned, 64, 1000)) return PyErr_NoMemory();
        aligned = std::realloc(aligned, 100000);
        std::free(aligned);
        std::free(aligned_alloc(64, 640));
        delete new std::string(1000, 'x');
    }
    Py_RETURN_TRUE;
}

PyMethodDef methods[] = {
    {"write", write_text, METH_O, "Writes to std::cout."},
    {"matches", matches, METH_VARARGS, "Whether a text matches a std::regex."},
    {"variable", variable, METH_O, "An environment variable as getenv sees it, and as environ lists it."},
    {"zone", zone, METH_NOARGS, "The C library's timezone and tzname."},
    {"versions", versions, METH_NOARGS, "What the names lead to that Node exports, too."},
    {"exchange_memory", exchange_memory, METH_NOARGS, "Memory allocated on one side and freed on the other."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sharing", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_sharing(void) { return PyModule_Create(&definition); }
