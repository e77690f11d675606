/// <reference types="node" />

import type { EventEmitter } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { AddressInfo, ListenOptions } from 'node:net'
import type { Duplex } from 'node:stream'

// ---------------------------------------------------------------------------------------------------------------------
// Handler

/** Where the app is: a module file and the name of the callable in it. */
export interface AppTarget {
  /** A file or module: `main`, `main.py`, `package.module`. */
  file: string
  /** The callable's name in it: `app`, or `attr.attr`. */
  function: string
}

/** Options of a handler; all are optional. */
export interface HandlerOptions {
  /**
   * The folder the app is imported from, default `process.cwd()`; a relative path is allowed. The first docroot of the
   * process is first on `sys.path`. If a later one has a module of the same name, that module's `__name__` is longer,
   * as `docroot_shop.main`.
   */
  docroot?: string
  /**
   * Mount prefix: ASGI's `root_path`, default `''`. The path of a mount in Express or Connect is added to it, or
   * replaces it if it begins with it.
   */
  rootPath?: string
  /**
   * An interpreter or a virtual environment to use. Default: `PYTHON_NODE_PYTHON`, `VIRTUAL_ENV`, `.venv` in the
   * docroot or a parent of it, `python3` on `PATH`. Chosen once per process.
   */
  python?: string
  /** The interface of the callable, default `'auto'`: detected. `'wsgi'` needs the Python package `a2wsgi`. */
  interface?: 'auto' | 'asgi3' | 'asgi2' | 'wsgi'
  /**
   * Whether the target is a function that returns the app; default `false`. A target that takes no arguments is called
   * in any case, with a warning of the logger `python_node`.
   */
  factory?: boolean
  /** Whether the app takes part in the lifespan protocol, default `'auto'`: if it supports it. */
  lifespan?: 'auto' | 'on' | 'off'
  /** Milliseconds that startup and shutdown may each take, default 60 000; 0: no limit. */
  lifespanTimeout?: number
  /**
   * How many lifespans there are with several `loops`, default `'loop'`: one on each, one after the other and each with a
   * `state` of its own; `'process'`: one on the first, whose `state` all have.
   */
  lifespanScope?: 'loop' | 'process'
  /** The event loop, default `'auto'`: uvloop if it can be imported, else asyncio. One per process, or one kind. */
  loop?: 'auto' | 'asyncio' | 'uvloop' | (string & {})
  /**
   * How many event loops run the app at the same time, each on a thread of its own; 0: one per core. More than one need a
   * free-threaded Python. One choice per process; who does not say takes `PYTHON_NODE_LOOPS`, or the choice of the first
   * handler, or one.
   */
  loops?: number
  /**
   * Where the event loop runs: `'own'`, a thread of its own, or `'node'`, on this JavaScript thread (asyncio's own loop
   * only; Python code then blocks JavaScript). One per process; default `PYTHON_NODE_THREAD`, else the choice of the
   * first handler, else `'own'`.
   */
  thread?: 'own' | 'node'
  /**
   * Milliseconds to wait for the response to start, default 30 000; 0: no limit. Then `ERR_ASGI_NO_RESPONSE`. Apps that
   * hold an answer back on purpose need more: a long poll of Engine.IO (Socket.IO) waits up to 45 seconds.
   */
  responseTimeout?: number
  /** Requests in flight before the next is refused, default 0: no limit. Then `ERR_ASGI_TOO_MANY_REQUESTS`. */
  maxConcurrency?: number
  /**
   * Bytes buffered each way per request before the producer waits, default 65 536. While the consumer keeps up, the
   * buffer grows: for an upload up to 4 times, 256 KiB at most; for a response through `listener` up to 8 times, 512
   * KiB at most.
   */
  highWaterMark?: number
  /**
   * Custom keys for every scope, as JSON; the standard keys cannot be overridden. A function is called with each
   * request (the one given to `listener`, `upgrade`, `fetch` or a method) and returns its keys; if it throws, that
   * request fails.
   */
  scope?: Record<string, unknown> | ((request: any) => object | null | undefined)
  /**
   * Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers `listener` and `upgrade` believe, default none:
   * addresses, networks such as `10.0.0.0/8`, `*` for all, `unix:` for Unix sockets. An array, or a string with commas.
   */
  forwardedAllowIps?: string | string[]
  /** Changes each request before Python sees it. */
  rewriter?: RequestRewriter
  /**
   * Whether clients of `listener` see the app's exceptions, default false. Browsers get a page with the traceback, the
   * source, the request and the variables of the failing frame, clients that ask for `application/json` get JSON,
   * others the traceback. It also replaces a framework's plain "Internal Server Error". For development only.
   */
  exposeErrors?: boolean
  /**
   * Bytes that a WebSocket message may have, default 16 MiB; 0: no limit. A larger message closes the socket with 1009,
   * and one of more than 131,072 fragments with 1008.
   */
  wsMaxPayload?: number
  /** Milliseconds between a client's last pong and the next ping, default 20 000; 0: no pings. */
  wsPingInterval?: number
  /** Milliseconds that a pong may take before the client counts as lost, default 20 000; 0: no limit. */
  wsPingTimeout?: number
  /** Messages buffered for a slow app before its client is no longer read, default 32. */
  wsQueue?: number
  /** Milliseconds that the app may take to accept, default 10 000; 0: no limit. Then `ERR_ASGI_NO_RESPONSE`. */
  wsAcceptTimeout?: number
  /** Compression of WebSockets if the client offers it, default true; an object: options of the package `ws`. */
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
  /** Aborts the request: the app gets `http.disconnect`, the promise or the body rejects with the signal's reason. */
  signal?: AbortSignal
}

