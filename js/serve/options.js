'use strict'

/**
 * The options of `python-node serve`, on the command line and in the environment.
 *
 * - `name`: on the command line, after `--`; the environment variable is `PYTHON_NODE_` and the name in capitals.
 * - `key`: the name in the settings.
 * - `type`: `text`, `list` (repeatable), `flag`, `switch` (a flag with a `--no-` form), `whole`,
 *   `seconds`, `truth` (a value, `true` or `false`), or the choices in an array.
 * - `lowest`, `highest`: the range of a number.
 * - `initial`: the default.
 * - `also`: uvicorn's name, if it differs.
 * - `otherwise`: the explanation for uvicorn's choices that are not supported.
 */
const OPTIONS = [
  { name: 'app-dir', key: 'appDir', type: 'text', initial: '' },
  { name: 'factory', key: 'factory', type: 'flag', initial: false },
  { name: 'interface', key: 'interface', type: ['auto', 'asgi3', 'asgi2', 'wsgi'], initial: 'auto' },
  { name: 'lifespan', key: 'lifespan', type: ['auto', 'on', 'off'], initial: 'auto' },
  { name: 'lifespan-scope', key: 'lifespanScope', type: ['loop', 'process'], initial: 'loop' },
  { name: 'loop', key: 'loop', type: 'text', initial: 'auto' },
  { name: 'loops', key: 'loops', type: 'whole', lowest: 0, highest: 1024, initial: null },
  { name: 'thread', key: 'thread', type: ['own', 'node'], initial: null },
  { name: 'root-path', key: 'rootPath', type: 'text', initial: '' },
  { name: 'env-file', key: 'envFile', type: 'text', initial: null },
  { name: 'python', key: 'python', type: 'text', initial: null },

  { name: 'host', key: 'host', type: 'text', initial: '127.0.0.1' },
  { name: 'port', key: 'port', type: 'whole', lowest: 0, highest: 65535, initial: 8000 },
  { name: 'uds', key: 'uds', type: 'text', initial: null },
  { name: 'fd', key: 'fd', type: 'whole', lowest: 0, highest: 0x7fffffff, initial: null },
  { name: 'backlog', key: 'backlog', type: 'whole', lowest: 1, highest: 0x7fffffff, initial: 2048 },
  { name: 'workers', key: 'workers', type: 'whole', lowest: 1, highest: 1024, initial: 1 },
  { name: 'ssl-certfile', key: 'sslCertfile', type: 'text', initial: null },
  { name: 'ssl-keyfile', key: 'sslKeyfile', type: 'text', initial: null },
  { name: 'ssl-keyfile-password', key: 'sslKeyfilePassword', type: 'text', initial: null },
  { name: 'ssl-ca-certs', key: 'sslCaCerts', type: 'text', initial: null },
  { name: 'ssl-cert-reqs', key: 'sslCertReqs', type: 'whole', lowest: 0, highest: 2, initial: 0 },
  { name: 'ssl-ciphers', key: 'sslCiphers', type: 'text', initial: null },
  { name: 'ssl-version', key: 'sslVersion', type: 'whole', lowest: 0, highest: 255, initial: 17 },
  {
    name: 'http',
    key: 'http',
    type: ['auto', 'node', 'native'],
    initial: 'auto',
    otherwise: "python-node has its own HTTP parser, or uses Node's with --http node",
  },
  { name: 'http2', key: 'http2', type: 'flag', initial: false },
  { name: 'header', key: 'headers', type: 'list', initial: [] },
  { name: 'date-header', key: 'dateHeader', type: 'switch', initial: true },
  { name: 'server-header', key: 'serverHeader', type: 'flag', initial: false },
  { name: 'proxy-headers', key: 'proxyHeaders', type: 'switch', initial: true },
  { name: 'forwarded-allow-ips', key: 'forwardedAllowIps', type: 'text', initial: '127.0.0.1,::1' },
  {
    name: 'ws',
    key: 'ws',
    type: ['auto'],
    initial: 'auto',
    otherwise: 'python-node uses the npm package ws for WebSockets',
  },
  { name: 'ws-max-size', key: 'wsMaxSize', type: 'whole', lowest: 0, highest: 0x7fffffff, initial: 16777216 },
  { name: 'ws-max-queue', key: 'wsMaxQueue', type: 'whole', lowest: 1, highest: 0x7fffffff, initial: 32 },
  { name: 'ws-ping-interval', key: 'wsPingInterval', type: 'seconds', initial: 20 },
  { name: 'ws-ping-timeout', key: 'wsPingTimeout', type: 'seconds', initial: 20 },
  { name: 'ws-per-message-deflate', key: 'wsPerMessageDeflate', type: 'truth', initial: true },
  { name: 'health-path', key: 'healthPath', type: 'text', initial: null },
  { name: 'metrics-path', key: 'metricsPath', type: 'text', initial: null },
  { name: 'static-path-route', key: 'staticPathRoutes', type: 'list', initial: [] },
  { name: 'static-path-mount', key: 'staticPathMounts', type: 'list', initial: [] },

  { name: 'limit-concurrency', key: 'limitConcurrency', type: 'whole', lowest: 1, highest: 0x7fffffff, initial: null },
  {
    name: 'limit-max-requests',
    key: 'limitMaxRequests',
    type: 'whole',
    lowest: 1,
    highest: Number.MAX_SAFE_INTEGER,
    initial: null,
  },
  {
    name: 'limit-max-requests-jitter',
    key: 'limitMaxRequestsJitter',
    type: 'whole',
    lowest: 0,
    highest: 0x7fffffff,
    initial: 0,
  },
  {
    name: 'limit-header-size',
    also: 'h11-max-incomplete-event-size',
    key: 'limitHeaderSize',
    type: 'whole',
    lowest: 1024,
    highest: 0x7fffffff,
    initial: null,
  },
  { name: 'timeout-keep-alive', key: 'timeoutKeepAlive', type: 'seconds', initial: 5 },
  { name: 'drain-delay', key: 'drainDelay', type: 'seconds', initial: 0 },
  { name: 'timeout-graceful-shutdown', key: 'timeoutGracefulShutdown', type: 'seconds', initial: 10 },

  {
    name: 'log-level',
    key: 'logLevel',
    type: ['critical', 'error', 'warning', 'info', 'debug', 'trace'],
    initial: 'info',
  },
  { name: 'log-format', key: 'logFormat', type: ['text', 'json'], initial: 'text' },
  { name: 'access-log', key: 'accessLog', type: 'switch', initial: true },
  { name: 'log-config', key: 'logConfig', type: 'text', initial: null },
  { name: 'use-colors', key: 'useColors', type: 'switch', initial: null },

  { name: 'reload', key: 'reload', type: 'flag', initial: false },
  { name: 'reload-dir', key: 'reloadDirs', type: 'list', initial: [] },
  { name: 'reload-include', key: 'reloadIncludes', type: 'list', initial: [] },
  { name: 'reload-exclude', key: 'reloadExcludes', type: 'list', initial: [] },
  { name: 'reload-delay', key: 'reloadDelay', type: 'seconds', initial: 0.05 },
]

/** Options of uvicorn that are not supported, with the reason and the alternative. */
const REFUSED = new Map([
  [
    'reset-contextvars',
    'each request already has its own context, with the values set during the import of the app, but not those of the ' +
    'lifespan or of other requests: leave it out',
  ],
  [
    'timeout-worker-healthcheck',
    'workers have no health checks, and one that exits is replaced at once: monitor --health-path from outside',
  ],
])

/**
 * Returns the name of an option's environment variable.
 *
 * @param {string} name as on the command line.
 * @returns {string}
 */
function variableOf(name) {
  return `PYTHON_NODE_${name.toUpperCase().replaceAll('-', '_')}`
}

module.exports = { OPTIONS, REFUSED, variableOf }
