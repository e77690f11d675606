#include "CPythonAPI.h"
#include <dlfcn.h>
#include <stdio.h>

cpython_table cpython_storage;

static char missing[160];
void *cpython_library;

static void *symbol(void *library, const char *name, const char **error) {
    void *found = dlsym(library, name);
    if (!found && !*error) {
        snprintf(missing, sizeof missing, "the library has no %s", name);
        *error = missing;
    }
    return found;
}

int cpython_load(const char *path, int mode, const char **error) {
    *error = NULL;
    void *library = dlopen(path, mode);
    if (!library) {
        *error = dlerror();
        return -1;
    }
#define LOAD_FUNCTION(name) cpython_storage.name = (__typeof__(cpython_storage.name))symbol(library, #name, error);
#define LOAD_OBJECT(name) cpython_storage.name = (PyObject *)symbol(library, #name, error);
    CPYTHON_FUNCTIONS(LOAD_FUNCTION)
    CPYTHON_OBJECTS(LOAD_OBJECT)
#define LOAD_OPTIONAL(name) cpython_storage.name = (__typeof__(cpython_storage.name))dlsym(library, #name);
    LOAD_OPTIONAL(PyObject_Vectorcall)
    LOAD_OPTIONAL(PyObject_VectorcallMethod)
    LOAD_OPTIONAL(PyContextVar_Set)
    LOAD_OPTIONAL(PyContext_CopyCurrent)
    LOAD_OPTIONAL(PyContext_Enter)
    LOAD_OPTIONAL(PyContext_Exit)
    LOAD_OPTIONAL(PyIter_Send)
    LOAD_OPTIONAL(PyList_GetItemRef)
    LOAD_OPTIONAL(PyDict_GetItemRef)
    LOAD_FUNCTION(PyUnicode_AsUTF8AndSize)
    LOAD_FUNCTION(PyObject_GetBuffer)
    LOAD_FUNCTION(PyBuffer_Release)
    LOAD_FUNCTION(PyBuffer_IsContiguous)
    LOAD_FUNCTION(PyBuffer_ToContiguous)
    cpython_library = library;
    return *error ? -1 : 0;
}

int cpython_load_exceptions(const char **error) {
    *error = NULL;
#define LOAD_EXCEPTION(name) { \
        PyObject **variable = (PyObject **)symbol(cpython_library, #name, error); \
        cpython_storage.name = variable ? *variable : NULL; \
    }
    CPYTHON_EXCEPTIONS(LOAD_EXCEPTION)
    return *error ? -1 : 0;
}

PyObject *cpython_call(PyObject *callable, PyObject *const *arguments, size_t count, PyObject *names) {
    const cpython_table *py = &cpython_storage;
    if (py->PyObject_Vectorcall) {
        return py->PyObject_Vectorcall(callable, arguments, count, names);
    }
    PyObject *positional = py->PyTuple_New((Py_ssize_t)count);
    if (!positional) return NULL;
    for (size_t i = 0; i < count; i++) {
        py->Py_IncRef(arguments[i]);
        py->PyTuple_SetItem(positional, (Py_ssize_t)i, arguments[i]);
    }
    PyObject *named = NULL, *result = NULL;
    if (names) {
        named = py->PyDict_New();
        if (!named) goto done;
        Py_ssize_t many = py->PyTuple_Size(names);
        for (Py_ssize_t i = 0; i < many; i++) {
            if (py->PyDict_SetItem(named, py->PyTuple_GetItem(names, i), arguments[count + (size_t)i])) goto done;
        }
    }
    result = py->PyObject_Call(callable, positional, named);
done:
    if (named) py->Py_DecRef(named);
    py->Py_DecRef(positional);
    return result;
}

PyObject *cpython_call_method(PyObject *name, PyObject *const *arguments, size_t count, PyObject *names) {
    const cpython_table *py = &cpython_storage;
    if (py->PyObject_VectorcallMethod) {
        return py->PyObject_VectorcallMethod(name, arguments, count, names);
    }
    PyObject *method = py->PyObject_GetAttr(arguments[0], name);
    if (!method) return NULL;
    PyObject *result = cpython_call(method, arguments + 1, count - 1, names);
    py->Py_DecRef(method);
    return result;
}