/** Options of `dispatcher`. */
export interface DispatcherOptions {
  /** The origins that are the app's, like `'http://python.internal'`; default: all. */
  origin?: string | string[]
  /** The dispatcher for other origins, with `origin` only; without it they are refused. */
  fallback?: { dispatch(options: any, handler: any): boolean }
}

/** What the global fetch takes as its option `dispatcher`, where its types say so. */
type FetchDispatcher = RequestInit extends { dispatcher?: infer Dispatcher } ? NonNullable<Dispatcher> : unknown

/**
 * A dispatcher of undici that asks the app: for the option `dispatcher` of Node's `fetch` and of undici's functions.
 *
 * Of undici's own dispatchers it has `dispatch`, `close`, `destroy` and the event 'drain'. Undici's `headersTimeout`,
 * `bodyTimeout` and `maxRedirections` are ignored; an upgrade and CONNECT are refused.
 */
export interface PythonDispatcher extends EventEmitter {
  /**
   * Sends a request to the app, or to the fallback. The handler's callback for errors gets what goes wrong.
   *
   * @param options undici's: `origin`, `path`, `method`, `headers`, `body`, `query`.
   * @param handler undici's, of either kind: with `onRequestStart` and its like, or with `onConnect` and its like.
   * @returns false: `maxConcurrency` is reached, or the request was refused; wait for 'drain'.
   * @throws `ERR_ASGI_INVALID_OPTION` when `handler` is none.
   */
  dispatch(options: any, handler: any): boolean
  /** Takes no more requests and waits for those it has; the Python handler stays open. */
  close(): Promise<void>
  close(callback: () => void): void
  /** Takes no more requests and aborts those it has, with the error; the Python handler stays open. */
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
  /** As `3.11.7`. */
  version: string
  /** `CPython`. */
  implementation: string
  /** The interpreter that would be started by name. */
  executable: string
  /** `sys.prefix`: the virtual environment's folder, if there is one. */
  prefix: string
  /** The package of the event loop: `uvloop`, `asyncio`, or another. */
  loop: string
  /** How many event loops there are. */
  loops: number
  /** Whether Python's threads take turns now: not in free-threaded builds, until an extension turns the GIL on. */
  gil: boolean
}

/** Counters of a handler, since it was made. */
export interface HandlerStats {
  /** Requests sent to the app. */
  requests: number
  /** Requests whose response has not ended. */
  inFlight: number
  /** Delay of Python's event loop in milliseconds, measured twice a second; of several the longest. Of all handlers. */
  loopLag: number
  /** Where there are several event loops: the requests that each has, of all handlers, and its delay. */
  loops?: { inFlight: number; loopLag: number }[]
  /** Errors of the app: exceptions, also after the response, and responses that are missing or incomplete. */
  errors: number
  /** Requests whose client left before the response had ended. */
  disconnects: number
  /** Bytes of request bodies. */
  bytesIn: number
  /** Bytes of response bodies. */
  bytesOut: number
  /** WebSockets sent to the app; an open one counts as in flight. */
  websockets: number
}

