'use strict'

/** Tests of `listener` that are not about Node's own objects: they hold for servers of handlers as well. */
const FILES = `
  test/abort.test.js
  test/whole-body.test.js
  test/errors.test.js
  test/listener-head.test.js
  test/raised-again.test.js
  test/error-page.test.js
  test/conformance/application.test.js
  test/conformance/lifespan.test.js
  test/conformance/messages.test.js
  test/conformance/receive.test.js
  test/conformance/scope.test.js
  test/conformance/send.test.js
  test/extensions/files.test.js
  test/extensions/hints.test.js
  test/extensions/trailers.test.js
  test/frameworks/django.test.js
  test/frameworks/fastapi.test.js
  test/frameworks/starlette.test.js
  test/grid/asgi2.test.js
  test/grid/falcon.test.js
  test/grid/flask.test.js
  test/grid/litestar.test.js
  test/grid/quart.test.js
  test/hostile/pairing.test.js
  test/hostile/requests.test.js
  test/hostile/secrets.test.js
  test/hostile/splitting.test.js
  test/hostile/streams.test.js
  test/hosts/proxied.test.js
  test/wsgi/calls.test.js
  test/wsgi/environ.test.js
  test/wsgi/input.test.js
  test/wsgi/response.test.js
`.trim().split(/\s+/)

/** More of them, for which `npm test` has no time. */
const MORE = `
  test/grid/blacksheep.test.js
  test/grid/django.test.js
  test/grid/mcp.test.js
  test/grid/mounted.test.js
  test/grid/nicegui.test.js
  test/grid/sanic.test.js
  test/grid/socketio.test.js
  test/grid/strawberry.test.js
`.trim().split(/\s+/)

module.exports = { FILES, MORE }
