'use strict'

const GENERAL = `Usage: python-node serve [APP] [options]

  serve        serve an ASGI app: python-node serve main:app
  --version    print the versions of python-node and Node
  --help       print this; python-node serve --help has the options
`

// Written by hand, to group options within 80 columns. A test compares it with the table of options.
const SERVE = `Usage: python-node serve [APP] [options]

Serves the ASGI app APP, written module:attribute (default main:app).

Server
  --host HOST, --port N          where to listen (127.0.0.1, 8000; 0: any port)
  --uds PATH                     listen on a Unix socket instead; --fd N: on a
                                 socket that this process has inherited
  --backlog N                    connections that wait to be accepted (2048)
  --ssl-certfile FILE            turn on TLS; --ssl-keyfile FILE: the key,
                                 --ssl-keyfile-password TEXT: its passphrase
  --ssl-ca-certs FILE            the authorities of client certificates
  --ssl-cert-reqs 0|1|2          clients need no certificate (0), may, or must
  --ssl-ciphers LIST             OpenSSL's names; --ssl-version 5: TLS 1.2 only
  --http2                        HTTP/2 as well as HTTP/1.1, over TLS
  --http auto|node|native        the HTTP server: native threads (auto), or
                                 node:http; --ws auto: the WebSocket library
  --header "Name: value"         add a header to every response; repeatable
  --no-date-header               no Date; --server-header: add Server
  --forwarded-allow-ips LIST     trusted proxies: 10.1.2.3,10.2.0.0/16, *
  --no-proxy-headers             ignore X-Forwarded-For and X-Forwarded-Proto
  --workers N                    processes ($WEB_CONCURRENCY, or 1)
  --health-path /PATH            a health check; --metrics-path: Prometheus
  --static-path-route /PATH      serve the files of --static-path-mount DIR
  --ws-max-size BYTES            the largest WebSocket message (16777216)
  --ws-max-queue N               messages buffered for a slow app (32)
  --ws-ping-interval S           seconds from a pong to the next ping (20)
  --ws-ping-timeout S            seconds to wait for a pong (20)
  --ws-per-message-deflate true|false    compression (true)
Application
  --app-dir DIR                  import from there (the current folder)
  --factory                      APP is a function that returns the app
  --interface auto|asgi3|asgi2|wsgi    --lifespan auto|on|off
  --root-path /PREFIX            the path the app is mounted under
  --python PATH                  an interpreter, or a virtual environment
  --loop auto|asyncio|uvloop     the event loop, or module:factory
  --loops N                      event loops, without a GIL (1; 0: one per core)
  --lifespan-scope loop|process  a lifespan for each event loop (loop)
  --thread own|node              run the app on its own thread, or JavaScript's
  --env-file FILE                variables to set, one KEY=value per line
Limits
  --limit-concurrency N          requests in flight; further ones get a 503
  --limit-max-requests N         end after N requests, plus up to
                                 --limit-max-requests-jitter N at random
  --limit-header-size BYTES      the largest head of a request (16384)
  --timeout-keep-alive S         seconds that an idle connection is kept (5)
  --timeout-graceful-shutdown S  seconds for requests to end at the stop (10)
  --drain-delay S                seconds to serve after SIGTERM, unhealthy (0)
Log
  --log-level critical|error|warning|info|debug|trace
  --log-format text|json         --no-access-log: do not log requests
  --log-config FILE              configures Python's logging: .ini, .json, .yaml
  --use-colors, --no-use-colors  coloured log (on a terminal)
Development
  --reload                       restart when files change; --reload-dir DIR,
                                 --reload-include, --reload-exclude PATTERN
  --reload-delay S               seconds without a change before it (0.05)

In parentheses: the default. Each option has an environment variable, such as
PYTHON_NODE_PORT=8000 and PYTHON_NODE_HTTP2=1.
`

module.exports = { GENERAL, SERVE }
