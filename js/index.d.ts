/// <reference types="node" />

import type { EventEmitter } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { AddressInfo, ListenOptions } from 'node:net'
import type { Duplex } from 'node:stream'

// ---------------------------------------------------------------------------------------------------------------------
// Handler

/** Where the app is: a Python module, and the name of the app in it. */
export interface AppTarget {
  /** A file or module below the docroot: `main`, `main.py`, `package.module`. */
  file: string
  /** The name of the app in that module: `app`, or a dotted name such as `site.app`. */
  function: string
}

/** Options of a handler; all are optional. */
export interface HandlerOptions {
  /**
   * The folder the app is imported from, default `process.cwd()`; a relative path is allowed. The first docroot of the
   * process is first on `sys.path`. If a later one has a module of the same name, that module gets a longer `__name__`,
   * such as `docroot_shop.main`.
   */
  docroot?: string
  /**
   * The path prefix that the app is mounted under, ASGI's `root_path`, default `''`; like `/api`, without a slash at
   * its end. A mount path of Express or Connect that begins with `rootPath` replaces it; any other is appended to it.
   */
  rootPath?: string
  /**
   * The Python to use: an interpreter, or the folder of a virtual environment. Default: `PYTHON_NODE_PYTHON`,
   * `VIRTUAL_ENV`, `.venv` in the docroot or a parent of it, `python3` on `PATH`. Chosen once per process.
   */
  python?: string
  /** The interface of the app, default `'auto'`: detected. `'wsgi'` needs the Python package `a2wsgi`. */
  interface?: 'auto' | 'asgi3' | 'asgi2' | 'wsgi'
  /**
   * Whether the target is a function that returns the app; default `false`. A function without parameters is called
   * in any case, with a warning of the logger `python_node`.
   */
  factory?: boolean
  /** Whether to run ASGI's lifespan protocol, default `'auto'`: if the app supports it. */
  lifespan?: 'auto' | 'on' | 'off'
  /**
   * Milliseconds that the app's startup and its shutdown may each take, default 60 000; 0: no limit. Then
   * `ERR_ASGI_LIFESPAN`.
   */
  lifespanTimeout?: number
  /**
   * How many lifespans run if there are several `loops`, default `'loop'`: one on each loop, one after the other, each
   * with a `state` of its own. `'process'`: one on the first loop, and all loops share its `state`.
   */
  lifespanScope?: 'loop' | 'process'
  /**
   * The event loop, default `'auto'`: uvloop if it can be imported, else asyncio. Also `'module:factory'`, a Python
   * function that returns a new loop. All handlers of a process use the same.
   */
  loop?: 'auto' | 'asyncio' | 'uvloop' | (string & {})
  /**
   * How many event loops run the app in parallel, each on a thread of its own; at most 1024, and 0 means one per core.
   * More than one needs a free-threaded Python, else `ERR_ASGI_GIL`. Chosen once per process, by the first
   * handler: this option, else `PYTHON_NODE_LOOPS`, else 1.
   */
  loops?: number
  /**
   * Where the event loop runs: `'own'`, a thread of its own, or `'node'`, on this JavaScript thread (asyncio's own loop
   * only; Python code then blocks JavaScript). Chosen once per process; default `PYTHON_NODE_THREAD`, else what the
   * first handler chose, else `'own'`.
   */
  thread?: 'own' | 'node'
  /**
   * Milliseconds to wait for the response to start, default 30 000; 0: no limit. Then `ERR_ASGI_NO_RESPONSE`. Apps that
   * delay a response on purpose need more: a long poll of Engine.IO (Socket.IO) waits up to 45 seconds.
   */
  responseTimeout?: number
  /**
   * The most requests in flight, default 0: no limit. Further requests fail with `ERR_ASGI_TOO_MANY_REQUESTS`; clients
   * of a server get a 503.
   */
  maxConcurrency?: number
  /**
   * Bytes of a body that are buffered in each direction before the producer waits, default 65 536. While the consumer
   * keeps up, the buffer grows: for an upload up to 4 times, 256 KiB at most; for a response through `listener` up to 8
   * times, 512 KiB at most.
   */
  highWaterMark?: number
  /**
   * Keys to add to every scope, with values that JSON can hold; ASGI's own keys cannot be overridden. A function is
   * called with each request (the one given to `listener`, `upgrade`, `fetch` or a method) and returns its keys; if it
   * throws, that request fails.
   */
  scope?: Record<string, unknown> | ((request: any) => object | null | undefined)
  /**
   * Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers `listener` and `upgrade` believe, default none:
   * addresses, networks such as `10.0.0.0/8`, `*` for all, `unix:` for Unix sockets. An array, or a string with commas.
   */
  forwardedAllowIps?: string | string[]
  /** Changes each request before the app gets it: a `Rewriter`, or any object with its method `rewrite`. */
  rewriter?: RequestRewriter
  /**
   * Whether clients of `listener` and `createServer` see the app's exceptions, default false. Browsers get a page with
   * the traceback, the source, the request and the variables of the failing frame, clients that ask for
   * `application/json` get JSON, others the traceback. It also replaces a framework's plain "Internal Server Error". For
   * development only.
   */
  exposeErrors?: boolean
  /**
   * The largest WebSocket message in bytes, default 16 MiB; 0: no limit. A larger message closes the socket with 1009,
   * and one of more than 131,072 fragments with 1008 (RFC 6455, 7.4.1).
   */
  wsMaxPayload?: number
  /** Milliseconds between a WebSocket client's last pong and the next ping, default 20 000; 0: no pings. */
  wsPingInterval?: number
  /** Milliseconds to wait for a pong before the connection is closed as lost, default 20 000; 0: no limit. */
  wsPingTimeout?: number
  /** Messages buffered for a slow app before its client is no longer read, default 32. */
  wsQueue?: number
  /** Milliseconds that the app may take to accept, default 10 000; 0: no limit. Then `ERR_ASGI_NO_RESPONSE`. */
  wsAcceptTimeout?: number
  /**
   * Whether WebSocket messages are compressed if the client offers it (RFC 7692), default true. An object is passed to
   * the package `ws` as its option of this name.
   */
  perMessageDeflate?: boolean | object
}

/** Options of a handler in one object. */
export interface HandlerOptionsWithTarget extends HandlerOptions {
  /**
   * Where the app is, default `'main:app'`. With `null` the handler has plain functions only; requests are refused with
   * `ERR_ASGI_NOT_CALLABLE`.
   */
  appTarget?: string | AppTarget | null
}

/** Options of one request. */
export interface RequestCallOptions {
  /**
   * Aborts the request: the app receives `http.disconnect`, and the promise or the body rejects with the signal's
   * reason.
   */
  signal?: AbortSignal
}

/** Options of `dispatcher`. */
export interface DispatcherOptions {
  /** The origins that the app answers, like `'http://python.internal'`; default: all. */
  origin?: string | string[]
  /** The dispatcher for other origins; only with `origin`. Without it, requests to other origins fail. */
  fallback?: { dispatch(options: any, handler: any): boolean }
}

/** The type of the global fetch's option `dispatcher`, if its types declare one. */
type FetchDispatcher = RequestInit extends { dispatcher?: infer Dispatcher } ? NonNullable<Dispatcher> : unknown

