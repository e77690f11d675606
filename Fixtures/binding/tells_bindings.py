"""What extension modules and libraries find in a process that has Node's own libraries: a path a question."""

import asyncio
import json
import os
import sys
import time


def uses_cout(folder):
    import sharing

    return sharing.write("written by std::cout\n")


def matches(folder):
    import sharing

    return sharing.matches("[[:alpha:]]+ [0-9]+", "room 101")


def sees_environment(folder):
    import sharing

    os.environ["SEEN_BY_C"] = "yes"
    return sharing.variable("SEEN_BY_C")


def knows_zone(folder):
    import sharing

    os.environ["TZ"] = "XYZ-3"
    time.tzset()
    return [*sharing.zone(), time.timezone]


def keeps_names_apart(folder):
    import sharing

    return sharing.versions()


def opens_with_ctypes(folder):
    import ctypes

    plugin = ctypes.CDLL(os.path.join(folder, "libplugin.so"))
    plugin.plugin_version.restype = ctypes.c_char_p
    return [plugin.plugin_version().decode(), plugin.plugin_sees_environment()]


def opens_with_cffi(folder):
    import cffi

    ffi = cffi.FFI()
    ffi.cdef("const char *plugin_version(void); int plugin_sees_environment(void);")
    plugin = ffi.dlopen(os.path.join(folder, "libplugin.so"))
    return [ffi.string(plugin.plugin_version()).decode(), plugin.plugin_sees_environment()]


def opens_openssl_with_ctypes(folder):
    import ctypes

    try:
        library = ctypes.CDLL("libssl.so.3")
        crypto = ctypes.CDLL("libcrypto.so.3")
    except OSError:
        return None
    library.TLS_method.restype = ctypes.c_void_p
    library.SSL_CTX_new.argtypes = [ctypes.c_void_p]
    library.SSL_CTX_new.restype = ctypes.c_void_p
    library.SSL_CTX_free.argtypes = [ctypes.c_void_p]
    crypto.OpenSSL_version.restype = ctypes.c_char_p
    context = library.SSL_CTX_new(library.TLS_method())
    library.SSL_CTX_free(context)
    return [context is not None, crypto.OpenSSL_version(0).decode()]


def has_its_own_libraries(folder):
    import hashlib
    import sqlite3
    import ssl
    import zlib

    ssl.create_default_context()
    return [ssl.OPENSSL_VERSION, zlib.ZLIB_RUNTIME_VERSION, sqlite3.sqlite_version, hashlib.md5(b"x").hexdigest()]


def exchanges_memory(folder):
    import sharing

    return sharing.exchange_memory()


def calls_what_is_preloaded(folder):
    import socket

    # Of the interpreter itself, and of an extension module.
    return [os.getppid(), socket.gethostname(), time.clock_getres(time.CLOCK_REALTIME)]


def sorts_numbers(folder):
    import numpy

    numbers = numpy.random.default_rng(1).random(100000)
    text = [str(number) for number in numpy.sort(numbers)[:100]]
    return len(text) == 100 and bool((numpy.linalg.inv(numpy.eye(50)) == numpy.eye(50)).all())


async def starts_child(folder):
    child = await asyncio.create_subprocess_exec("/usr/bin/env", env={"ONLY": "this"}, stdout=asyncio.subprocess.PIPE)
    output, _ = await child.communicate()
    return [type(asyncio.get_running_loop()).__module__.split(".")[0], output.decode()]


QUESTIONS = {
    function.__name__: function
    for function in (
        uses_cout,
        matches,
        sees_environment,
        knows_zone,
        keeps_names_apart,
        opens_with_ctypes,
        opens_with_cffi,
        opens_openssl_with_ctypes,
        has_its_own_libraries,
        exchanges_memory,
        calls_what_is_preloaded,
        sorts_numbers,
        starts_child,
    )
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    folder = os.environ["BINDING_FOLDER"]
    if folder not in sys.path:
        sys.path.append(folder)
    answer = QUESTIONS[scope["path"].strip("/")](folder)
    if asyncio.iscoroutine(answer):
        answer = await answer
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
