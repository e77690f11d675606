/// Node-API as Node's own headers declare it, and libuv, which Node exports. Pinned to Node-API version 8, the newest
/// one that Node 18 supports.
#ifndef C_NODE_API_H
#define C_NODE_API_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <uv.h>

#endif
