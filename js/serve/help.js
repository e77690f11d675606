'use strict'

const GENERAL = `Usage: python-node serve [APP] [options]

  serve        serve an ASGI app: python-node serve main:app
  --version    say which version this is
  --help       say this; python-node serve --help has the options
`

// By hand, and not made from the table of options: 80 columns and what belongs together on a line are worth more.
const SERVE = `Usage: python-node serve [APP] [options]

Serves the ASGI app APP, written module:attribute (default main:app).

Server
  --host HOST, --port N          where to listen (127.0.0.1, 8000; 0: any)
  --uds PATH                     listen on a Unix socket instead
  --ssl-certfile FILE            speak TLS; --ssl-keyfile FILE has the key
  --http2                        HTTP/2 beside HTTP/1.1, over TLS
  --header "Name: value"         add a header to every response; repeatable
  --forwarded-allow-ips LIST     proxies to believe: 10.1.2.3,10.2.0.0/16, *
  --no-proxy-headers             do not read X-Forwarded-For and -Proto
  --workers N                    processes ($WEB_CONCURRENCY, or 1)
  --health-path /PATH            answer 200 there; --metrics-path: Prometheus
  --static-path-route /PATH      files there, of --static-path-mount DIR
  --ws-max-size BYTES            of a message (16777216)
  --ws-ping-interval S           seconds between pings of a silent client (20)
Application
  --app-dir DIR                  import from there (the current folder)
  --factory                      APP is a function that returns the app
  --interface auto|asgi3|asgi2|wsgi    --lifespan auto|on|off
  --root-path /PREFIX            the path the app is mounted under
  --python PATH                  a virtual environment, or an interpreter
  --loop auto|asyncio|uvloop     the event loop
  --thread own|node              where it runs: its own thread, or JavaScript's
  --env-file FILE                variables to set, KEY=value on each line
Limits
  --limit-concurrency N          requests at a time; more get a 503
  --limit-max-requests N         end after so many
  --timeout-keep-alive S         how long an idle connection is kept (5)
  --timeout-graceful-shutdown S  how long requests may take to end (10)
  --drain-delay S                serve on so long after SIGTERM, unhealthy (0)
Log
  --log-level critical|error|warning|info|debug|trace
  --log-format text|json         --no-access-log: no line for each request
Development
  --reload                       restart when files change; --reload-dir DIR,
                                 --reload-include, --reload-exclude PATTERN

Each option has a variable, as PYTHON_NODE_PORT=8000 and PYTHON_NODE_HTTP2=1.
`

module.exports = { GENERAL, SERVE }
