'use strict'

const { MULTIPART, multipart } = require('../frameworks/multipart')
const { JSON_TYPE } = require('./bodies')
const { compareGrid } = require('./support')

const HTML = ['Accept', 'text/html']
const BOTH = ['/graphql', '/own/']

/** A query in a body of JSON. */
function post(path, query, { variables, operationName, headers = [], ...expected } = {}) {
  const body = JSON.stringify({ query, variables, operationName })
  return { method: 'POST', path, headers: [JSON_TYPE, ...headers], body, ...expected }
}

/** A query in the url. */
function get(path, parameters, expected) {
  return { path: `${path}?${new URLSearchParams(parameters)}`, ...expected }
}

/** Files in the format of the GraphQL multipart request specification. */
function upload(path, query, names, isList, expected) {
  const variables = isList ? { files: names.map(() => null) } : { file: null }
  const map = Object.fromEntries(names.map((_, index) => [index, [`variables.${isList ? `files.${index}` : 'file'}`]]))
  const body = multipart(
    ['name="operations"', null, JSON.stringify({ query, variables })],
    ['name="map"', null, JSON.stringify(map)],
    ...names.map((name, index) => [
      `name="${index}"; filename="${name}"`,
      'text/plain',
      `${name} `.repeat(10_000 * (index + 1)),
    ]),
  )
  return { method: 'POST', path, headers: [MULTIPART], body, ...expected }
}

/** Messages of the protocol graphql-transport-ws, each as the client sends it; `null` waits for one. */
function talk(websocket, steps, expected) {
  const messages = steps.map((step) => (step !== null && typeof step === 'object' ? JSON.stringify(step) : step))
  return { websocket, protocols: ['graphql-transport-ws'], steps: messages, ...expected }
}

const INIT = { type: 'connection_init', payload: { name: 'Zoë' } }
const subscribe = (id, query, variables) => ({ id, type: 'subscribe', payload: { query, variables } })

const BOOKS = 'query Long($than: Int!) { books(longerThan: $than) { title pages author { name books { title } } } }'
const RESULT = '{ one: book(title: "Sand") { ...b } two: book(title: "None") { ...b } } ' +
  'fragment b on BookResult { __typename ... on Book { pages } ... on Missing { title } }'
const DOUBLE = 'mutation ($book: NewBook!) { doublePages(book: $book) { title pages author { name } } }'