/**
 * A dispatcher of undici whose requests the app answers: for the option `dispatcher` of Node's `fetch` and of undici's
 * functions.
 *
 * It has undici's `dispatch`, `close`, `destroy` and the event 'drain'. Undici's `headersTimeout`, `bodyTimeout` and
 * `maxRedirections` are ignored; upgrades and CONNECT are refused.
 */
export interface PythonDispatcher extends EventEmitter {
  /**
   * Sends a request to the app, or to the fallback. Failures go to the handler's error callback.
   *
   * @param options undici's: `origin`, `path`, `method`, `headers`, `body`, `query`.
   * @param handler undici's, with the callbacks of either version: `onRequestStart` and so on, or `onConnect` and so
   *   on.
   * @returns false if `maxConcurrency` is reached or the request was refused: wait for 'drain'.
   * @throws `ERR_ASGI_INVALID_OPTION` if `handler` has no such callbacks.
   */
  dispatch(options: any, handler: any): boolean
  /** Refuses further requests and resolves when those under way have ended. The PythonHandler stays open. */
  close(): Promise<void>
  /** Like `close()`, and calls the callback at the end instead of returning a promise. */
  close(callback: () => void): void
  /** Refuses further requests and aborts those under way with the error. The PythonHandler stays open. */
  destroy(): Promise<void>
  destroy(error: Error | null): Promise<void>
  destroy(callback: () => void): void
  destroy(error: Error | null, callback: () => void): void
  /** Whether `close` or `destroy` was called. */
  readonly closed: boolean
  /** Whether `destroy` was called, or `close` has ended. */
  readonly destroyed: boolean
}

/** Options of `close`. */
export interface CloseOptions {
  /**
   * Milliseconds to wait for requests in flight before they are disconnected, default 10 000. When the last app of the
   * process has shut down, work in threads gets the rest of this time.
   */
  timeout?: number
}

/** The Python of this process. */
export interface PythonRuntime {
  /** Python's version, as `3.11.7`. */
  version: string
  /** Python's implementation, `CPython`. */
  implementation: string
  /** The path of the interpreter: `sys.executable`. */
  executable: string
  /** The folder of the virtual environment, else of the installation: `sys.prefix`. */
  prefix: string
  /** The package of the event loop: `uvloop`, `asyncio`, or another. */
  loop: string
  /** The number of event loops. */
  loops: number
  /** Whether the GIL is on: false in free-threaded builds, until an extension turns it on. */
  gil: boolean
}

/** Counters of a handler, since it was made. */
export interface HandlerStats {
  /** Requests sent to the app. */
  requests: number
  /** Requests whose response has not ended. */
  inFlight: number
  /**
   * The delay of Python's event loop in milliseconds, measured twice a second; with several loops the longest. All
   * handlers of the process share it.
   */
  loopLag: number
  /** With several event loops, for each: the requests in flight, of all handlers, and its delay in milliseconds. */
  loops?: { inFlight: number; loopLag: number }[]
  /** Errors of the app: exceptions, also after the response, and responses that are missing or incomplete. */
  errors: number
  /** Requests whose client disconnected before the response had ended. */
  disconnects: number
  /** Bytes of request bodies. */
  bytesIn: number
  /** Bytes of response bodies. */
  bytesOut: number
  /** WebSockets sent to the app; an open one counts as in flight. */
  websockets: number
}

/** A request listener for `http.createServer`, `http2.createServer`, Express and Connect. */
export type Listener = (
  req: IncomingMessage | Http2ServerRequest,
  res: ServerResponse | Http2ServerResponse,
  next?: (error?: any) => void,
) => void

/** A function for the event 'upgrade' of http and https servers. */
export type UpgradeListener = (req: IncomingMessage, socket: Duplex, head: Buffer) => void

/**
 * Runs an ASGI app in this process.
 *
 * The constructor imports the app, and throws if that fails.
 */
export class PythonHandler {
  /**
   * @param target where the app is, default `'main:app'`.
   * @throws `ERR_ASGI_INVALID_TARGET`, `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`, `ERR_ASGI_ENTRY_NOT_FOUND`,
   *   `ERR_ASGI_PYTHON`, `ERR_ASGI_NOT_CALLABLE`, `ERR_ASGI_INTERPRETER`, `ERR_ASGI_GIL`.
   */
  constructor(target?: string | AppTarget, options?: HandlerOptions)
  /**
   * @param file a file or module: `main`, `main.py`, `package.module`.
   * @param functionName the callable's name in it.
   */
  constructor(file: string, functionName: string, options?: HandlerOptions)
  /** @param options all options in one object, with the target as `appTarget`; `null` for plain functions only. */
  constructor(options: HandlerOptionsWithTarget)

  /** The folder the app was imported from, as given. */
  readonly docroot: string

  /**
   * Resolves when the app's startup is complete. Requests wait for it by themselves.
   *
   * Rejects with `ERR_ASGI_LIFESPAN` if the app's startup failed.
   */
  ready(): Promise<void>

  /**
   * Sends a request and waits for the whole response; its `body` is a Buffer.
   *
   * Rejects with the signal's reason, `ERR_ASGI_PYTHON`, `ERR_ASGI_NO_RESPONSE`, `ERR_ASGI_INCOMPLETE_RESPONSE`,
   * `ERR_ASGI_CLOSED`, `ERR_ASGI_TOO_MANY_REQUESTS`, `ERR_ASGI_LIFESPAN`, `ERR_ASGI_EXPECTED_REQUEST`,
   * `ERR_ASGI_REQUEST_USED` and the errors of `Request`.
   */
  handleRequest(
    request: Request | RequestOptions,
    signalOrOptions?: AbortSignal | RequestCallOptions | null,
  ): Promise<Response>

  /**
   * Sends a request and resolves with the response as soon as it starts; read its body with `next()` or `for await`.
   *
   * The request's body can be written while the response is read. A request without a given body stays open until
   * `request.end()`, except with GET, HEAD, OPTIONS, DELETE and TRACE. With `websocket: true` the promise resolves when
   * the app accepts; if the app refuses, the response has status 403 or is the app's own. Rejects like `handleRequest`;
   * once the response has started, reading its body rejects instead.
   */
  handleStream(
    request: Request | RequestOptions,
    signalOrOptions?: AbortSignal | RequestCallOptions | null,
  ): Promise<Response>

  /**
   * Sends a request and blocks this thread until the response is complete.
   *
   * @throws `ERR_ASGI_BODY_INCOMPLETE` if the body is a stream that has not ended, and the errors of `handleRequest`.
   */
  handleRequestSync(request: Request | RequestOptions): Response

  /**
   * Calls the app with a scope of any type, for protocols that are neither HTTP nor WebSocket.
   *
   * @param scope has a `type`. The keys of the option `scope` are added, and `asgi` if it is missing.
   * @param signalOrOptions the signal cancels the app; `receive()` then rejects with its reason.
   * @throws `ERR_ASGI_INVALID_EVENT`, `ERR_ASGI_CLOSED`, `ERR_ASGI_TOO_MANY_REQUESTS`, or the signal's reason if it has
   *   already aborted.
   */
  connect(scope: AsgiEvent, signalOrOptions?: AbortSignal | RequestCallOptions | null): Connection