/** A function for `http.createServer`, `http2.createServer`, Express and Connect. */
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
  /** @param options all options in one object, the target among them: `appTarget: null` for plain functions alone. */
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
   * `ERR_ASGI_CLOSED`, `ERR_ASGI_TOO_MANY_REQUESTS`, `ERR_ASGI_LIFESPAN`, `ERR_ASGI_EXPECTED_REQUEST` and the errors of
   * `Request`.
   */
  handleRequest(
    request: Request | RequestOptions,
    signalOrOptions?: AbortSignal | RequestCallOptions | null,
  ): Promise<Response>

  /**
   * Sends a request and gives the response as soon as it starts; read its body with `next()` or `for await`.
   *
   * The request's body may still be written. Without one, a request whose method is not GET, HEAD, OPTIONS, DELETE or
   * TRACE stays open until `request.end()`. With `websocket: true` the response comes when the app accepts; if it
   * refuses, the response has status 403 or is the app's own. Rejects as `handleRequest` does; after the response has
   * started, reading its body rejects.
   */
  handleStream(
    request: Request | RequestOptions,
    signalOrOptions?: AbortSignal | RequestCallOptions | null,
  ): Promise<Response>

  /**
   * Sends a request and blocks this thread until the whole response is there.
   *
   * @throws `ERR_ASGI_BODY_INCOMPLETE` if the body is a stream that has not ended, and the errors of `handleRequest`.
   */
  handleRequestSync(request: Request | RequestOptions): Response

  /**
   * Calls the app with a scope of any type, for protocols that are neither HTTP nor WebSocket.
   *
   * @param scope has a `type`. Custom keys of the option `scope` are added, and `asgi` where it is missing.
   * @param signalOrOptions the signal cancels the app; `receive()` then rejects with its reason.
   * @throws `ERR_ASGI_INVALID_EVENT`, `ERR_ASGI_CLOSED`, `ERR_ASGI_TOO_MANY_REQUESTS`, or the signal's reason when it is
   *   aborted already.
   */
  connect(scope: AsgiEvent, signalOrOptions?: AbortSignal | RequestCallOptions | null): Connection

  /**
   * Gives a plain Python function as a JavaScript function.
   *
   * The first call imports it from the handler's docroot, on the event loop, as an app is imported. Calls wait for the
   * app's startup. `async def` runs on the event loop, `def` in a thread of the loop's default executor. The type
   * argument declares its types; they are not checked.
   *
   * @param target where the function is: `'model:predict'`, `'model.py:model.predict'`.
   * @throws `ERR_ASGI_INVALID_TARGET`, `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`. If there is no such function,
   *   its calls reject: see `PythonFunction`.
   */
  function<Signature extends (...args: any[]) => any = (...args: any[]) => any>(
    target: string | AppTarget,
    options?: FunctionOptions,
  ): PythonFunction<Signature>

  /**
   * Answers the requests of a server, streaming both ways; need not be bound. The app gets `req.method`, `req.url` and
   * `req.headers` as earlier middleware leaves them.
   *
   * Also for the event 'checkContinue': a client that sends `Expect: 100-continue` is asked for its body when the app
   * reads it.
   *
   * An error of the app before its response starts goes to `next`. Without `next`, the client gets a 500 and the error
   * goes to the listeners of 'error'. An error after the start closes the connection and goes to the listeners of
   * 'error'. If a framework answers 500 and raises again, an answer "Internal Server Error" is dropped in favour of
   * `next`; any other answer is sent, and the error goes to the listeners of 'error'. A request over `maxConcurrency`
   * or after `close()` gets a 503.
   *
   * A response that has already started, ended, been destroyed, or been given to another call is not touched; the
   * listeners of 'error' get `ERR_ASGI_REQUEST_USED` or `ERR_ASGI_DISCONNECTED`. They also get errors thrown by methods
   * of `res` or by `next`; the client then gets a 500 or a closed connection.
   */
  readonly listener: Listener

  /**
   * Takes the WebSockets of a server: `server.on('upgrade', handler.upgrade)`; need not be bound.
   *
   * The handshake waits for the app. If the app refuses, the client gets a 403 or the app's own response. An exception
   * goes to the listeners of 'error'; the client gets a 500 before the app has accepted, and a close with 1011 after
   * it.
   *
   * @throws `ERR_ASGI_WEBSOCKET_LIBRARY` when the property is read and the package `ws` is not installed.
   */
  readonly upgrade: UpgradeListener

  /**
   * Answers input that cannot be parsed as a request: `server.on('clientError', handler.clientError)`; need not be
   * bound.
   *
   * Responses under way on the connection come first. Without this listener, Node writes its 400 in place of one of
   * them.
   */
  readonly clientError: (error: Error, socket: Duplex) => void

  /**
   * Answers a web-standard request, streaming both ways; need not be bound. Takes the arguments of the global `fetch`;
   * redirects are returned, not followed. Rejects as `handleStream` does, and with a TypeError for an invalid URL.
   */
  readonly fetch: (input: globalThis.Request | string | URL, init?: RequestInit) => Promise<globalThis.Response>

  /**
   * Makes an HTTP/1.1 server in the shape of `http.createServer`, whose connections are read and written by threads of
   * their own: requests for the app never touch JavaScript, and are taken while JavaScript computes.
   *
   * A connection is handed over to Node with its first request that is not for the app (see `paths`) or that asks for
   * another protocol. From then on Node serves it, requests for the app too, by `listener` and `upgrade`. WebSockets
   * need the package `ws`, and no `requestListener`.
   *
   * `close()` of the handler closes its servers: they take no more connections, and the app's requests end as those of
   * `listener` do: after its `timeout` those without a response get a 503, and others are cut off.
   *
   * The handler's `responseTimeout` holds here too, and `maxConcurrency` is one limit for the requests of all servers and
   * those of JavaScript. While somebody listens to the channels of `node:diagnostics_channel`, they tell of these requests
   * once they are over, with all messages of a request at once; what a subscriber changes has no effect.
   *
   * @param requestListener gets what is not for the app: a function, an Express app, or a server of node:http, whose
   *   listeners for 'request', 'upgrade', 'connect', 'checkContinue', 'checkExpectation' and 'clientError' are called; the
   *   timeouts and limits are those of the options here.
   *   Without one these requests are answered with 404.
   * @throws `ERR_ASGI_INVALID_OPTION`, also where the handler has one of the options `rewriter`, `exposeErrors` and, as a
   *   function, `scope`: they need JavaScript for each request.
   */
  createServer(options?: PythonServerOptions, requestListener?: RequestListener | Server): PythonServer
  createServer(requestListener: RequestListener | Server): PythonServer

  /**
   * Makes a dispatcher: with it `fetch(url, { dispatcher })` of Node and undici's functions ask the app in the process.
   *
   * @throws `ERR_ASGI_INVALID_OPTION`.
   */
  dispatcher(options?: DispatcherOptions): PythonDispatcher & FetchDispatcher

  /**
   * Stops new requests, waits for those in flight, disconnects the rest, runs the app's shutdown and waits for work
   * that is in threads. Calling it again gives the same end.
   */
  close(options?: CloseOptions): Promise<void>

  /** What runs the app: the process' Python and its event loop. */
  readonly runtime: PythonRuntime

  /** Gives the handler's counters. */
  stats(): HandlerStats

  /** Listens to every record that Python's `logging` handles, of all requests. */
  on(event: 'log', listener: (record: LogRecord) => void): this
  /**
   * Listens to errors that no caller gets: exceptions of the app in the middle of a response of `listener` or after it
   * (as frameworks raise that answer 500), those that became a plain 500, and errors thrown by functions of the program
   * that were called for a response. Each comes once. Without a listener they go to stderr, with the traceback.
   *
   * @param listener gets an AsgiError, or the value that was thrown.
   */
  on(event: 'error', listener: (error: AsgiError) => void): this
  /** As `on`, for the next one only. */
  once(event: 'log', listener: (record: LogRecord) => void): this
  once(event: 'error', listener: (error: AsgiError) => void): this
  /** Takes a listener away. */
  off(event: 'log', listener: (record: LogRecord) => void): this
  off(event: 'error', listener: (error: AsgiError) => void): this
}

/** A record of Python's `logging`. */
export interface LogRecord {
  /** `'INFO'`, `'WARNING'`, … */
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
  readonly handler: PythonHandler
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly scheme: 'http' | 'https'
  readonly httpVersion: string
  /** The client's address and port; `null` for a request of this process. */
  readonly client: [host: string, port: number | undefined] | null
  /** A copy. Subscribers of `python-node:request:start` may change it for Python; later changes have no effect. */
  readonly headers: Headers
}

