/// CPython's limited API as a table of functions, filled at run time from the interpreter's shared library.
///
/// The addon is not linked to Python, so one binary serves every version from 3.8 on. The types of the entries come
/// from the headers of the Python at build time; prototypes are written by hand only for functions outside the limited
/// API of 3.8.
#ifndef C_PYTHON_API_H
#define C_PYTHON_API_H

// Included first, so that Python's configuration macros do not change what the system's headers declare to Swift.
#include <sys/types.h>

#define Py_LIMITED_API 0x03080000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "CPythonStart.h"

/// Functions that every supported Python has.
#define CPYTHON_FUNCTIONS(F) \
    F(Py_IncRef) F(Py_DecRef) F(Py_GetVersion) F(Py_IsInitialized) \
    F(PyEval_SaveThread) F(PyEval_RestoreThread) F(PyGILState_Ensure) F(PyGILState_GetThisThreadState) \
    F(PyEval_GetBuiltins) F(PyEval_EvalCode) \
    F(PyErr_Occurred) F(PyErr_Fetch) F(PyErr_NormalizeException) F(PyErr_Clear) \
    F(PyErr_SetString) F(PyErr_SetObject) F(PyErr_SetNone) F(PyErr_ExceptionMatches) \
    F(PyErr_WriteUnraisable) F(PyException_SetTraceback) \
    F(PyObject_GetAttr) F(PyObject_GetAttrString) F(PyObject_SetAttr) F(PyObject_GenericGetAttr) F(PyObject_Size) \
    F(PyObject_Call) F(PyObject_IsTrue) F(PyObject_IsInstance) F(PyObject_GetIter) \
    F(PyObject_Str) F(PyObject_Type) F(PyObject_AsFileDescriptor) F(PyIter_Next) \
    F(PyDict_New) F(PyDict_Copy) F(PyDict_Next) F(PyDict_Size) F(PyDict_SetItem) F(PyDict_DelItem) \
    F(PyDict_GetItemWithError) F(PyDict_SetItemString) \
    F(PyList_New) F(PyList_Append) F(PyList_SetItem) F(PyList_GetItem) F(PyList_GetSlice) F(PyList_Size) \
    F(PyTuple_New) F(PyTuple_SetItem) F(PyTuple_GetItem) F(PyTuple_Size) \
    F(PySet_Add) F(PySet_Discard) F(PyWeakref_NewRef) \
    F(PySequence_Fast) F(PySequence_Size) F(PySequence_GetItem) \
    F(PyBytes_FromStringAndSize) F(PyBytes_AsStringAndSize) F(PyBytes_FromObject) \
    F(PyUnicode_DecodeUTF8) F(PyUnicode_DecodeUTF16) F(PyUnicode_DecodeLatin1) F(PyUnicode_DecodeFSDefault) \
    F(PyUnicode_AsEncodedString) F(PyUnicode_InternFromString) F(PyMemoryView_FromObject) \
    F(PyLong_FromLong) F(PyLong_FromString) F(PyLong_AsLong) F(PyLong_FromSsize_t) \
    F(PyNumber_Index) F(PyNumber_ToBase) \
    F(PyFloat_FromDouble) F(PyFloat_AsDouble) \
    F(PyCapsule_New) F(PyCapsule_GetPointer) F(PyCapsule_GetDestructor) F(PyCFunction_NewEx) \
    F(PyType_FromSpec) F(PyType_IsSubtype) F(PyObject_Free) F(_PyObject_New) \
    F(PyImport_ImportModule) F(PyImport_AddModule) F(PyModule_GetDict) F(Py_CompileString)

/// Objects that every supported Python has. An entry holds the object's address.
#define CPYTHON_OBJECTS(F) F(_Py_NoneStruct) F(_Py_TrueStruct) F(_Py_FalseStruct)

/// Exceptions. The library has variables that hold the pointers; an entry holds the pointer itself.
#define CPYTHON_EXCEPTIONS(F) \
    F(PyExc_BaseException) F(PyExc_Exception) F(PyExc_RuntimeError) F(PyExc_TypeError) F(PyExc_ValueError) \
    F(PyExc_KeyError) F(PyExc_OSError) F(PyExc_OverflowError) F(PyExc_UnicodeEncodeError) F(PyExc_BufferError) \
    F(PyExc_StopIteration) F(PyExc_SystemError) \
    F(PyExc_SystemExit) F(PyExc_KeyboardInterrupt)

/// A view of an object's memory (`Py_buffer`). The limited API has it from 3.11 on; its layout is the same in every
/// supported Python.
typedef struct {
    void *buf;
    PyObject *obj;
    Py_ssize_t len;
    Py_ssize_t itemsize;
    int readonly;
    int ndim;
    char *format;
    Py_ssize_t *shape;
    Py_ssize_t *strides;
    Py_ssize_t *suboffsets;
    void *internal;
} cpython_buffer;

