/// Node-API as Node's own headers declare it, pinned to version 8: the newest one that Node 18 still loads; and libuv,
/// which Node exports.
#ifndef C_NODE_API_H
#define C_NODE_API_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <uv.h>

/// A function of Node's, and one of libuv's, which may be in a library of its own: they tell whose handlers of signals
/// are whose.
static inline const void *cnodeapi_node(void) { return (const void *)&napi_create_object; }
static inline const void *cnodeapi_libuv(void) { return (const void *)&uv_run; }

#endif