/**
 * The messages of `node:diagnostics_channel`, by the names of their channels. `elapsed` is in milliseconds since the
 * request was sent to the app.
 */
export interface DiagnosticsMessages {
  'python-node:request:start': { request: ObservedRequest }
  'python-node:response:start': { request: ObservedRequest; status: number; elapsed: number }
  /** `aborted`: the client has left, which it may do before there is a status. */
  'python-node:request:end': { request: ObservedRequest; status: number | null; aborted: boolean; elapsed: number }
  /** `status` is `null` before the response's start. */
  'python-node:request:error': { request: ObservedRequest; error: any; status: number | null; elapsed: number }
  'python-node:websocket:open': { request: ObservedRequest; elapsed: number }
  /** `code` is `null` where the connection was lost. */
  'python-node:websocket:close': { request: ObservedRequest; code: number | null; elapsed: number }
}

/** Another name of PythonHandler. */
export { PythonHandler as Python }

// ---------------------------------------------------------------------------------------------------------------------
// Server

/** A function for requests that are not for the app, as `http.createServer` takes it; an Express app is one. */
export type RequestListener = (req: IncomingMessage, res: ServerResponse & { req: IncomingMessage }) => void

/** Options of `createServer`; all are optional. */
export interface PythonServerOptions {
  /**
   * Prefixes of the paths that are for the app, default `['/']`: all. `/api` is `/api` itself and what lies below it,
   * compared as the client has sent it.
   */
  paths?: string[]
  /** Threads that read and write connections, default 1; at most 64. */
  ioThreads?: number
  /** Milliseconds in which the head of a request has to come, default 60 000, at most `requestTimeout`; 0: no limit. */
  headersTimeout?: number
  /** Milliseconds in which a request has to come, with its body; default 300 000; 0: no limit. */
  requestTimeout?: number
  /** Milliseconds that a connection is kept without a request, as clients are told; default 5 000; 0: no limit. */
  keepAliveTimeout?: number
  /** Milliseconds in which a client has to take some of its response, default 0: no limit. */
  writeTimeout?: number
  /** Bytes of a request's head, default 16 384; a larger one is answered with 431. */
  maxHeaderSize?: number
  /** Headers of a request, default 2 000; one with more is answered with 431. 0: no limit. */
  maxHeadersCount?: number
  /** Connections at a time, default 0: no limit. Those handed over to Node are counted apart, as many of them. */
  maxConnections?: number
  /** Bytes of a request's body, default 0: no limit. A larger one is answered with 413. */
  maxRequestBody?: number
  /** A path that the server itself answers with 200 and `ok`, default `''`: none. Neither JavaScript nor Python is asked. */
  healthPath?: string
  /**
   * Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers are believed; default: the handler's `forwardedAllowIps`,
   * so `''` for none.
   */
  forwardedAllowIps?: string | string[]
  /** Headers of every response that has none of their name, default `{}`. */
  headers?: Record<string, string | string[]>
}

/** Counts of a server since it began to listen. */
export interface PythonServerStats {
  /** Connections that are open and not handed over. */
  connections: number
  /** Requests for the app, and those that the server answers itself. */
  requests: number
  /** Requests whose response has not ended. */
  inFlight: number
  /** Files that are being sent, each with a descriptor. */
  files: number
  /** Connections that were handed over to Node. */
  handedOver: number
  /** Requests that could not be read. */
  refused: number
  /** Requests that ended with an error of the app. */
  errors: number
  /** Requests whose client left before the response had ended. */
  disconnects: number
  /** Bytes of request bodies. */
  bytesIn: number
  /** Bytes of response bodies. */
  bytesOut: number
}

/** Connections that were refused because of `maxConnections`. */
export interface DroppedConnections {
  /** How many. */
  count: number
  /** The server's address; absent of a Unix socket, as the following. */
  localAddress?: string
  localPort?: number
  localFamily?: string
}

/**
 * A server of `createServer`. It keeps the process alive while it listens, unless `unref()` says otherwise.
 *
 * In a process of `node:cluster` it listens by itself, not through the primary: with `reusePort` several can. Where
 * Node has `Symbol.asyncDispose`, `await using` closes it.
 */
export interface PythonServer extends EventEmitter {
  /**
   * Begins to listen; 'listening' tells when it does, 'error' when it cannot, as with `net.Server`.
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
   * @param options those of `net.Server`, but for `ipv6Only` and `exclusive`; `fd`: a socket that listens already;
   *   `reusePort`: other sockets may listen there too, each of which gets a part of the connections.
   */
  listen(
    options: Omit<ListenOptions, 'ipv6Only' | 'exclusive'> & { fd?: number; reusePort?: boolean },
    callback?: () => void,
  ): this
  /** Where it listens: the path of a Unix socket; `null` when it does not. */
  address(): AddressInfo | string | null
  /** Whether connections are accepted. */
  readonly listening: boolean
  /**
   * Accepts no more connections, closes idle ones and lets each other one end with its response. 'close' comes when
   * none is left, WebSockets among them.
   *
   * @param callback called then, with an error where the server did not listen: `ERR_SERVER_NOT_RUNNING`.
   */
  close(callback?: (error?: Error) => void): this
  /** Closes connections without a request. */
  closeIdleConnections(): void
  /** Closes all connections, but for those that were upgraded. */
  closeAllConnections(): void
  /** Keeps the process alive while it listens, which is the default. */
  ref(): this
  /** Lets the process end while it listens. */
  unref(): this
  /** Gives the server's counters. */
  stats(): PythonServerStats
  on(event: 'listening' | 'close', listener: () => void): this
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): this
  on(event: 'drop', listener: (dropped: DroppedConnections) => void): this
  once(event: 'listening' | 'close', listener: () => void): this
  once(event: 'error', listener: (error: NodeJS.ErrnoException) => void): this
  once(event: 'drop', listener: (dropped: DroppedConnections) => void): this
}