  /**
   * Returns a JavaScript function that calls a plain Python function.
   *
   * The first call imports it from the handler's docroot, as an app is imported. Calls wait for the app's startup.
   * `async def` runs on the event loop, `def` in a thread of the loop's default executor. The type argument declares
   * the function's types; they are not checked.
   *
   * @param target where the function is: `'model:predict'`, `'model.py:model.predict'`.
   * @throws `ERR_ASGI_INVALID_TARGET`, `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`. If there is no such
   *   function, its calls reject: see `PythonFunction`.
   */
  function<Signature extends (...args: any[]) => any = (...args: any[]) => any>(
    target: string | AppTarget,
    options?: FunctionOptions,
  ): PythonFunction<Signature>

  /**
   * Answers the requests of a server, streaming both ways; it can be passed on without the handler. The app gets
   * `req.method`, `req.url` and `req.headers` as earlier middleware leaves them.
   *
   * Also for the event 'checkContinue': a client that sends `Expect: 100-continue` (RFC 9110, 10.1.1) is asked for its
   * body when the app reads it.
   *
   * An error of the app before its response starts goes to `next`. Without `next`, the client gets a 500 and the error
   * goes to the listeners of 'error'. An error after the start closes the connection and goes to the listeners of
   * 'error'. If a framework answers 500 and raises again, and there is a `next`, a response that says only "Internal
   * Server Error" is dropped and the error goes to `next`; any other response is sent, and the error goes to the
   * listeners of 'error'. A request over `maxConcurrency` or after `close()` gets a 503.
   *
   * A response that has already started, ended, been destroyed, or been given to another call is not touched; the
   * listeners of 'error' get `ERR_ASGI_REQUEST_USED` or `ERR_ASGI_DISCONNECTED`. They also get errors thrown by methods
   * of `res` or by `next`; the client then gets a 500 or a closed connection.
   */
  readonly listener: Listener

  /**
   * Handles the WebSockets of a server: `server.on('upgrade', handler.upgrade)`; it can be passed on without the
   * handler.
   *
   * The handshake waits for the app. If the app refuses, the client gets a 403 or the app's own response. An exception
   * goes to the listeners of 'error'; the client gets a 500 before the app has accepted, and a close with 1011 after
   * it.
   *
   * @throws `ERR_ASGI_WEBSOCKET_LIBRARY` when the property is read and the package `ws` is not installed.
   */
  readonly upgrade: UpgradeListener

  /**
   * Answers requests that Node cannot parse: `server.on('clientError', handler.clientError)`; it can be passed on
   * without the handler.
   *
   * Responses under way on the connection are finished first. Without this listener, Node would write its 400 into the
   * middle of one of them.
   */
  readonly clientError: (error: Error, socket: Duplex) => void

  /**
   * Answers a request of the web's standard, streaming both ways; it can be passed on without the handler. Takes the
   * arguments of the global `fetch`; redirects are returned, not followed. Rejects like `handleStream`, and with a
   * TypeError for an invalid URL.
   */
  readonly fetch: (input: globalThis.Request | string | URL, init?: RequestInit) => Promise<globalThis.Response>

  /**
   * Makes an HTTP/1.1 server that is used like that of `http.createServer`. Native threads read and write its
   * connections: requests for the app never touch JavaScript, and are accepted while JavaScript computes.
   *
   * A connection is handed over to Node at its first request that is not for the app (see `paths`) or that asks for
   * another protocol. From then on Node serves it with `listener` and `upgrade`, including requests for the app.
   * WebSockets need the package `ws`; they do not need a `requestListener`.
   *
   * `close()` of the handler closes its servers: they accept no more connections, and the app's requests end like those
   * of `listener`: after its `timeout` requests without a response get a 503, and other responses are cut off.
   *
   * The handler's `responseTimeout` applies, and `maxConcurrency` is one limit for the requests of all servers and of
   * JavaScript. While the channels of `node:diagnostics_channel` have subscribers, the messages of a request are
   * published together when it is over; changes that a subscriber makes have no effect.
   *
   * @param requestListener handles requests that are not for the app: a function, an Express app, or a server of
   *   node:http, whose listeners for 'request', 'upgrade', 'connect', 'checkContinue', 'checkExpectation' and
   *   'clientError' are called; timeouts and limits are those of the options here. Without one these requests are
   *   answered with 404.
   * @throws `ERR_ASGI_INVALID_OPTION`, also if the handler has the option `rewriter`, or a function as `scope`: they
   *   need JavaScript for each request.
   */
  createServer(options?: PythonServerOptions, requestListener?: RequestListener | Server): PythonServer
  createServer(requestListener: RequestListener | Server): PythonServer

  /**
   * Makes a dispatcher of undici: `fetch(url, { dispatcher })` then calls the app in this process, without a network.
   *
   * @throws `ERR_ASGI_INVALID_OPTION`.
   */
  dispatcher(options?: DispatcherOptions): PythonDispatcher & FetchDispatcher

  /**
   * Closes the handler: refuses new requests, waits for those in flight, disconnects the rest, runs the app's shutdown
   * and waits for its work in threads. Further calls return the same promise.
   *
   * Rejects with `ERR_ASGI_LIFESPAN` if the app's shutdown fails or takes longer than `lifespanTimeout`.
   */
  close(options?: CloseOptions): Promise<void>

  /** The Python of this process, and its event loop. */
  readonly runtime: PythonRuntime

  /** Returns the handler's counters. */
  stats(): HandlerStats

  /** Listens to every record that Python's `logging` handles, of all requests. */
  on(event: 'log', listener: (record: LogRecord) => void): this
  /**
   * Listens to errors that reach no caller: exceptions of the app during or after a response of `listener` (frameworks
   * raise after a 500), errors that became a plain 500, and errors thrown by functions of the program that were called
   * for a response. Each is reported once. Without a listener they go to stderr, with the traceback.
   *
   * @param listener gets an AsgiError, or the value that was thrown.
   */
  on(event: 'error', listener: (error: AsgiError) => void): this
  /** Like `on`, for one event. */
  once(event: 'log', listener: (record: LogRecord) => void): this
  once(event: 'error', listener: (error: AsgiError) => void): this
  /** Removes a listener. */
  off(event: 'log', listener: (record: LogRecord) => void): this
  off(event: 'error', listener: (error: AsgiError) => void): this
}

/** A record of Python's `logging`. */
export interface LogRecord {
  /** The name of its level: `'INFO'`, `'WARNING'`, … */
  level: string
  /** The logger's name. */
  logger: string
  /** The message with its arguments, and the traceback of the exception it was logged with. */
  message: string
  /** Seconds since 1970. */
  time: number
}

/** A request in the messages of `node:diagnostics_channel`: the same object in all messages of the request. */
export interface ObservedRequest {
  /** The handler that got the request. */
  readonly handler: PythonHandler
  /** The method, in upper case. */
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** The scheme of the URL. */
  readonly scheme: 'http' | 'https'
  /** The HTTP version, such as `1.1`. */
  readonly httpVersion: string
  /** The client's address and port; `null` for a request made in this process. */
  readonly client: [host: string, port: number | undefined] | null
  /**
   * A copy of the headers. Changes that subscribers of `python-node:request:start` make reach Python; later ones have no
   * effect.
   */
  readonly headers: Headers
}

/**
 * The messages of `node:diagnostics_channel`, by the names of their channels. `elapsed` is in milliseconds since the
 * request was sent to the app.
 */
