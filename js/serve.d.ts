/// <reference types="node" />

import type { AddressInfo } from 'node:net'

/**
 * Options of `serve`: those of `python-node serve` in camel case; all are optional.
 *
 * Times are in seconds, sizes in bytes. An option that is not given comes from its environment variable, as
 * `PYTHON_NODE_PORT`, then from `envFile`, then from its default.
 */
export interface ServeOptions {
  /** The folder the app is imported from, default: the working directory. */
  appDir?: string
  /** Whether the target is a function that returns the app, default false. */
  factory?: boolean
  /** The interface of the app, default `'auto'`: detected. `'wsgi'` needs the Python package `a2wsgi`. */
  interface?: 'auto' | 'asgi3' | 'asgi2' | 'wsgi'
  /** Whether to run ASGI's lifespan protocol, default `'auto'`: if the app supports it. */
  lifespan?: 'auto' | 'on' | 'off'
  /** With several `loops`: whether each runs a lifespan, the default `'loop'`, or the process runs one. */
  lifespanScope?: 'loop' | 'process'
  /** The event loop, default `'auto'`: uvloop if it can be imported, else asyncio. Also `'module:factory'`. */
  loop?: 'auto' | 'asyncio' | 'uvloop' | (string & {})
  /**
   * How many event loops run the app in parallel, default 1; 0: one per core. More than one needs a Python without a
   * GIL.
   */
  loops?: number
  /** Where the event loop runs: on a thread of its own, the default `'own'`, or on the thread that calls `serve`. */
  thread?: 'own' | 'node'
  /** The path prefix that the app is mounted under, ASGI's `root_path`, as `/api`; default `''`. */
  rootPath?: string
  /** A file of environment variables, one `KEY=value` per line, read as python-dotenv does. */
  envFile?: string
  /**
   * The Python to use: an interpreter, or the folder of a virtual environment; default: found as by a PythonHandler.
   */
  python?: string

  /** The host to listen on, default `'127.0.0.1'`; `''`: all addresses. */
  host?: string
  /** The port to listen on, default 8000; 0: any free one. */
  port?: number
  /** The path of a Unix socket to listen on, instead of `host` and `port`. */
  uds?: string
  /** The descriptor of an inherited socket to listen on, instead of `host` and `port`. Workers share it. */
  fd?: number
  /** How many connections may wait to be accepted, default 2048; for each worker. */
  backlog?: number
  /** The number of processes that share the port, default 1 or `$WEB_CONCURRENCY`. */
  workers?: number
  /** The file of the certificate, in PEM. It turns on TLS. */
  sslCertfile?: string
  /** The file of the certificate's key, in PEM; default: `sslCertfile`. */
  sslKeyfile?: string
  /** The passphrase of the key. */
  sslKeyfilePassword?: string
  /** The file of the authorities that sign the certificates of clients, in PEM. */
  sslCaCerts?: string
  /** Certificates of clients: 0: not requested, the default; 1: verified if there is one; 2: required. */
  sslCertReqs?: 0 | 1 | 2
  /** The ciphers, as OpenSSL names them. */
  sslCiphers?: string
  /** Python's number of the TLS version: 17 or 2 for TLS 1.2 and 1.3, the default; 5 for TLS 1.2 only. */
  sslVersion?: number
  /**
   * Which HTTP server is used: `'native'`, the one of `createServer` of a PythonHandler, or `'node'`, the one of
   * node:http. The default `'auto'` is native, but node:http with TLS.
   */
  http?: 'auto' | 'node' | 'native'
  /** Whether clients may use HTTP/2 besides HTTP/1.1, default false; needs TLS. */
  http2?: boolean
  /** Headers to add to every response. */
  headers?: Array<[name: string, value: string]>
  /** Whether responses have the header `Date`, default `true`. */
  dateHeader?: boolean
  /** Whether responses have the header `Server`, default `false`. */
  serverHeader?: boolean
  /**
   * Whether the headers `X-Forwarded-For` and `X-Forwarded-Proto` of `forwardedAllowIps` are believed, default `true`.
   */
  proxyHeaders?: boolean
  /** The proxies: addresses and networks, separated by commas; default `'127.0.0.1,::1'`. */
  forwardedAllowIps?: string
  /** Which library reads WebSockets: the npm package `ws`. */
  ws?: 'auto'
  /** The largest WebSocket message in bytes, default 16 777 216; 0: no limit. */
  wsMaxSize?: number
  /** WebSocket messages buffered for a slow app, default 32. */
  wsMaxQueue?: number
  /** Seconds between a WebSocket client's last pong and the next ping, default 20; 0: no pings. */
  wsPingInterval?: number
  /** Seconds to wait for a pong before the connection is closed as lost, default 20; 0: no limit. */
  wsPingTimeout?: number
  /** Whether WebSocket messages are compressed if the client offers it (RFC 7692), default `true`. */
  wsPerMessageDeflate?: boolean
  /** The path of the health check: 200 while the server serves, 503 while it stops. */
  healthPath?: string
  /** The path of the metrics, in Prometheus' text format. */
  metricsPath?: string
  /** The paths below which files are served, as `['/static']`. */
  staticPathRoutes?: string[]
  /** The folders of these paths, in the same order. */
  staticPathMounts?: string[]