// ---------------------------------------------------------------------------------------------------------------------
// Plain functions

/** How a Python function is called. */
export interface FunctionOptions {
  /**
   * Whether a `def` runs on the event loop, which waits for it, instead of in a thread; default false. It has a context
   * of its own (`contextvars`), and no task: `asyncio.current_task()` is not its own.
   */
  inline?: boolean
  /**
   * Cancels the calls, which reject with its reason. An `async def` gets a CancelledError, a generator is closed. A
   * `def` that runs in a thread goes on to its end, and what it returns is dropped.
   */
  signal?: AbortSignal | null
}

/**
 * A Python function. Arguments and results are values as for `connect` (`AsgiValue`); all are copied.
 *
 * A call rejects with `ERR_ASGI_PYTHON` if the function raises or returns another kind of value, with
 * `ERR_ASGI_ENTRY_NOT_FOUND` or `ERR_ASGI_NOT_CALLABLE` if there is no such function, with `ERR_ASGI_INVALID_EVENT` if
 * an argument is another kind of value, with `ERR_ASGI_LIFESPAN`, `ERR_ASGI_CLOSED`, `ERR_ASGI_TOO_MANY_REQUESTS`, or
 * with the signal's reason.
 */
export interface PythonFunction<Signature extends (...args: any[]) => any = (...args: any[]) => any> {
  (...args: Parameters<Signature>): FunctionResult<ReturnType<Signature>>
  /** Gives the same function with other options; those that are not named stay. */
  with(options: FunctionOptions): PythonFunction<Signature>
  /**
   * Imports the function's module without calling the function: the first call need not wait for that.
   *
   * @returns resolves when the function is found; rejects as a call would.
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
 * The generator waits while more than `highWaterMark` bytes have not been taken. To give it up before its end, leave
 * the loop or call `return()`.
 */
export interface ValueIterator<Value> extends AsyncIterableIterator<Value> {
  /** Gives the next value. Rejects once if the generator raised, or with the signal's reason. */
  next(): Promise<IteratorResult<Value, undefined>>
  /** Closes the generator; resolves when it is closed. */
  return(value?: any): Promise<IteratorResult<Value, any>>
}

/** Keyword arguments of a Python function. */
export interface KeywordArguments<Values extends object = any> {
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
 * Values in scopes and events. In Python, whole numbers and bigints are int, other numbers float, bytes are bytes, and
 * other typed arrays memoryviews. `undefined` is left out of objects, and None in lists. All values are copied.
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
  type: string
  [name: string]: AsgiValue
}

/**
 * An event of the app's: bytes are Buffers, tuples arrays, ints beyond 2^53 bigints; memoryviews and arrays of numbers,
 * of one dimension, typed arrays.
 */
export interface ReceivedEvent {
  type: string
  [name: string]: any
}

/**
 * A call of the app with a scope of any type; events are passed as they are.
 *
 * Made by `handler.connect(scope)`. Open until the app returns, raises, or `close()` is called, and keeps Node running
 * until then.
 */
export class Connection implements AsyncIterable<ReceivedEvent> {
  private constructor()
  /** Whether the app still runs. */
  readonly isOpen: boolean
  /** Resolves when the app has returned, raised or been cancelled; never rejects. */
  readonly closed: Promise<void>
  /**
   * Sends an event to the app's `receive()`.
   *
   * Resolves when there is room for more: at once, unless more than 1 MiB waits for the app. Rejects with
   * `ERR_ASGI_INVALID_EVENT`, and with `ERR_ASGI_DISCONNECTED` when the app no longer runs.
   */
  send(event: AsgiEvent): Promise<void>
  /**
   * Gives the next event that the app has sent; `null` when it has returned or the connection was closed.
   *
   * The app's `send()` waits while more than `highWaterMark` bytes have not been received. Rejects once, after all
   * earlier events: with `ERR_ASGI_PYTHON` if the app raised, with `ERR_ASGI_CLOSED`, or with the signal's reason.
   */
  receive(): Promise<ReceivedEvent | null>
  /** Iterates over the events. Leaving the loop early is `close()`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ReceivedEvent>
  /**
   * Cancels the app's task, unless it has ended; events that have not been received are dropped.
   *
   * Resolves when the app has ended. Exceptions it raises from now on go to the handler's listeners of 'error'.
   */
  close(): Promise<void>
}

/** Options of a StatelessServer. */
export interface StatelessServerOptions {
  /** How many apps may run at once, default 1000; beyond that, the least recently used one is cancelled. */
  maxApplications?: number
}

/** One run of the app that a StatelessServer keeps, for one scope. */
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
   * Delivers an event to the app; need not be awaited. It is dropped when the app has ended.
   *
   * Resolves when there is room for more, or the app has ended. Rejects with `ERR_ASGI_INVALID_EVENT`.
   */
  put(event: AsgiEvent): Promise<void>
}

/**
 * A server for protocols without connections. Keeps one run of the app for each scope, as asgiref's class of this name.
 *
 * Override `handle()`, which receives input and puts it to `getOrCreateApplicationInstance(scopeId, scope)`, and
 * `applicationSend(scope, event)`, which gets the events that the apps send.
 */