export interface DiagnosticsMessages {
  /** A request is about to be sent to the app. */
  'python-node:request:start': { request: ObservedRequest }
  /** The app has started its response. */
  'python-node:response:start': { request: ObservedRequest; status: number; elapsed: number }
  /**
   * The response has ended. `aborted`: the client has disconnected; `status` is `null` if that was before the response.
   */
  'python-node:request:end': { request: ObservedRequest; status: number | null; aborted: boolean; elapsed: number }
  /** The request has failed; `status` is `null` if no response had started. */
  'python-node:request:error': { request: ObservedRequest; error: any; status: number | null; elapsed: number }
  /** The app has accepted a WebSocket. */
  'python-node:websocket:open': { request: ObservedRequest; elapsed: number }
  /** A WebSocket is closed; `code` is `null` if the connection was lost. */
  'python-node:websocket:close': { request: ObservedRequest; code: number | null; elapsed: number }
}

/** Another name of PythonHandler. */
export { PythonHandler as Python }

// ---------------------------------------------------------------------------------------------------------------------
// Server

/** A request listener of `http.createServer`, for requests that are not for the app; an Express app is one. */
export type RequestListener = (req: IncomingMessage, res: ServerResponse & { req: IncomingMessage }) => void

/** Options of `createServer`; all are optional. */
export interface PythonServerOptions {
  /**
   * The paths that are for the app, default `['/']`: all. `/api` means `/api` and all paths below it, compared as the
   * client has sent them, percent-encoded.
   */
  paths?: string[]
  /** Threads that read and write connections, default 1; at most 64. */
  ioThreads?: number
  /** Milliseconds to wait for a request's head, default 60 000; at most `requestTimeout`. 0: no limit. */
  headersTimeout?: number
  /** Milliseconds to wait for a whole request with its body, default 300 000; 0: no limit. */
  requestTimeout?: number
  /**
   * Milliseconds without a request after which a connection is closed, default 5 000; 0: no limit. Responses tell it to
   * clients as `Keep-Alive: timeout`.
   */
  keepAliveTimeout?: number
  /**
   * Milliseconds without progress after which a client that does not read its response is cut off, default 0: no limit.
   */
  writeTimeout?: number
  /** The largest head of a request in bytes, default 16 384; at least 1 024. A larger one is answered with 431. */
  maxHeaderSize?: number
  /** The most headers of a request, default 2 000; 0: no limit. More are answered with 431. */
  maxHeadersCount?: number
  /**
   * The most connections, default 0: no limit. It also limits those handed over to Node, which are counted separately.
   */
  maxConnections?: number
  /** The largest body of a request in bytes, default 0: no limit. A larger one is answered with 413. */
  maxRequestBody?: number
  /** A path that the server itself answers with 200 and `ok`, without JavaScript and Python; default `''`: none. */
  healthPath?: string
  /**
   * Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers are believed; default: the handler's
   * `forwardedAllowIps`. `''`: none.
   */
  forwardedAllowIps?: string | string[]
  /** Headers to add to every response that does not have them, default `{}`. */
  headers?: Record<string, string | string[]>
  /**
   * Whether clients see the app's exceptions, as with the handler's `exposeErrors`, which is the default. JavaScript
   * makes the page of a request that has failed. It shows source and variables only if the handler has the option.
   */
  exposeErrors?: boolean
}

/** Counters of a server since it began to listen. */
export interface PythonServerStats {
  /** Open connections, except those handed over to Node. */
  connections: number
  /** Requests for the app, and those that the server answers itself. */
  requests: number
  /** Requests whose response has not ended. */
  inFlight: number
  /** Files that are being sent; each uses a file descriptor. */
  files: number
  /** Connections that were handed over to Node. */
  handedOver: number
  /** Requests that were invalid or too large. */
  refused: number
  /** Requests that ended with an error of the app. */
  errors: number
  /** Requests whose client disconnected before the response had ended. */
  disconnects: number
  /** Bytes of request bodies. */
  bytesIn: number
  /** Bytes of response bodies. */
  bytesOut: number
}

/** Connections that were refused because of `maxConnections`. */
export interface DroppedConnections {
  /** The number of connections. */
  count: number
  /** The server's address; absent for a Unix socket, like the next two. */
  localAddress?: string
  /** The server's port. */
  localPort?: number
  /** The family of the address: `IPv4` or `IPv6`. */
  localFamily?: string
}

/**
 * A server of `createServer`. It keeps the process alive while it listens, unless `unref()` was called.
 *
 * In a worker of `node:cluster` it listens by itself, not through the primary; with `reusePort` several workers can
 * share a port. Where Node has `Symbol.asyncDispose`, `await using` closes it.
 */
export interface PythonServer extends EventEmitter {
  /**
   * Starts listening, and emits 'listening', or 'error' if it cannot, as `net.Server` does.
   *
   * @throws `ERR_SERVER_ALREADY_LISTEN`, `ERR_ASGI_CLOSED`, `ERR_INVALID_ARG_VALUE`, `ERR_INVALID_ARG_TYPE`,
   *   `ERR_SOCKET_BAD_PORT`.
   */
  listen(port?: number, host?: string, backlog?: number, callback?: () => void): this
  listen(port?: number, host?: string, callback?: () => void): this
  listen(port?: number, backlog?: number, callback?: () => void): this
  listen(port?: number, callback?: () => void): this
  listen(path: string, backlog?: number, callback?: () => void): this
  listen(path: string, callback?: () => void): this
  /**
   * @param options those of `net.Server`, except `ipv6Only` and `exclusive`; `fd`: the descriptor of a listening
   *   socket; `reusePort`: other sockets may listen on the same port and share the connections.
   */
  listen(
    options: Omit<ListenOptions, 'ipv6Only' | 'exclusive'> & { fd?: number; reusePort?: boolean },
    callback?: () => void,
  ): this
  /** The address it listens on, for a Unix socket its path; `null` if it does not listen. */
  address(): AddressInfo | string | null
  /** Whether connections are accepted. */
  readonly listening: boolean
  /**
   * Accepts no more connections, closes idle ones, and closes the others after their response. Emits 'close' when all
   * are closed, including WebSockets.
   *
   * @param callback called on 'close', with the error `ERR_SERVER_NOT_RUNNING` if the server did not listen.
   */
  close(callback?: (error?: Error) => void): this
  /** Closes connections without a request. */
  closeIdleConnections(): void
  /** Closes all connections at once, except upgraded ones. */
  closeAllConnections(): void
  /** Keeps the process alive while it listens, which is the default. */
  ref(): this
  /** Lets the process end while it listens. */
  unref(): this
  /** Returns the server's counters. */
  stats(): PythonServerStats
  /** Listens to the events of `net.Server`: 'listening', 'close', 'error' and 'drop'. */
  on(event: 'listening' | 'close', listener: () => void): this
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): this
  on(event: 'drop', listener: (dropped: DroppedConnections) => void): this
  /** Like `on`, for one event. */
  once(event: 'listening' | 'close', listener: () => void): this
  once(event: 'error', listener: (error: NodeJS.ErrnoException) => void): this
  once(event: 'drop', listener: (dropped: DroppedConnections) => void): this
}

// ---------------------------------------------------------------------------------------------------------------------
// Plain functions

/** Options of a Python function's calls. */
export interface FunctionOptions {
  /**
   * Whether a `def` runs on the event loop, which it blocks, instead of in a thread; default false. It has a context of
   * its own (`contextvars`) but no asyncio task.
   */
  inline?: boolean
  /**
   * Cancels the calls, which reject with its reason. An `async def` gets a CancelledError, a generator is closed. A
   * `def` that runs in a thread goes on to its end, and what it returns is dropped.
   */
  signal?: AbortSignal | null
}