  /** The maximum of concurrent requests of each worker; further ones get a 503. Default: no limit. */
  limitConcurrency?: number
  /** The number of responses after which the server closes, or a worker is replaced; default: no limit. */
  limitMaxRequests?: number
  /** The maximum of a random number added to `limitMaxRequests`, so that workers do not end together; default 0. */
  limitMaxRequestsJitter?: number
  /** The largest head of a request in bytes, default 16 384; a larger one is answered with 431. */
  limitHeaderSize?: number
  /** Seconds without a request after which a connection is closed, default 5. */
  timeoutKeepAlive?: number
  /** Seconds that `close` goes on serving, with 503 on the health path, before it stops; default 0. */
  drainDelay?: number
  /** Seconds that requests in flight have to end when the server stops, default 10. */
  timeoutGracefulShutdown?: number

  /** The lowest level that is logged, default `'info'`. The log goes to stdout, errors to stderr. */
  logLevel?: 'critical' | 'error' | 'warning' | 'info' | 'debug' | 'trace'
  /** The format of the log, default `'text'`; `'json'`: one object per line, with OpenTelemetry's names of fields. */
  logFormat?: 'text' | 'json'
  /** Whether each request is logged, default `true`. */
  accessLog?: boolean
  /** A file that configures Python's logging: `.json`, `.yaml` or `.ini`. */
  logConfig?: string
  /** Whether the log has colours; default: on a terminal. */
  useColors?: boolean
}

/** A running server. */
export interface Served {
  /** Its URL: `http://127.0.0.1:8000`, or `unix:/path`. */
  readonly url: string
  /** The address it listens on, in the form of `net.Server`; the path of a Unix socket. */
  readonly address: AddressInfo | string
  /**
   * Stops as the command does at `SIGTERM`: responses under way are finished, WebSockets are closed with 1012, and the
   * app's shutdown runs. Further calls return the same promise.
   *
   * @returns resolves when everything is closed; rejects with a ServeFailure if the app's shutdown fails.
   */
  close(): Promise<void>
}

/** The error of an app that cannot be served. Its message is one line that says what to do. */
export class ServeFailure extends Error {
  private constructor()
  /**
   * `ERR_SERVE_USAGE` for a wrong option, the system's code if the server cannot listen (`EADDRINUSE`), an AsgiErrorCode
   * if the app does not start, else `ERR_SERVE_FAILED`.
   */
  readonly code: string
  /** Further lines, such as the app's traceback. */
  readonly details: string[]
  /** The exit code of the command: 1, or 2 for wrong usage. */
  readonly exitCode: number
}

/**
 * Serves an app from a program, as `python-node serve` does. Signals are left to the program.
 *
 * @param target `'module:attribute'`, as `'main:app'`.
 * @returns resolves when the server listens; rejects with a ServeFailure.
 */
export function serve(target: string, options?: ServeOptions): Promise<Served>