export abstract class StatelessServer {
  /** @throws `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`. */
  constructor(handler: PythonHandler, options?: StatelessServerOptions)
  /**
   * Milliseconds after which apps that have ended are removed and their exceptions told, together with all that end
   * meanwhile; default 100. Node stays for an exception that is to be told, and for nothing else here.
   */
  applicationCheckerInterval: number
  /** The handler whose app is run. */
  handler: PythonHandler
  /** How many apps may run at once. */
  maxApplications: number
  /** The runs by their scope's id, the one used least recently first. */
  readonly applicationInstances: ReadonlyMap<any, ApplicationInstance>
  /**
   * Runs `handle()`, and removes apps that have ended, `applicationCheckerInterval` milliseconds later.
   *
   * Ends when `handle()` does, or the signal aborts; then all apps are cancelled. Resolves when they have ended and
   * what they have sent is passed on, also after the signal; rejects with what `handle()` rejects with.
   */
  run(signal?: AbortSignal): Promise<void>
  /**
   * Receives input. The server runs until this settles.
   *
   * @param signal the one of `run()`. When it aborts, `run()` does not wait for this: close your sockets then.
   */
  abstract handle(signal: AbortSignal): Promise<void>
  /**
   * Gets an event that an app has sent; the app's next one comes when the promise has resolved. If it rejects, the app
   * is cancelled and `applicationException` is called.
   */
  abstract applicationSend(scope: AsgiEvent, event: ReceivedEvent): void | Promise<void>
  /**
   * Gives the run of the app for a scope, a new one when there is none or its app has ended.
   *
   * @param scopeId the key of the scope: any key of a Map.
   * @param scope used for a new run.
   * @throws `ERR_ASGI_INVALID_EVENT`, `ERR_ASGI_CLOSED`, also outside of `run()`, and `ERR_ASGI_TOO_MANY_REQUESTS`.
   */
  getOrCreateApplicationInstance(scopeId: any, scope: AsgiEvent): ApplicationInstance
  /** Cancels the app that was used least recently; resolves when it has ended. */
  deleteOldestApplicationInstance(): Promise<void>
  /** Cancels the app of a scope, does nothing without one; resolves when it has ended. */
  deleteApplicationInstance(scopeId: any): Promise<void>
  /**
   * Gets an exception of an app, or the error of an `applicationSend`. Override it to do more.
   *
   * By default it goes to the handler's listeners of 'error', else to stderr.
   */
  applicationException(error: Error, details: ApplicationInstance): void | Promise<void>
}

// ---------------------------------------------------------------------------------------------------------------------
// Messages

/** What headers can be made from. */
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
 * each character from U+0000 to U+00FF is one byte on the wire.
 */
