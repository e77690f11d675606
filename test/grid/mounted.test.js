'use strict'

const { compareGrid } = require('./support')

// Each app below a prefix, and its own view of its address. Falcon and Sanic do not take the prefix off the path: their
// routes would have to know it.
const PREFIX = '/api'
const APPS = {
  quart: {
    target: 'quart_app:app',
    pages: ['/names/x', '/inner/where', '/echo', '/slash/'],
    redirects: [['/redirect', 302], ['/slash', 308]],
  },
  litestar: {
    target: 'litestar_app:app',
    pages: ['/names/x', '/inner/where', '/headers', '/schema/openapi.json'],
    redirects: [['/redirect', 302]],
  },
  blacksheep: { target: 'blacksheep_app:app', pages: ['/names/x?q=1', '/echo'], redirects: [['/redirect', 302]] },
  flask: {
    target: 'flask_app:app',
    modules: ['a2wsgi'],
    interface: 'wsgi',
    pages: ['/names/x', '/inner/where', '/echo', '/slash/'],
    redirects: [['/redirect', 302], ['/slash', 308]],
  },
}

for (const [name, { target, modules = [], interface: kind = 'auto', pages, redirects }] of Object.entries(APPS)) {
  compareGrid({
    target,
    modules: [name, ...modules],
    uvicorn: { root_path: PREFIX, interface: kind },
    handler: { rootPath: PREFIX, interface: kind },
  }, {
    [`B12 B13 ${name} below a prefix finds its routes and tells its addresses alike`]: [
      ...pages.map((path) => ({ path })),
      ...redirects.map(([path, status]) => ({ path, status })),
      { path: '/absent', status: 404 },
      { path: '/', says: 'hello' },
    ],
  })
}