/**
 * A Python function. Its arguments and results are of the types of `AsgiValue`; all are copied.
 *
 * A call rejects with `ERR_ASGI_PYTHON` if the function raises or returns a value of another type, with
 * `ERR_ASGI_ENTRY_NOT_FOUND` or `ERR_ASGI_NOT_CALLABLE` if there is no such function, with `ERR_ASGI_INVALID_EVENT` if
 * an argument is of another type, with `ERR_ASGI_LIFESPAN`, `ERR_ASGI_CLOSED`, `ERR_ASGI_TOO_MANY_REQUESTS`, or with
 * the signal's reason.
 */
export interface PythonFunction<Signature extends (...args: any[]) => any = (...args: any[]) => any> {
  (...args: Parameters<Signature>): FunctionResult<ReturnType<Signature>>
  /** Returns the same function with other options; options that are not given stay as they are. */
  with(options: FunctionOptions): PythonFunction<Signature>
  /**
   * Imports the function's module without calling the function, so that the first call is as fast as the others.
   *
   * @returns resolves when the function was found; rejects like a call.
   */
  ready(): Promise<void>
}

/** The result of a call: a promise of the value. For a generator, the promise itself can also be iterated. */
export type FunctionResult<Result> = 0 extends 1 & Result ? Promise<any> & AsyncIterable<any>
  : Result extends AsyncIterable<infer Value> ? Promise<ValueIterator<Value>> & AsyncIterable<Value>
  : Promise<Awaited<Result>>

/**
 * The values of a Python generator, or of another iterator.
 *
 * The generator waits while more than `highWaterMark` bytes of values are unread. To end it early, leave the loop or
 * call `return()`.
 */
export interface ValueIterator<Value> extends AsyncIterableIterator<Value> {
  /**
   * Returns the next value. Rejects once: with `ERR_ASGI_PYTHON` if the generator raised, or with the signal's reason.
   */
  next(): Promise<IteratorResult<Value, undefined>>
  /** Closes the generator; resolves when it is closed. */
  return(value?: any): Promise<IteratorResult<Value, any>>
}

/** Keyword arguments of a Python function, made by `kwargs`. */
export interface KeywordArguments<Values extends object = any> {
  /** The arguments by their names in Python. */
  readonly values: Values
}

/**
 * Marks the last argument of a Python function's call as keyword arguments: `predict(image, kwargs({ top: 3 }))`.
 *
 * @param values by their names in Python; those that are undefined are left out.
 * @throws `ERR_ASGI_INVALID_INPUT` if `values` is not an object.
 */
export function kwargs<Values extends object>(values: Values): KeywordArguments<Values>

// ---------------------------------------------------------------------------------------------------------------------
// Other protocols

/**
 * Values in scopes and events, and of functions. In Python, whole numbers and bigints become `int`, other numbers
 * `float`, Buffers and Uint8Arrays `bytes`, and other typed arrays read-only `memoryview`s. `undefined` is left out of
 * objects, and becomes None in arrays. All values are copied.
 */
export type AsgiValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | readonly AsgiValue[]
  | { readonly [name: string]: AsgiValue }

/** A scope, or an event for the app. */
export interface AsgiEvent {
  /** What it is, such as `udp` for a scope and `udp.datagram` for an event. */
  type: string
  /** Any other key. */
  [name: string]: AsgiValue
}

/**
 * An event that the app has sent. `bytes` become Buffers, tuples arrays, and ints beyond 2^53 bigints; one-dimensional
 * memoryviews and arrays of numbers become typed arrays.
 */
export interface ReceivedEvent {
  /** What it is, such as `udp.datagram`. */
  type: string
  /** Any other key. */
  [name: string]: any
}

/**
 * A call of the app with a scope of any type. Events are passed unchanged.
 *
 * Made by `handler.connect(scope)`. It is open until the app returns, raises, or `close()` is called, and keeps Node
 * running until then.
 */
export class Connection implements AsyncIterable<ReceivedEvent> {
  private constructor()
  /** Whether the app still runs. */
  readonly isOpen: boolean
  /** Resolves when the app has returned, raised or been cancelled; never rejects. */
  readonly closed: Promise<void>
  /**
   * Sends an event, which the app's `receive()` returns.
   *
   * Resolves when more can be sent: at once, unless more than 1 MiB waits for the app. Rejects with
   * `ERR_ASGI_INVALID_EVENT`, or with `ERR_ASGI_DISCONNECTED` if the app has ended.
   */
  send(event: AsgiEvent): Promise<void>
  /**
   * Returns the next event that the app has sent; `null` if the app has returned or the connection was closed.
   *
   * The app's `send()` waits while more than `highWaterMark` bytes are unread. Rejects once, after all earlier events:
   * with `ERR_ASGI_PYTHON` if the app raised, with `ERR_ASGI_CLOSED`, or with the signal's reason.
   */
  receive(): Promise<ReceivedEvent | null>
  /** Iterates over the events. Leaving the loop early calls `close()`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ReceivedEvent>
  /**
   * Cancels the app's task, unless it has ended; unread events are dropped.
   *
   * Resolves when the app has ended. Exceptions that it raises from then on go to the handler's listeners of 'error'.
   */
  close(): Promise<void>
}

/** Options of a StatelessServer. */
export interface StatelessServerOptions {
  /** The maximum of concurrent runs of the app, default 1000; beyond it the least recently used one is cancelled. */
  maxApplications?: number
}

/** A run of the app in a StatelessServer, for one scope. */
export interface ApplicationInstance {
  /** The key of the scope. */
  readonly scopeId: any
  /** The scope that the app was called with. */
  readonly scope: AsgiEvent
  /** When it was last used: milliseconds since 1970. */
  readonly lastUsed: number
  /** Whether the app still runs. */
  readonly isOpen: boolean
  /**
   * Sends an event to the app; need not be awaited. It is dropped if the app has ended.
   *
   * Resolves when more can be sent, or the app has ended. Rejects with `ERR_ASGI_INVALID_EVENT`.
   */
  put(event: AsgiEvent): Promise<void>
}

/**
 * A server for protocols without connections, which keeps one run of the app per scope, like asgiref's class of this
 * name.
 *
 * Override `handle()`, which receives data and puts it to `getOrCreateApplicationInstance(scopeId, scope)`, and
 * `applicationSend(scope, event)`, which gets the events of the apps.
 */