compareGrid({ target: 'strawberry_books:app', modules: ['strawberry', 'fastapi', 'python_multipart'] }, {
  'Strawberry answers queries with variables, fragments, unions and aliases alike': BOTH.flatMap((path) => [
    post(path, '{ books { title } }', { says: String.raw`"title":"Gr\u00f6\u00dfe"` }),
    post(path, BOOKS, { variables: { than: 255 }, says: '"pages":480' }),
    post(path, RESULT, { says: '"__typename":"Missing"' }),
    post(path, 'query A { books { title } } query B { books { pages } }', { operationName: 'B', says: '256' }),
    get(path, { query: BOOKS, variables: '{"than":300}' }, { says: '"Sand"' }),
    post(path, '{ __schema { types { name kind fields { name } } } }', { says: 'NewBook' }),
    { ...post(path, '{ books { title } }'), headers: [['Content-Type', 'application/json; charset=utf-8']] },
  ]),
  'Strawberry runs mutations, and refuses them in a url, alike': BOTH.flatMap((path) => [
    post(path, DOUBLE, { variables: { book: { title: 'Neu', pages: 21 } }, says: '"pages":42' }),
    post(path, DOUBLE, { variables: { book: { title: 'grüße 🐍', author: 'Zoë' } }, says: String.raw`Zo\u00eb` }),
    get(path, { query: 'mutation { doublePages(book: { title: "x" }) { pages } }' }, { status: 400 }),
  ]),
  'Strawberry tells of errors of resolvers, of queries and of bodies alike': BOTH.flatMap((path) => [
    post(path, '{ books { title broken } }', { says: 'Tschick is torn' }),
    post(path, '{ nothing }', { says: "Cannot query field 'nothing'" }),
    post(path, '{ books { title', { says: 'Syntax Error' }),
    post(path, DOUBLE, { variables: { book: { pages: 'many' } }, says: "non-integer value: 'many'" }),
    post(path, '{ books { author { books { author { books { author { name } } } } } } }', { says: 'exceeds' }),
    { method: 'POST', path, headers: [JSON_TYPE], body: '{"query":', status: 400 },
    { method: 'POST', path, headers: [JSON_TYPE], body: '{}', status: 400 },
    { method: 'POST', path, body: 'text', status: 400 },
    { method: 'PUT', path, headers: [JSON_TYPE], body: '{}', status: 405 },
    { path, status: 400 },
  ]),
  'Strawberry gives resolvers the request and their headers to the response alike': [
    post('/graphql', '{ asked }', { headers: [['X-Grid', 'grid']], says: 'POST grid from a dependency' }),
    post('/own/', '{ asked }', { headers: [['X-Grid', 'grid']], says: 'POST grid None' }),
    ...BOTH.map((path) => post(path, '{ cookie }', { says: 'baked' })),
  ],
  'Strawberry serves the page of GraphiQL alike': BOTH.flatMap((path) => [
    { path, headers: [HTML], says: '<title>Strawberry GraphiQL</title>' },
    { method: 'HEAD', path, headers: [HTML], status: 405 },
  ]),
  'Strawberry takes uploads alike': BOTH.flatMap((path) => [
    upload(path, 'mutation ($file: Upload!) { readFile(file: $file) }', ['grüße.txt'], false, { says: 'text/plain' }),
    upload(path, 'mutation ($files: [Upload!]!) { readFiles(files: $files) }', ['a', 'b', 'c'], true, {
      says: '60000',
    }),
    { method: 'POST', path, headers: [MULTIPART], body: multipart(['name="map"', null, '{}']), status: 400 },
  ]),
  'Strawberry streams subscriptions over graphql-transport-ws alike': BOTH.flatMap((path) => [
    talk(path, [INIT, null, subscribe('1', 'subscription { count(target: 4) }'), null, null, null, null, null], {
      leave: [1000],
      says: '{"id":"1","type":"complete"}',
    }),
    talk(path, [INIT, null, subscribe('a', 'subscription { fruits }'), null, null, null, null], {
      leave: [1000, 'enough'],
      says: 'Kirsche f',
    }),
    talk(path, [
      INIT,
      null,
      { type: 'ping' },
      null,
      { type: 'pong' },
      subscribe('q', '{ books { pages } }'),
      null,
      null,
    ], {
      leave: [1000],
      says: '"pages":480',
    }),
    talk(path, [INIT, null, subscribe('f', 'subscription { failing }'), null, null, null], {
      leave: [1000],
      says: 'not today',
    }),
    talk(path, [INIT, null, subscribe('n', 'subscription { nothing }'), null], {
      leave: [1000],
      says: "Cannot query field 'nothing'",
    }),
  ]),
  'Strawberry closes a socket that breaks the protocol with the same code alike': BOTH.flatMap((path) => [
    talk(path, [subscribe('1', 'subscription { count }')], { code: 4401 }),
    talk(path, [INIT, null, INIT], { code: 4429 }),
    talk(path, ['no json'], { code: 4400 }),
    talk(path, [Buffer.from([1, 2])], { code: 4400 }),
    talk(path, [INIT, null, { type: 'unheard of' }], { code: 4400 }),
    talk(path, [
      INIT,
      null,
      subscribe('1', 'subscription { endless }'),
      null,
      subscribe('1', 'subscription { count }'),
    ], { code: 4409 }),
    { path: '/left', says: 'left' },
    { websocket: path, code: 4406 },
  ]),
  'Strawberry speaks the older graphql-ws, and ends a subscription whose client leaves, alike': BOTH.flatMap((path) => [
    {
      ...talk(path, [
        INIT,
        null,
        { id: '1', type: 'start', payload: { query: 'subscription { fruits }' } },
        null,
        null,
      ]),
      protocols: ['graphql-ws', 'graphql-transport-ws'],
      leave: [1000],
      says: 'Birne',
    },
    talk(path, [INIT, null, subscribe('1', 'subscription { endless }'), null], { leave: [1001], says: 'first' }),
    { path: '/left', says: 'left' },
    talk(path, [INIT, null, subscribe('1', 'subscription { endless }'), null, { id: '1', type: 'complete' }], {
      leave: [1000],
      says: 'first',
    }),
    { path: '/left', says: 'left' },
  ]),
})
