'use strict'

const GENERAL = `Usage: python-node serve [APP] [options]

  serve        serve an ASGI app: python-node serve main:app
  --version    say which version this is
  --help       say this; python-node serve --help has the options
`

// Written by hand, to group options within 80 columns. A test compares it with the table of options.
const SERVE = `Usage: python-node serve [APP] [options]

Serves the ASGI app APP, written module:attribute (default main:app).

Server
  --host HOST, --port N          where to listen (127.0.0.1, 8000; 0: any)
  --uds PATH                     listen on a Unix socket instead; --fd N: on a
                                 socket that this process has inherited
  --backlog N                    connections that wait to be accepted (2048)
  --ssl-certfile FILE            speak TLS; --ssl-keyfile FILE has the key,
                                 --ssl-keyfile-password TEXT opens it
  --ssl-ca-certs FILE            who signs the certificates of clients, which
  --ssl-cert-reqs 0|1|2          they do not show (0), may show, have to show
  --ssl-ciphers LIST             as OpenSSL names them; --ssl-version 5: TLS 1.2
  --http2                        HTTP/2 beside HTTP/1.1, over TLS
  --http auto|node|native        what reads HTTP: threads of its own (auto), or
                                 Node; --ws auto: what reads WebSockets
  --header "Name: value"         add a header to every response; repeatable
  --no-date-header               no Date; --server-header: Server: python-node
  --forwarded-allow-ips LIST     proxies to believe: 10.1.2.3,10.2.0.0/16, *
  --no-proxy-headers             do not read X-Forwarded-For and -Proto
  --workers N                    processes ($WEB_CONCURRENCY, or 1)
  --health-path /PATH            answer 200 there; --metrics-path: Prometheus
  --static-path-route /PATH      files there, of --static-path-mount DIR
  --ws-max-size BYTES            of a message (16777216)
  --ws-max-queue N               messages held for a slow app (32)
  --ws-ping-interval S           seconds between pings of a silent client (20)
  --ws-ping-timeout S            seconds that its answer may take (20)
  --ws-per-message-deflate true|false    compression (true)
Application
  --app-dir DIR                  import from there (the current folder)
  --factory                      APP is a function that returns the app
  --interface auto|asgi3|asgi2|wsgi    --lifespan auto|on|off
  --root-path /PREFIX            the path the app is mounted under
  --python PATH                  a virtual environment, or an interpreter
  --loop auto|asyncio|uvloop     the event loop, or module:factory
  --loops N                      at once, without a GIL (1); 0: one per core
  --lifespan-scope loop|process  a lifespan for each of them (loop)
  --thread own|node              where it runs: its own thread, or JavaScript's
  --env-file FILE                variables to set, KEY=value on each line
Limits
  --limit-concurrency N          requests at a time; more get a 503
  --limit-max-requests N         end after so many, and at random up to N more:
                                 --limit-max-requests-jitter N
  --limit-header-size BYTES      of a request's head (16384)
  --timeout-keep-alive S         how long an idle connection is kept (5)
  --timeout-graceful-shutdown S  how long requests may take to end (10)
  --drain-delay S                serve on so long after SIGTERM, unhealthy (0)
Log
  --log-level critical|error|warning|info|debug|trace
  --log-format text|json         --no-access-log: no line for each request
  --log-config FILE              configures Python's logging: .ini, .json, .yaml
  --use-colors, --no-use-colors  as the terminal has it without them
Development
  --reload                       restart when files change; --reload-dir DIR,
                                 --reload-include, --reload-exclude PATTERN
  --reload-delay S               without another change before it (0.05)

Each option has a variable, as PYTHON_NODE_PORT=8000 and PYTHON_NODE_HTTP2=1.
`

module.exports = { GENERAL, SERVE }