export abstract class StatelessServer {
  /**
   * @param handler runs the app; it may have requests and connections of its own, too.
   * @throws `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`.
   */
  constructor(handler: PythonHandler, options?: StatelessServerOptions)
  /**
   * Milliseconds after the end of an app until it is removed and its exception reported, together with all apps that
   * end in this time; default 100. The timer keeps Node running only if there is an exception to report.
   */
  applicationCheckerInterval: number
  /** The handler of the app. */
  handler: PythonHandler
  /** The maximum of concurrent runs of the app. */
  maxApplications: number
  /** The runs by the ids of their scopes, the least recently used first. */
  readonly applicationInstances: ReadonlyMap<any, ApplicationInstance>
  /**
   * Runs `handle()`, and removes apps `applicationCheckerInterval` milliseconds after they have ended.
   *
   * Ends when `handle()` does, or the signal aborts; then all apps are cancelled. Resolves when they have ended and
   * their events were passed on, also after the signal; rejects with the error of `handle()`.
   */
  run(signal?: AbortSignal): Promise<void>
  /**
   * Receives data. The server runs until the promise settles.
   *
   * @param signal the signal of `run()`. When it aborts, close what you have opened: `run()` does not wait for this
   *   method.
   */
  abstract handle(signal: AbortSignal): Promise<void>
  /**
   * Handles an event that an app has sent. The app's next event follows when the promise has resolved. If it rejects,
   * the app is cancelled and `applicationException` is called.
   */
  abstract applicationSend(scope: AsgiEvent, event: ReceivedEvent): void | Promise<void>
  /**
   * Returns the run of the app for a scope: a new one if there is none or its app has ended.
   *
   * @param scopeId identifies the scope: any key of a Map.
   * @param scope as for `handler.connect`; used for a new run.
   * @throws `ERR_ASGI_INVALID_EVENT`, `ERR_ASGI_TOO_MANY_REQUESTS`, and `ERR_ASGI_CLOSED`, also outside of `run()`.
   */
  getOrCreateApplicationInstance(scopeId: any, scope: AsgiEvent): ApplicationInstance
  /** Cancels the least recently used app; resolves when it has ended. */
  deleteOldestApplicationInstance(): Promise<void>
  /** Cancels the app of a scope, if there is one; resolves when it has ended. */
  deleteApplicationInstance(scopeId: any): Promise<void>
  /**
   * Handles an exception of an app, or an error of `applicationSend`. Override it to do more.
   *
   * By default it goes to the handler's listeners of 'error', else to stderr.
   */
  applicationException(error: Error, details: ApplicationInstance): void | Promise<void>
}

// ---------------------------------------------------------------------------------------------------------------------
// Messages

/** The values that `Headers` can be made from. */
export type HeadersInit =
  | Headers
  | Record<string, string | string[] | number | undefined>
  | ReadonlyArray<readonly [name: string, value: string | string[]]>
  | Iterable<readonly [name: string, value: string | string[]]>

/** Names and values of a request or a response, as a plain object. */
export type HeadersObject = Record<string, string | string[]>

/**
 * The headers of a request or a response.
 *
 * Names are case-insensitive and kept lower-case; entries stay in the order in which they were added. A value is bytes:
 * each character from U+0000 to U+00FF is one byte on the wire (RFC 9110, 5.5).
 */
export class Headers implements Iterable<[string, string]> {
  /** @throws `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`. */
  constructor(init?: HeadersInit | null)
  /** The number of different names. */
  readonly size: number
  /** Returns the last value of a name; `null` if there is none. */
  get(name: string): string | null
  /** Returns all values of a name, in order; empty if there is none. */
  getAll(name: string): string[]
  /** Returns the values of a name joined with `,`; `null` if there is none. */
  getLine(name: string): string | null
  /** Whether a name has a value. */
  has(name: string): boolean
  /**
   * Replaces all values of a name; an empty array removes it.
   *
   * @returns whether the name had a value before.
   * @throws `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`; then nothing has changed.
   */
  set(name: string, value: string | string[] | number): boolean
  /**
   * Appends values to those of a name.
   *
   * @returns whether the name had a value before.
   * @throws `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`; then nothing has changed.
   */
  add(name: string, value: string | string[] | number): boolean
  /**
   * Removes a name with all its values.
   *
   * @returns whether the name had a value.
   */
  delete(name: string): boolean
  /** Removes everything. */
  clear(): void
  /** Returns one `[name, value]` for each value. */
  entries(): Array<[string, string]>
  /** Returns the names, one for each value. */
  keys(): string[]
  /** Returns the values. */
  values(): string[]
  /** Calls a function for each value. */
  forEach(callback: (value: string, name: string, headers: Headers) => void): void
  /** Iterates over a snapshot of the entries. */
  [Symbol.iterator](): Iterator<[string, string]>
  /** Returns a plain object: a string for one value of a name, an array for several. */
  toJSON(): HeadersObject
}

/** The addresses of a connection, as a `net.Socket` has them. */
export interface SocketAddresses {
  /** The client's address: `client` in the scope. */
  remoteAddress?: string
  /** The client's port. */
  remotePort?: number
  /** The server's address: `server` in the scope. */
  localAddress?: string
  /** The server's port. */
  localPort?: number
  /** Whether the connection is over TLS. */
  encrypted?: boolean
}

/** Options of a request. */
export interface RequestOptions {
  /** The method, default `'GET'`; any HTTP token (RFC 9110, 5.6.2), converted to upper case. */
  method?: string
  /** The URL: absolute, or path and query. With a `host` header a path becomes `https://<host><url>`. */
  url: string
  /** The headers; nothing is added to them. */
  headers?: HeadersInit | null
  /**
   * The whole body; a string is sent as UTF-8. A Buffer is not copied: do not change it until the request has ended.
   */
  body?: Buffer | Uint8Array | string | null
  /** The addresses of the connection. */
  socket?: SocketAddresses | null
  /** The folder for conditions that check whether a file exists. */
  docroot?: string | null
  /**
   * Whether the request opens a WebSocket, default false. Then `write` sends messages, `end` closes, and there is no
   * body.
   */
  websocket?: boolean
}

/** A request to an ASGI app. Its body is given to the constructor, or streamed with `write` and `end`. */
export class Request {
  /**
   * @throws `ERR_ASGI_MISSING_OPTIONS`, `ERR_ASGI_MISSING_FIELD`, `ERR_ASGI_INVALID_URL`, `ERR_ASGI_INVALID_METHOD`,
   *   `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`, `ERR_ASGI_INVALID_BODY`.
   */
  constructor(options: RequestOptions)
  /** The method, in upper case. Assigning anything but an HTTP token throws `ERR_ASGI_INVALID_METHOD`. */
  method: string
  /** The URL: absolute, or path and query. Assigning an invalid one throws `ERR_ASGI_INVALID_URL`. */
  url: string
  /** The path as sent: percent-encoded, without the query. */
  readonly path: string
  /** The headers, which can be changed. Assigning a plain object replaces all. */
  get headers(): Headers
  set headers(headers: Headers | Record<string, string | string[]>)
  /** The addresses of the connection, as given, or `null`. */
  readonly socket: SocketAddresses | null
  /** The folder for conditions that check whether a file exists, or `null`. */
  docroot: string | null
  /** The whole body; `null` if it is streamed or there is none. */
  readonly body: Buffer | null
  /** Whether it opens a WebSocket. */
  readonly websocket: boolean
  /**
   * Writes a chunk of the body, before or after the request is sent. The chunk is copied; a string is sent as UTF-8.
   * With `websocket: true` it is a message: a string a text message, anything else a binary one.
   *
   * Resolves when more can be written; at once before the request is sent. Rejects with `ERR_ASGI_BODY_PROVIDED`,
   * `ERR_ASGI_WRITE_AFTER_END`, `ERR_ASGI_INVALID_BODY`, or with the error of the response. Chunks written after the
   * response has ended are discarded.
   */
  write(chunk: Buffer | Uint8Array | string): Promise<void>
  /**
   * Ends the body, or closes the WebSocket. Does nothing if it has ended.
   *
   * @param code the close code of a WebSocket, default 1000 (RFC 6455, 7.4). An invalid code or reason rejects with
   *   `ERR_ASGI_INVALID_OPTION`.
   * @param reason the close reason of a WebSocket; at most 123 bytes of UTF-8.
   */
  end(code?: number, reason?: string): Promise<void>
  /** Returns the request as a plain object. */
  toJSON(): { method: string; url: string; headers: HeadersObject; body?: Buffer; websocket?: true }
}