#define CPYTHON_FIELD(name) __typeof__(&name) name;
#define CPYTHON_POINTER(name) PyObject *name;

typedef struct {
    CPYTHON_FUNCTIONS(CPYTHON_FIELD)
    CPYTHON_OBJECTS(CPYTHON_POINTER)
    CPYTHON_EXCEPTIONS(CPYTHON_POINTER)

    // Functions outside the limited API of 3.8, whose headers therefore have no prototypes. NULL if the library lacks
    // one.

    /// 3.9+: calls an object with an array of arguments instead of a tuple.
    PyObject *(*PyObject_Vectorcall)(PyObject *, PyObject *const *, size_t, PyObject *);
    /// 3.9+: calls a method with an array of arguments.
    PyObject *(*PyObject_VectorcallMethod)(PyObject *, PyObject *const *, size_t, PyObject *);
    /// In the limited API from 3.10 on, exported since 3.3: a str's UTF-8, owned by the str.
    const char *(*PyUnicode_AsUTF8AndSize)(PyObject *, Py_ssize_t *);
    /// 3.7+: sets a context variable; outside the limited API, exported and unchanged since.
    PyObject *(*PyContextVar_Set)(PyObject *, PyObject *);
    /// 3.7+: copies the current context; outside the limited API, exported and unchanged since.
    PyObject *(*PyContext_CopyCurrent)(void);
    /// 3.7+: makes a context the current one, and leaves it again; outside the limited API, exported and unchanged
    /// since.
    int (*PyContext_Enter)(PyObject *);
    int (*PyContext_Exit)(PyObject *);
    /// In the limited API from 3.11 on, exported since 3.0: access to objects' memory.
    int (*PyObject_GetBuffer)(PyObject *, cpython_buffer *, int);
    void (*PyBuffer_Release)(cpython_buffer *);
    int (*PyBuffer_IsContiguous)(const cpython_buffer *, char);
    int (*PyBuffer_ToContiguous)(void *, const cpython_buffer *, Py_ssize_t, char);
    /// 3.10+: sends a value into a coroutine without an exception at its end. Returns 0 at its end, 1 for a yielded
    /// value, -1 for an error.
    int (*PyIter_Send)(PyObject *, PyObject *, PyObject **);
    /// 3.13+: an item of a list, and a value of a dict (1 if found, 0 if not, -1 for an error), as new references.
    /// Without a GIL a borrowed reference is unsafe, because other threads may remove the item.
    PyObject *(*PyList_GetItemRef)(PyObject *, Py_ssize_t);
    int (*PyDict_GetItemRef)(PyObject *, PyObject *, PyObject **);
} cpython_table;

/// The table. Swift reads it through this function because a lazy global would be checked before each call.
static inline cpython_table *cpython_functions(void) {
    extern cpython_table cpython_storage;
    return &cpython_storage;
}

/// Sets a flag atomically, for threads that no GIL keeps apart.
///
/// @return whether it was clear before
static inline int cpython_claim(unsigned char *flag) {
    return __atomic_exchange_n(flag, 1, __ATOMIC_ACQUIRE) == 0;
}

/// Clears a flag that `cpython_claim` has set.
static inline void cpython_release(unsigned char *flag) { __atomic_store_n(flag, 0, __ATOMIC_RELEASE); }

/// Opens the shared library and fills the table. Called once, on any thread.
///
/// @param path the shared library's file
/// @param mode flags for `dlopen`; with RTLD_GLOBAL, as C extensions expect the interpreter's symbols in the process
/// @param error receives what failed (dlerror's text or the missing symbol's name); valid until the next call
/// @return 0 if every required function was found, else -1
int cpython_load(const char *path, int mode, const char **error);

/// Calls an object with an array of arguments (PyObject_Vectorcall; on 3.8 PyObject_Call with a tuple).
///
/// @param names a tuple with the names of the keyword arguments, whose values come last in the array; NULL for none
/// @return a new reference, or NULL with an exception set
PyObject *cpython_call(PyObject *callable, PyObject *const *arguments, size_t count, PyObject *names);

/// Calls the method `name` of arguments[0] with an array of arguments; else as `cpython_call`.
PyObject *cpython_call_method(PyObject *name, PyObject *const *arguments, size_t count, PyObject *names);

/// A function that takes its arguments as an array (METH_FASTCALL | METH_KEYWORDS), and its cast to PyCFunction.
typedef PyObject *(*cpython_fast_function)(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                                           PyObject *names);
static inline PyCFunction cpython_fast(cpython_fast_function function) {
    return (PyCFunction)(void (*)(void))function;
}

/// Fills the table's exceptions. Called after the interpreter was initialised: before, the library's variables are
/// NULL.
///
/// @param error as for cpython_load
/// @return 0 if every exception was found, else -1
int cpython_load_exceptions(const char **error);

#endif
