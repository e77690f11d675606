/// <reference types="node" />

import type { AddressInfo } from 'node:net'

/** Options of `serve`: those of `python-node serve`, whose help has their defaults. Times are in seconds. */
export interface ServeOptions {
  /** Folder to import the app from; default: the current one. */
  appDir?: string
  /** The target is a function that returns the app. */
  factory?: boolean
  /** What the app speaks, default `'auto'`. */
  interface?: 'auto' | 'asgi3' | 'asgi2' | 'wsgi'
  /** Whether the app takes part in the lifespan protocol, default `'auto'`. */
  lifespan?: 'auto' | 'on' | 'off'
  /** Where there are several loops: whether each has a lifespan, the default, or the process has one. */
  lifespanScope?: 'loop' | 'process'
  /** The event loop, default `'auto'`. */
  loop?: 'auto' | 'asyncio' | 'uvloop' | (string & {})
  /** How many event loops run the app at the same time, in a Python without a GIL; 0: one per core. Default 1. */
  loops?: number
  /** Where the event loop runs: on a thread of its own, or on the one that calls `serve`. */
  thread?: 'own' | 'node'
  /** The path that the app is mounted under, as `/api`. */
  rootPath?: string
  /** File of variables to set, `KEY=value` on each line. */
  envFile?: string
  /** A virtual environment, or an interpreter. */
  python?: string

  /** Where to listen, default `'127.0.0.1'`. */
  host?: string
  /** Default 8000; 0 for any that is free. */
  port?: number
  /** Listen on a Unix socket instead. */
  uds?: string
  /** The number of a descriptor that listens already; workers share it. */
  fd?: number
  /** Connections that may wait to be taken, default 2048. */
  backlog?: number
  /** Processes behind one port, default 1 or `$WEB_CONCURRENCY`. */
  workers?: number
  /** File with the certificate; TLS is spoken then. */
  sslCertfile?: string
  /** File with its key, where that is another one. */
  sslKeyfile?: string
  /** What opens the key. */
  sslKeyfilePassword?: string
  /** File with the authorities whose clients' certificates are taken. */
  sslCaCerts?: string
  /** 0: clients need no certificate, 1: it is looked at where there is one, 2: they need one; default 0. */
  sslCertReqs?: 0 | 1 | 2
  /** OpenSSL's list of ciphers. */
  sslCiphers?: string
  /** Python's number of the version: 17 for TLS 1.2 and 1.3, the default, 5 for TLS 1.2. */
  sslVersion?: number
  /**
   * What reads HTTP: `'native'`: threads of its own, see `createServer` of the handler; `'node'`: Node. With `'auto'`, the
   * default, native threads do, but Node where TLS is asked for.
   */
  http?: 'auto' | 'node' | 'native'
  /** HTTP/2 beside HTTP/1.1, over TLS. */
  http2?: boolean
  /** Added to every response. */
  headers?: Array<[name: string, value: string]>
  /** Whether responses have a `Date`, default `true`. */
  dateHeader?: boolean
  /** Whether responses have a `Server`, default `false`. */
  serverHeader?: boolean
  /** Whether `X-Forwarded-For` and `-Proto` of the proxies below are believed, default `true`. */
  proxyHeaders?: boolean
  /** Addresses and networks of proxies with commas between them, default `'127.0.0.1,::1'`. */
  forwardedAllowIps?: string
  /** What reads WebSockets: the package `ws`. */
  ws?: 'auto'
  /** Bytes of a WebSocket message. */
  wsMaxSize?: number
  /** Messages that are held for an app that does not take them, default 32. */
  wsMaxQueue?: number
  /** Seconds between pings of a silent WebSocket client. */
  wsPingInterval?: number
  /** Seconds that its answer may take, default 20. */
  wsPingTimeout?: number
  /** Whether messages are compressed where the client offers it, default `true`. */
  wsPerMessageDeflate?: boolean
  /** Path that is answered with 200 while the server serves. */
  healthPath?: string
  /** Path of the metrics, in Prometheus' text format. */
  metricsPath?: string
  /** Paths that files are served below, as `['/static']`. */
  staticPathRoutes?: string[]
  /** The folder of each of these paths, in the same order. */
  staticPathMounts?: string[]

  /** Requests at a time; more get a 503. */
  limitConcurrency?: number
  /** The server closes after so many responses; a worker is replaced. */
  limitMaxRequests?: number
  /** At random up to so many responses more. */
  limitMaxRequestsJitter?: number
  /** Bytes of a request's head, default 16384. */
  limitHeaderSize?: number
  /** Seconds that an idle connection is kept, default 5. */
  timeoutKeepAlive?: number
  /** Seconds that `close` serves on for before it ends, unhealthy; default 0. */
  drainDelay?: number
  /** Seconds that requests may take to end, default 10. */
  timeoutGracefulShutdown?: number

  /** What is logged to stdout and stderr, default `'info'`. */
  logLevel?: 'critical' | 'error' | 'warning' | 'info' | 'debug' | 'trace'
  /** Default `'text'`; `'json'`: everything is one object a line, with OpenTelemetry's names of fields. */
  logFormat?: 'text' | 'json'
  /** Whether each request leaves a line, default `true`. */
  accessLog?: boolean
  /** File that configures Python's logging: `.json`, `.yaml` or `.ini`. */
  logConfig?: string
  /** Whether the log has colours; default: on a terminal. */
  useColors?: boolean
}

/** An app that is served. */
export interface Served {
  /** Where it is to be found: `http://127.0.0.1:8000`, or `unix:/path`. */
  readonly url: string
  /** What `net.Server` says of it; the path of a Unix socket. */
  readonly address: AddressInfo | string
  /**
   * Ends in good order, as the command does at `SIGTERM`: responses under way end, WebSockets are closed with 1012, the app's
   * shutdown runs. Calling it again gives the same end.
   *
   * @returns when everything is closed; rejects with a ServeFailure when the app's shutdown fails.
   */
  close(): Promise<void>
}

/** Why an app is not served, in one line that says how to mend it. */
export class ServeFailure extends Error {
  private constructor()
  /**
   * `ERR_SERVE_USAGE` for a wrong option, the system's where nothing can listen (`EADDRINUSE`), an AsgiErrorCode where the
   * app does not start, else `ERR_SERVE_FAILED`.
   */
  readonly code: string
  /** Lines that belong to it, as the traceback of the app. */
  readonly details: string[]
  /** What the command ends with: 1, or 2 for wrong usage. */
  readonly exitCode: number
}

/**
 * Serves an app as `python-node serve` does, from a program. Signals are left to the program.
 *
 * @param target `'module:attribute'`, as `'main:app'`.
 * @param options what they leave out comes from the variables of the command, as `PYTHON_NODE_PORT`, then its defaults.
 * @returns when it listens; rejects with a ServeFailure.
 */
export function serve(target: string, options?: ServeOptions): Promise<Served>