/** Options of a response that a program makes. */
export interface ResponseOptions {
  /** The status, default 200; an integer from 100 to 999. */
  status?: number
  /** The headers. */
  headers?: HeadersInit | null
  /** The whole body; a string is encoded as UTF-8. */
  body?: Buffer | Uint8Array | string | null
  /** The app's log of the request, as text. */
  log?: Buffer | Uint8Array | string | null
  /** The traceback of the app's exception. */
  exception?: string | null
}

/**
 * A response of an ASGI app, or one that a program makes.
 *
 * The app receives `http.disconnect` if a `for await` over the response is left early, after `destroy()`, and if a
 * response with an unread body is garbage collected.
 */
export class Response implements AsyncIterable<Buffer> {
  /**
   * @throws `ERR_ASGI_INVALID_OPTION`, `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`,
   *   `ERR_ASGI_INVALID_BODY`.
   */
  constructor(options?: ResponseOptions)
  /** The status code. Assigning an invalid one throws `ERR_ASGI_INVALID_OPTION`. */
  status: number
  /** The headers, which can be changed. Assigning a plain object replaces all. */
  get headers(): Headers
  set headers(headers: Headers | Record<string, string | string[]>)
  /** The whole body; `null` if it is a stream or there is none. */
  readonly body: Buffer | null
  /** The app's log records of this request, as text; empty if there are none. */
  readonly log: Buffer
  /**
   * The traceback of the exception that the app raised right after this response, as frameworks do after a 500; else
   * `null`. The listeners of 'error' get the exception as well.
   */
  readonly exception: string | null
  /** The trailers, after the end of the body; `null` before, and if there are none. */
  readonly trailers: Headers | null
  /**
   * Reads the next chunk of the body, or the next message of a WebSocket as bytes; `null` at the end.
   *
   * If the body fails, rejects after all earlier chunks with `ERR_ASGI_PYTHON`, `ERR_ASGI_INCOMPLETE_RESPONSE`,
   * `ERR_ASGI_DISCONNECTED`, or the reason of the signal.
   */
  next(): Promise<Buffer | null>
  /**
   * Reads the whole body as UTF-8 text; a stream is read from its current position to its end. Can be called again.
   * Rejects like `next`.
   */
  text(): Promise<string>
  /** Reads the whole body as `text` does and parses it as JSON; rejects with a SyntaxError for invalid JSON. */
  json(): Promise<any>
  /** Reads the next message of a WebSocket, a string for a text message; `null` at the end. Rejects like `next`. */
  nextMessage(): Promise<string | Buffer | null>
  /** The subprotocol that the app chose: empty if it chose none, `null` if it accepted no WebSocket. */
  readonly subprotocol: string | null
  /** The close code of a WebSocket, after all messages were read; `null` before, and for other responses. */
  readonly closeCode: number | null
  /** The close reason of a WebSocket; `null` as for `closeCode`. */
  readonly closeReason: string | null;
  /** Iterates over the chunks of the body. Leaving the loop early calls `destroy()`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer>
  /**
   * Aborts the response: the app receives `http.disconnect`, and unread chunks are dropped. Does nothing after the end
   * of the body.
   *
   * @param error `next()` rejects with it from now on, default `ERR_ASGI_DISCONNECTED`.
   */
  destroy(error?: Error): void
  /** Returns the response as a plain object. */
  toJSON(): { status: number; headers: HeadersObject; body?: Buffer; log?: Buffer; exception?: string }
}

// ---------------------------------------------------------------------------------------------------------------------
// Rewriting requests

/** A condition that requests match or not. */
export interface RequestCondition {
  /**
   * Whether a request matches.
   *
   * @param docroot the folder for conditions that check whether a file exists; default: the request's.
   */
  matches(request: Request, docroot?: string | null): boolean
}

/** Changes requests: for the option `rewriter` of a handler. */
export interface RequestRewriter {
  /**
   * Returns a changed request, which shares the body of the given one.
   *
   * @param docroot the folder for conditions that check whether a file exists; default: the request's.
   */
  rewrite(request: Request, docroot?: string | null): Request
}

declare abstract class Condition implements RequestCondition {
  /** @param docroot the folder for conditions that check whether a file exists; default: the request's. */
  matches(request: Request, docroot?: string | null): boolean
  /** Makes a condition that holds if both this one and another hold. */
  and(other: RequestCondition): GroupCondition
  /** Makes a condition that holds if this one or another holds. */
  or(other: RequestCondition): GroupCondition
}

/** Holds if the path, percent-encoded and without the query, matches a pattern. */
export class PathCondition extends Condition {
  /** @throws `ERR_ASGI_INVALID_REWRITER`. */
  constructor(pattern: string | RegExp)
}

/** Holds if one of a header's values matches a pattern. */
export class HeaderCondition extends Condition {
  /** @throws `ERR_ASGI_INVALID_REWRITER`, `ERR_ASGI_INVALID_HEADER_NAME`. */
  constructor(name: string, pattern: string | RegExp)
}

/** Holds if the method matches a pattern. */
export class MethodCondition extends Condition {
  /** @throws `ERR_ASGI_INVALID_REWRITER`. */
  constructor(pattern: string | RegExp)
}

/** Holds if the path is a file below the docroot. Never looks outside of it; without a docroot it does not hold. */
export class ExistenceCondition extends Condition {
  constructor()
}

/** Holds if the path is not a file below the docroot. Without a docroot it does not hold. */
export class NonExistenceCondition extends Condition {
  constructor()
}

/** Combines conditions. */
export class GroupCondition extends Condition {
  /**
   * @param operation `'and'`: all must hold; `'or'`: at least one.
   * @throws `ERR_ASGI_INVALID_REWRITER`.
   */
  constructor(operation: 'and' | 'or', conditions: RequestCondition[])
}

declare abstract class ChainableRewriter implements RequestRewriter {
  /** @param docroot the folder for conditions that check whether a file exists; default: the request's. */
  rewrite(request: Request, docroot?: string | null): Request
  /** Makes a rewriter that applies this one and then another. */
  andThen(other: RequestRewriter): SequenceRewriter
  /**
   * Another name of `andThen`.
   *
   * Because of this method a rewriter looks like a promise: `await` of one, or returning one from an async function,
   * throws `ERR_ASGI_INVALID_REWRITER`. Return it inside an object.
   */
  then(other: RequestRewriter): SequenceRewriter
  /** Makes a rewriter that applies this one if a condition holds. */
  when(condition: RequestCondition): ConditionalRewriter
}

/** Replaces the first match in the path; scheme and host stay. */
export class PathRewriter extends ChainableRewriter {
  /**
   * @param replacement `$1` is the first group. A `?` in it begins a query, to which the request's query is appended; a
   *   `#` is part of the path.
   * @throws `ERR_ASGI_INVALID_REWRITER`.
   */
  constructor(pattern: string | RegExp, replacement: string)
}

/** Replaces the first match in path and query together; scheme and host stay. */
export class HrefRewriter extends ChainableRewriter {
  /**
   * @param replacement `$1` is the first group.
   * @throws `ERR_ASGI_INVALID_REWRITER`.
   */
  constructor(pattern: string | RegExp, replacement: string)
}