export class Headers implements Iterable<[string, string]> {
  /** @throws `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`. */
  constructor(init?: HeadersInit | null)
  /** The number of different names. */
  readonly size: number
  /** Gives the last value of a name; `null` without. */
  get(name: string): string | null
  /** Gives every value of a name, in order. */
  getAll(name: string): string[]
  /** Gives the values of a name joined with `,`; `null` without. */
  getLine(name: string): string | null
  /** Tells whether a name is there. */
  has(name: string): boolean
  /** Replaces all values of a name; tells whether it was there. An empty array removes it. */
  set(name: string, value: string | string[] | number): boolean
  /** Adds values after those a name has; tells whether it was there. */
  add(name: string, value: string | string[] | number): boolean
  /** Removes a name with all its values; tells whether it was there. */
  delete(name: string): boolean
  /** Removes everything. */
  clear(): void
  /** Gives one `[name, value]` for each value. */
  entries(): Array<[string, string]>
  /** Gives the names, one for each value. */
  keys(): string[]
  /** Gives the values. */
  values(): string[]
  /** Calls a function for each value. */
  forEach(callback: (value: string, name: string, headers: Headers) => void): void
  [Symbol.iterator](): Iterator<[string, string]>
  /** Gives a string for a name's one value, an array for several. */
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

/** What a request is made from. */
export interface RequestOptions {
  /** Default `'GET'`; any HTTP token. */
  method?: string
  /** Absolute, or path and query. With a `host` header a path becomes `https://<host><url>`. */
  url: string
  /** The headers; nothing is added to them. */
  headers?: HeadersInit | null
  /** The whole body; a string is sent as UTF-8. A Buffer is kept, not copied. */
  body?: Buffer | Uint8Array | string | null
  /** The addresses of the connection. */
  socket?: SocketAddresses | null
  /** Folder in which existence conditions look. */
  docroot?: string | null
  /** Opens a WebSocket, default false: then `write` sends messages, `end` closes, and there is no body. */
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
  /** The path as it goes over the wire: percent-encoded, without the query. */
  readonly path: string
  /** The headers; changes take effect. Assigning a plain object replaces all. */
  get headers(): Headers
  set headers(headers: Headers | Record<string, string | string[]>)
  /** The addresses of the connection, as given; `null` without. */
  readonly socket: SocketAddresses | null
  /** Folder in which existence conditions look; `null` without. */
  docroot: string | null
  /** The whole body; `null` when there is none or it is streamed. */
  readonly body: Buffer | null
  /** Whether it opens a WebSocket. */
  readonly websocket: boolean
  /**
   * Streams a chunk of the body, before or after the request was sent. The chunk is copied; a string is sent as
   * UTF-8. With `websocket: true` it is a message: a string a text message, anything else a binary one.
   *
   * Resolves when there is room for more, at once before the request was sent. Rejects with
   * `ERR_ASGI_BODY_PROVIDED`, `ERR_ASGI_WRITE_AFTER_END`, `ERR_ASGI_INVALID_BODY`, or with the error of the
   * request. Chunks written after the response has ended are discarded.
   */
  write(chunk: Buffer | Uint8Array | string): Promise<void>
  /**
   * Ends the body, or closes the WebSocket; does nothing when it has ended.
   *
   * @param code of a WebSocket, default 1000. An invalid code or reason rejects with `ERR_ASGI_INVALID_OPTION`.
   * @param reason of a WebSocket; at most 123 bytes.
   */
  end(code?: number, reason?: string): Promise<void>
  toJSON(): { method: string; url: string; headers: HeadersObject; body?: Buffer; websocket?: true }
}

/** Options of a response made by hand. */
export interface ResponseOptions {
  /** Default 200; an integer from 100 to 999. */
  status?: number
  /** The headers. */
  headers?: HeadersInit | null
  /** The whole body; a string is encoded as UTF-8. */
  body?: Buffer | Uint8Array | string | null
  /** Log of the app, as text. */
  log?: Buffer | Uint8Array | string | null
  /** Traceback of an exception of the app. */
  exception?: string | null
}

/**
 * A response of an ASGI app, or one made by hand.
 *
 * The app is told that the client has left when a `for await` over the response is left early, when `destroy()` is
 * called, and when the response is garbage collected before its body was read.
 */
export class Response implements AsyncIterable<Buffer> {
  /**
   * @throws `ERR_ASGI_INVALID_OPTION`, `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`,
   *   `ERR_ASGI_INVALID_BODY`.
   */
  constructor(options?: ResponseOptions)
  /** The status code. Assigning an invalid one throws `ERR_ASGI_INVALID_OPTION`. */
  status: number
  /** The headers; changes take effect. Assigning a plain object replaces all. */
  get headers(): Headers
  set headers(headers: Headers | Record<string, string | string[]>)
  /** The whole body; `null` when it is a stream or there is none. */
  readonly body: Buffer | null
  /** What the app logged while it served this request; empty without. */
  readonly log: Buffer
  /**
   * The traceback of an exception that the app raised right after this response, as frameworks do that answer 500; else
   * `null`. The listeners of 'error' get the exception as well.
   */
  readonly exception: string | null
  /** The trailers, after the end of the body; `null` before, and without. */
  readonly trailers: Headers | null
  /**
   * Gives the next chunk of the body, or the next message of a WebSocket as bytes, `null` at the end.
   *
   * If the body is cut off, rejects after all earlier chunks with `ERR_ASGI_PYTHON`, `ERR_ASGI_INCOMPLETE_RESPONSE`,
   * `ERR_ASGI_DISCONNECTED`, or the reason of the signal.
   */
  next(): Promise<Buffer | null>
  /**
   * Gives the whole body as UTF-8 text. A stream is read to its end, from the chunk after the last `next()`. May be
   * called again. Rejects as `next`.
   */
  text(): Promise<string>
  /** Gives the value of a JSON body, as `text` does; rejects with a SyntaxError for invalid JSON. */
  json(): Promise<any>
  /** Gives the next message of a WebSocket, a string for text; `null` at the end. Rejects as `next`. */
  nextMessage(): Promise<string | Buffer | null>
  /** The subprotocol that the app has chosen: empty without one, `null` where no WebSocket was accepted. */
  readonly subprotocol: string | null
  /** The code with which a WebSocket was closed, once everything was read; `null` before, and elsewhere. */
  readonly closeCode: number | null
  /** The reason that came with it. */
  readonly closeReason: string | null;
  /** Iterates over the chunks of the body. Leaving the loop early is `destroy()`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer>
  /**
   * Gives the body up; the app is told that the client has gone. Does nothing when the body was read to its end.
   *
   * @param error what `next()` rejects with from now on, default `ERR_ASGI_DISCONNECTED`.
   */
  destroy(error?: Error): void
  toJSON(): { status: number; headers: HeadersObject; body?: Buffer; log?: Buffer; exception?: string }
}

// ---------------------------------------------------------------------------------------------------------------------
// Rewriting requests

/** A question about a request. */
export interface RequestCondition {
  /** @param docroot folder in which existence conditions look, default: the request's. */
  matches(request: Request, docroot?: string | null): boolean
}

/** A change to a request: `rewrite` gives a new one, which shares the body of the first. */
export interface RequestRewriter {
  /** @param docroot folder in which existence conditions look, default: the request's. */
  rewrite(request: Request, docroot?: string | null): Request
}

declare abstract class Condition implements RequestCondition {
  /** @param docroot folder in which existence conditions look, default: the request's. */
  matches(request: Request, docroot?: string | null): boolean
  /** Makes a condition that holds when this one and another hold. */
  and(other: RequestCondition): GroupCondition
  /** Makes a condition that holds when this one or another holds. */
  or(other: RequestCondition): GroupCondition
}

/** Holds when the path, percent-encoded and without the query, matches. */
export class PathCondition extends Condition {
  /** @throws `ERR_ASGI_INVALID_REWRITER`. */
  constructor(pattern: string | RegExp)
}

/** Holds when a header is there and one of its values matches. */
export class HeaderCondition extends Condition {
  /** @throws `ERR_ASGI_INVALID_REWRITER`, `ERR_ASGI_INVALID_HEADER_NAME`. */
  constructor(name: string, pattern: string | RegExp)
}

/** Holds when the method matches. */
export class MethodCondition extends Condition {
  /** @throws `ERR_ASGI_INVALID_REWRITER`. */
  constructor(pattern: string | RegExp)
}

/** Holds when docroot + path is a file. Never looks outside the docroot; without one it does not hold. */
export class ExistenceCondition extends Condition {
  constructor()
}

/** Holds when docroot + path is not a file in the docroot. Without a docroot it does not hold. */
export class NonExistenceCondition extends Condition {
  constructor()
}

/** Several conditions as one. */
export class GroupCondition extends Condition {
  /**
   * @param operation whether all must hold, or one.
   * @throws `ERR_ASGI_INVALID_REWRITER`.
   */
  constructor(operation: 'and' | 'or', conditions: RequestCondition[])
}

declare abstract class ChainableRewriter implements RequestRewriter {
  /** @param docroot folder in which existence conditions look, default: the request's. */
  rewrite(request: Request, docroot?: string | null): Request
  /** Makes a rewriter that applies this one and then another. */
  andThen(other: RequestRewriter): SequenceRewriter
  /**
   * As `andThen`.
   *
   * It makes a rewriter look like a promise: `await` of one, and returning one from an async function, throws
   * `ERR_ASGI_INVALID_REWRITER`. Return it in an object.
   */
  then(other: RequestRewriter): SequenceRewriter
  /** Makes a rewriter that applies this one where a condition holds. */
  when(condition: RequestCondition): ConditionalRewriter
}

/** Replaces the first match in the path; scheme and host stay. */
export class PathRewriter extends ChainableRewriter {
  /**
   * @param replacement `$1` is the first group. A `?` in it begins a query, which a query that is there follows; a `#` is
   *   part of the path.
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

/** Replaces the first match in each value of a header, where the header is there. */
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

/** Several rewriters, one after the other. */
export class SequenceRewriter extends ChainableRewriter {
  /** @throws `ERR_ASGI_INVALID_REWRITER`. */
  constructor(rewriters: RequestRewriter[])
}

/** A rewriter that applies where a condition holds. */
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

/** Conditions, and what happens when they hold. */
export interface RewriterBlock {
  /** Whether all conditions must hold, or one; default `'and'`. */
  operation?: 'and' | 'or'
  /** Without conditions the block always runs. */
  conditions?: ConditionConfig[]
  /** Applied in order. */
  rewriters: RewriterConfig[]
}

/** A rewriter described by plain data: blocks that run in order. */
export class Rewriter extends ChainableRewriter {
  /** @throws `ERR_ASGI_INVALID_REWRITER`, which names the type and its arguments. */
  constructor(blocks: RewriterBlock[])
}

// ---------------------------------------------------------------------------------------------------------------------
// Errors

/** The stable codes of errors. A plain Error has one more: `ERR_ASGI_ADDON`, when the addon cannot be loaded. */
export type AsgiErrorCode =
  /** The target is not `'module:attribute'`. */
  | 'ERR_ASGI_INVALID_TARGET'
  /** An argument has the wrong type, such as a target that is neither a string nor `{ file, function }`. */
  | 'ERR_ASGI_INVALID_INPUT'
  /** An option, a status or a close code has a wrong type or value; the message names it. */
  | 'ERR_ASGI_INVALID_OPTION'
  /** There is no such file, module or attribute. */
  | 'ERR_ASGI_ENTRY_NOT_FOUND'
  /** The app, or a function, raised; `pythonType` and `pythonTraceback` say what. */
  | 'ERR_ASGI_PYTHON'
  /** There is no usable Python, it does not start, or this process has loaded another one. */
  | 'ERR_ASGI_INTERPRETER'
  /** Several `loops` were asked for, and Python has a GIL, or an extension that the app imports has turned it on. */
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
  /** `new Request()` without an argument. */
  | 'ERR_ASGI_MISSING_OPTIONS'
  /** A request without a required field, such as `url`. */
  | 'ERR_ASGI_MISSING_FIELD'
  /** A request's `url` cannot be parsed. */
  | 'ERR_ASGI_INVALID_URL'
  /** A server's request that is not passed on to the app: its client gets a 400. */
  | 'ERR_ASGI_INVALID_REQUEST'
  /** A server's request with too many headers: its client gets a 431. */
  | 'ERR_ASGI_TOO_MANY_HEADERS'
  /** A request's `method` is not an HTTP token. */
  | 'ERR_ASGI_INVALID_METHOD'
  /** A header's name has characters that HTTP forbids. */
  | 'ERR_ASGI_INVALID_HEADER_NAME'
  /** A header's value has characters that HTTP forbids. */
  | 'ERR_ASGI_INVALID_HEADER_VALUE'
  /** A body, or a chunk of one, is not a Buffer, a Uint8Array or a string. */
  | 'ERR_ASGI_INVALID_BODY'
  /** `write()` on a request that was made with a `body`. */
  | 'ERR_ASGI_BODY_PROVIDED'
  /** `write()` after `end()`. */
  | 'ERR_ASGI_WRITE_AFTER_END'
  /** The request, or the server's response, was used for another call before. */
  | 'ERR_ASGI_REQUEST_USED'
  /** `handleRequestSync` with a body that has not ended. */
  | 'ERR_ASGI_BODY_INCOMPLETE'
  /** The client left, the response was destroyed, or the app of a connection no longer runs. */
  | 'ERR_ASGI_DISCONNECTED'
  /** The description of a rewriter is wrong. */
  | 'ERR_ASGI_INVALID_REWRITER'
  /** A scope or an event of `connect`, or an argument of a function, holds a value that Python cannot be given. */
  | 'ERR_ASGI_INVALID_EVENT'
  /** `upgrade` was read and the package `ws` is not installed. */
  | 'ERR_ASGI_WEBSOCKET_LIBRARY'
  /** A fault of python-node itself. Please report it. */
  | 'ERR_ASGI_INTERNAL'

/**
 * An error of this package.
 *
 * Of one that Python has raised, `stack` has Python's frames below the message, the innermost first: of the exception
 * itself, as `cause` has its own.
 */
export class AsgiError extends Error {
  /** What went wrong, for programs. */
  readonly code: AsgiErrorCode
  /** With `ERR_ASGI_PYTHON`: the type of the Python exception. */
  readonly pythonType?: string
  /** With `ERR_ASGI_PYTHON`: Python's traceback, with those of its causes. Not listed among its properties. */
  readonly pythonTraceback?: string
}

/** The messages of the codes. */
export const errors: Readonly<Record<AsgiErrorCode, string>>
