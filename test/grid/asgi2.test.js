'use strict'

const { LARGE, OWN_REFUSAL, PIECES } = require('./bodies')
const { compareGrid } = require('./support')

const app = { target: 'asgi2_app:Application', modules: [] }
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']

const tests = {
  'A6 an application of ASGI 2 gets requests and answers them alike': [
    { path: '/', says: '"method": "GET"' },
    { path: '/gr%C3%BC%C3%9Fe%20%C3%BC?a=%20', headers: [['X-Same', '1'], ['x-same', '2'], ['Cookie', 'a=1']] },
    ...METHODS.map((method) => ({ method, path: '/', body: 'x', says: '"bytes": 1' })),
    { method: 'POST', path: '/', body: LARGE, says: '"bytes": 3145728' },
    { method: 'POST', path: '/', chunks: PIECES, says: '"bytes": 70006' },
    { method: 'HEAD', path: '/' },
    { path: '/stream', says: 'data: 2' },
    { path: '/fail', status: 500, says: 'Internal Server Error' },
  ],
  'A6 an application of ASGI 2 gets WebSockets': [
    { websocket: '/ws', steps: ['grüße', null, Buffer.from([0, 255]), null], leave: [1000], says: 'grüße' },
    { websocket: '/ws', protocols: ['one', 'two'], steps: ['close'], code: 4001 },
    { websocket: '/absent', status: 403, differs: OWN_REFUSAL },
  ],
}

const said = { interface: 'asgi2' }
compareGrid({ ...app, uvicorn: said, handler: said, journal: ['startup', 'background', 'shutdown'] }, {
  ...tests,
  // Without `scope["state"]`: the application keeps what it has started itself.
  'A6 H3 an application of ASGI 2 runs its startup, and works on after its response': [
    { path: '/started', says: '["yes"]' },
    { path: '/background' },
    { path: '/noted/background', says: 'background is noted' },
  ],
})

// Found out by looking at it.
const found = { interface: 'auto', lifespan: 'off' }
compareGrid({ ...app, uvicorn: found, handler: found }, tests)
