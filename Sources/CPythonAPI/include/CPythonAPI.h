/// CPython's limited API as a table of functions that is filled at run time from the interpreter's shared library.
///
/// The addon links no Python: one binary serves every version from 3.8 on. The types of the entries come from the
/// headers of the Python that is installed where the addon is built; no prototype is written by hand where the
/// limited API of 3.8 has it.
#ifndef C_PYTHON_API_H
#define C_PYTHON_API_H

// First, so that Python's configuration does not change what the system's headers declare to Swift.
#include <sys/types.h>

#define Py_LIMITED_API 0x03080000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "CPythonStart.h"

/// Functions every supported Python has.
#define CPYTHON_FUNCTIONS(F) \
    F(Py_IncRef) F(Py_DecRef) F(Py_GetVersion) F(Py_IsInitialized) \
    F(PyEval_SaveThread) F(PyEval_RestoreThread) F(PyGILState_Ensure) F(PyGILState_GetThisThreadState) F(PyEval_GetBuiltins) F(PyEval_EvalCode) \
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
    F(PyLong_FromLong) F(PyLong_FromString) F(PyLong_AsLong) F(PyLong_FromSsize_t) F(PyNumber_Index) F(PyNumber_ToBase) \
    F(PyFloat_FromDouble) F(PyFloat_AsDouble) \
    F(PyCapsule_New) F(PyCapsule_GetPointer) F(PyCapsule_GetDestructor) F(PyCFunction_NewEx) \
    F(PyType_FromSpec) F(PyType_IsSubtype) F(PyObject_Free) F(_PyObject_New) \
    F(PyImport_ImportModule) F(PyImport_AddModule) F(PyModule_GetDict) F(Py_CompileString)

/// Objects every supported Python has; a table entry holds their address.
#define CPYTHON_OBJECTS(F) F(_Py_NoneStruct) F(_Py_TrueStruct) F(_Py_FalseStruct)

/// Exceptions: the library's variables hold pointers, the table holds the pointers themselves.
#define CPYTHON_EXCEPTIONS(F) \
    F(PyExc_BaseException) F(PyExc_Exception) F(PyExc_RuntimeError) F(PyExc_TypeError) F(PyExc_ValueError) \
    F(PyExc_KeyError) F(PyExc_OSError) F(PyExc_OverflowError) F(PyExc_UnicodeEncodeError) F(PyExc_BufferError) F(PyExc_StopIteration) F(PyExc_SystemError) \
    F(PyExc_SystemExit) F(PyExc_KeyboardInterrupt)

/// A view of an object's memory (`Py_buffer`): in the limited API's headers from 3.11 on, the same in every supported Python.
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

    // Outside 3.8's limited API, so without a prototype in its headers; looked up, NULL where absent.

    /// 3.9+: calls with an array of arguments, no tuple.
    PyObject *(*PyObject_Vectorcall)(PyObject *, PyObject *const *, size_t, PyObject *);
    /// 3.9+: calls a method with an array of arguments.
    PyObject *(*PyObject_VectorcallMethod)(PyObject *, PyObject *const *, size_t, PyObject *);
    /// 3.10+ in the limited API, exported since 3.3: a str's UTF-8, owned by the str.
    const char *(*PyUnicode_AsUTF8AndSize)(PyObject *, Py_ssize_t *);
    /// 3.7+: sets a context variable; outside the limited API, exported and unchanged since.
    PyObject *(*PyContextVar_Set)(PyObject *, PyObject *);
    /// 3.7+: copies the current context; outside the limited API, exported and unchanged since.
    PyObject *(*PyContext_CopyCurrent)(void);
    /// 3.7+: makes a context the current one, and takes that back; the same.
    int (*PyContext_Enter)(PyObject *);
    int (*PyContext_Exit)(PyObject *);
    /// In the limited API from 3.11 on, exported since 3.0: views of objects' memory.
    int (*PyObject_GetBuffer)(PyObject *, cpython_buffer *, int);
    void (*PyBuffer_Release)(cpython_buffer *);
    int (*PyBuffer_IsContiguous)(const cpython_buffer *, char);
    int (*PyBuffer_ToContiguous)(void *, const cpython_buffer *, Py_ssize_t, char);
    /// 3.10+: a coroutine's `send` without an exception for its end; returns 0 for its end, 1 for a yield, -1.
    int (*PyIter_Send)(PyObject *, PyObject *, PyObject **);
    /// 3.13+: an item of a list, and a value of a dict (1, 0 for none, -1), as new references: what other threads may change
    /// meanwhile cannot be borrowed without a GIL.
    PyObject *(*PyList_GetItemRef)(PyObject *, Py_ssize_t);
    int (*PyDict_GetItemRef)(PyObject *, PyObject *, PyObject **);
} cpython_table;

/// The table. Swift reads it through this function, so that no lazy global's check stands before each call.
static inline cpython_table *cpython_functions(void) {
    extern cpython_table cpython_storage;
    return &cpython_storage;
}

/// Takes a flag that several threads may want, where no GIL keeps them apart.
///
/// @return whether it was free
static inline int cpython_claim(unsigned char *flag) {
    return __atomic_exchange_n(flag, 1, __ATOMIC_ACQUIRE) == 0;
}

/// Gives a flag back that `cpython_claim` has taken.
static inline void cpython_yield(unsigned char *flag) { __atomic_store_n(flag, 0, __ATOMIC_RELEASE); }

/// Opens the shared library and fills the table.
///
/// @param path the shared library's file
/// @param mode how it is opened: with RTLD_GLOBAL, as C extensions expect the interpreter's symbols in the process
/// @param error receives what failed (dlerror's text or the missing symbol's name); valid until the next call
/// @return 0 when every function was found
int cpython_load(const char *path, int mode, const char **error);

/// Calls an object with an array of arguments.
///
/// PyObject_Vectorcall where there is one; on 3.8 a tuple is made. In C, because the fall-back needs a name table.
/// @param names a tuple of the keyword arguments' names (their values stand at the end), or NULL
/// @return a new reference, or NULL with an exception set
PyObject *cpython_call(PyObject *callable, PyObject *const *arguments, size_t count, PyObject *names);

/// Calls a method (arguments[0] is the receiver) with an array of arguments; see cpython_call.
PyObject *cpython_call_method(PyObject *name, PyObject *const *arguments, size_t count, PyObject *names);

/// A function that takes its arguments as an array (METH_FASTCALL | METH_KEYWORDS), as a PyCFunction.
typedef PyObject *(*cpython_fast_function)(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                                           PyObject *names);
static inline PyCFunction cpython_fast(cpython_fast_function function) {
    return (PyCFunction)(void (*)(void))function;
}

/// Fills the table's exceptions.
///
/// Called once the interpreter is initialised: before that the library's variables are empty.
/// @param error as for cpython_load
/// @return 0 when every exception was found
int cpython_load_exceptions(const char **error);

#endif