/** Replaces the first match in each value of a header; does nothing without the header. */
export class HeaderRewriter extends ChainableRewriter {
  /**
   * @param replacement `$1` is the first group.
   * @throws `ERR_ASGI_INVALID_REWRITER`, `ERR_ASGI_INVALID_HEADER_NAME`.
   */
  constructor(name: string, pattern: string | RegExp, replacement: string)
}

/** Sets the method. */
export class MethodRewriter extends ChainableRewriter {
  /** @throws `ERR_ASGI_INVALID_REWRITER`, `ERR_ASGI_INVALID_METHOD`. */
  constructor(method: string)
}

/** Applies several rewriters, one after the other. */
export class SequenceRewriter extends ChainableRewriter {
  /** @throws `ERR_ASGI_INVALID_REWRITER`. */
  constructor(rewriters: RequestRewriter[])
}

/** Applies a rewriter if a condition holds. */
export class ConditionalRewriter extends ChainableRewriter {
  /** @throws `ERR_ASGI_INVALID_REWRITER`. */
  constructor(condition: RequestCondition, rewriter: RequestRewriter)
}

/** A condition as plain data. */
export type ConditionConfig =
  | { type: 'path'; args: [pattern: string | RegExp] }
  | { type: 'header'; args: [name: string, pattern: string | RegExp] }
  | { type: 'method'; args: [pattern: string | RegExp] }
  | { type: 'exists'; args?: [] }
  | { type: 'not_exists'; args?: [] }

/** A rewriter as plain data. */
export type RewriterConfig =
  | { type: 'path'; args: [pattern: string | RegExp, replacement: string] }
  | { type: 'href'; args: [pattern: string | RegExp, replacement: string] }
  | { type: 'header'; args: [name: string, pattern: string | RegExp, replacement: string] }
  | { type: 'method'; args: [method: string] }

/** Conditions as plain data, and the rewriters to apply if they hold. */
export interface RewriterBlock {
  /** Whether all conditions must hold or at least one, default `'and'`: all. */
  operation?: 'and' | 'or'
  /** The conditions; without them the rewriters always apply. */
  conditions?: ConditionConfig[]
  /** The rewriters, applied in order. */
  rewriters: RewriterConfig[]
}

/** A rewriter described by plain data: blocks that run in order. */
export class Rewriter extends ChainableRewriter {
  /** @throws `ERR_ASGI_INVALID_REWRITER`; the message names the type and its arguments. */
  constructor(blocks: RewriterBlock[])
}

// ---------------------------------------------------------------------------------------------------------------------
// Errors

/**
 * The stable codes of errors. There is one more, `ERR_ASGI_ADDON` of a plain Error, if the addon is missing or cannot
 * be loaded.
 */
export type AsgiErrorCode =
  /** The target is not `'module:attribute'`. */
  | 'ERR_ASGI_INVALID_TARGET'
  /** An argument has the wrong type, such as a target that is neither a string nor `{ file, function }`. */
  | 'ERR_ASGI_INVALID_INPUT'
  /** An option, a status or a close code has a wrong type or value; the message names it. */
  | 'ERR_ASGI_INVALID_OPTION'
  /** There is no such file, module or attribute. */
  | 'ERR_ASGI_ENTRY_NOT_FOUND'
  /** The app, or a function, raised an exception; see `pythonType` and `pythonTraceback`. */
  | 'ERR_ASGI_PYTHON'
  /** There is no usable Python, it does not start, or this process has loaded another one. */
  | 'ERR_ASGI_INTERPRETER'
  /**
   * Several `loops` need a free-threaded Python, and this one has a GIL, or an extension that the app imports turned it
   * on.
   */
  | 'ERR_ASGI_GIL'
  /** The target is not an app or a function, or the handler was made without an app. */
  | 'ERR_ASGI_NOT_CALLABLE'
  /** The app's startup or shutdown failed or took longer than `lifespanTimeout`. */
  | 'ERR_ASGI_LIFESPAN'
  /** The app returned without a response, or none started within `responseTimeout`. */
  | 'ERR_ASGI_NO_RESPONSE'
  /** The app returned before its response was complete. */
  | 'ERR_ASGI_INCOMPLETE_RESPONSE'
  /** The handler was closed. */
  | 'ERR_ASGI_CLOSED'
  /** `maxConcurrency` requests are in flight. */
  | 'ERR_ASGI_TOO_MANY_REQUESTS'
  /** A method was given something that is not a request. */
  | 'ERR_ASGI_EXPECTED_REQUEST'
  /** `new Request()` was called without an argument. */
  | 'ERR_ASGI_MISSING_OPTIONS'
  /** A request lacks a required field: `url`. */
  | 'ERR_ASGI_MISSING_FIELD'
  /** A request's `url` cannot be parsed. */
  | 'ERR_ASGI_INVALID_URL'
  /** A request to a server is invalid and not passed on to the app: its client gets a 400. */
  | 'ERR_ASGI_INVALID_REQUEST'
  /** A request to a server has too many headers: its client gets a 431. */
  | 'ERR_ASGI_TOO_MANY_HEADERS'
  /** A request's `method` is not an HTTP token. */
  | 'ERR_ASGI_INVALID_METHOD'
  /** A header's name is not an HTTP token (RFC 9110, 5.1). */
  | 'ERR_ASGI_INVALID_HEADER_NAME'
  /** A header's value has characters that HTTP forbids (RFC 9110, 5.5). */
  | 'ERR_ASGI_INVALID_HEADER_VALUE'
  /** A body, or a chunk of one, is not a Buffer, a Uint8Array or a string. */
  | 'ERR_ASGI_INVALID_BODY'
  /** `write()` was called on a request that was made with a `body`. */
  | 'ERR_ASGI_BODY_PROVIDED'
  /** `write()` was called after `end()`. */
  | 'ERR_ASGI_WRITE_AFTER_END'
  /** The request, or the server's response, was already used for another call. */
  | 'ERR_ASGI_REQUEST_USED'
  /** `handleRequestSync` was called with a body that has not ended. */
  | 'ERR_ASGI_BODY_INCOMPLETE'
  /** The client disconnected, the response was destroyed, or the app of a connection has ended. */
  | 'ERR_ASGI_DISCONNECTED'
  /** A rewriter or a condition was made with invalid arguments. */
  | 'ERR_ASGI_INVALID_REWRITER'
  /**
   * A scope or an event of `connect`, or an argument of a function, has a value that cannot be converted for Python.
   */
  | 'ERR_ASGI_INVALID_EVENT'
  /** `upgrade` was read and the package `ws` is not installed. */
  | 'ERR_ASGI_WEBSOCKET_LIBRARY'
  /** A bug in python-node. Please report it. */
  | 'ERR_ASGI_INTERNAL'

/**
 * An error of this package.
 *
 * If it is a Python exception, its `stack` has the exception's Python frames below the message, the innermost first;
 * each `cause` has its own.
 */
export class AsgiError extends Error {
  /** What went wrong, for programs. */
  readonly code: AsgiErrorCode
  /** With `ERR_ASGI_PYTHON`: the type of the Python exception. */
  readonly pythonType?: string
  /** With `ERR_ASGI_PYTHON`: Python's traceback with those of its causes. It is not enumerable. */
  readonly pythonTraceback?: string
}

/** The default messages by code. */
export const errors: Readonly<Record<AsgiErrorCode, string>>
