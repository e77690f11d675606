// Compiled with `tsc --noEmit`: what must be accepted stands alone, what must not follows @ts-expect-error.

import { createServer, IncomingMessage } from 'node:http'
import { createServer as createHTTP2Server } from 'node:http2'
import {
  ApplicationInstance,
  AsgiError,
  AsgiErrorCode,
  AsgiEvent,
  ConditionalRewriter,
  Connection,
  DiagnosticsMessages,
  errors,
  ExistenceCondition,
  GroupCondition,
  HandlerOptions,
  HandlerStats,
  HeaderCondition,
  HeaderRewriter,
  Headers,
  HrefRewriter,
  KeywordArguments,
  kwargs,
  MethodCondition,
  MethodRewriter,
  NonExistenceCondition,
  PathCondition,
  PathRewriter,
  Python,
  PythonHandler,
  PythonServer,
  PythonServerOptions,
  PythonServerStats,
  ReceivedEvent,
  Request,
  RequestRewriter,
  Response,
  Rewriter,
  SequenceRewriter,
  StatelessServer,
} from '../js/index'
import { serve, Served, ServeFailure, ServeOptions } from '../js/serve'
import { PathRewriter as PartRewriter } from '../js/rewrite/index.js'
import { StatelessServer as PartServer } from '../js/raw/index.js'

/** Fails to compile unless the type of the value is exactly the one given. */
function exactly<Expected>(): <Actual>(value: Actual, ...same: Same<Actual, Expected>) => void {
  return () => undefined
}
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : [never]

// Handlers

const options: HandlerOptions = {
  docroot: './apps',
  rootPath: '/api',
  python: '/usr/bin/python3',
  interface: 'asgi3',
  factory: false,
  lifespan: 'auto',
  lifespanTimeout: 1000,
  loop: 'module:factory',
  thread: 'own',
  responseTimeout: 0,
  maxConcurrency: 10,
  highWaterMark: 1024,
  scope: { custom: [1] },
  rewriter: new PathRewriter('a', 'b'),
}
const perRequest: HandlerOptions = {
  scope: (req: IncomingMessage) => ({ user: req.headers['x-user'] }),
  forwardedAllowIps: ['10.0.0.0/8', 'unix:'],
}
new PythonHandler('main:app', { scope: (req) => req.user && { user: req.user }, forwardedAllowIps: '*' })
new PythonHandler('main:app', perRequest)
// @ts-expect-error -- a scope is an object
new PythonHandler({ scope: () => 5 })
// @ts-expect-error -- no such interface
const wrong: HandlerOptions = { interface: 'cgi' }

new PythonHandler()
new PythonHandler('main:app', options)
new PythonHandler('main', 'app', options)
new PythonHandler({ file: 'main', function: 'app' }, options)
new Python({ docroot: './apps', appTarget: 'main:app', thread: 'node' })
new Python({ docroot: './models', appTarget: null })
// @ts-expect-error -- a target is no number
new PythonHandler(5)
// @ts-expect-error -- both parts are needed
new PythonHandler({ file: 'main' })

const handler: Python = new PythonHandler()
exactly<string>()(handler.docroot)
exactly<Promise<void>>()(handler.ready())
exactly<Promise<void>>()(handler.close({ timeout: 100 }))
exactly<HandlerStats>()(handler.stats())
exactly<number>()(handler.stats().inFlight)
exactly<boolean>()(handler.dispatcher().closed)
exactly<Promise<void>>()(handler.dispatcher({ origin: ['http://python.internal'] }).destroy(null))
const init = { method: 'POST', dispatcher: handler.dispatcher({ origin: 'http://a', fallback: handler.dispatcher() }) }
fetch('http://python.internal/', init)
handler.dispatcher().once('drain', () => undefined)
// @ts-expect-error -- an origin is no number
handler.dispatcher({ origin: 5 })
createServer(handler.listener)
createHTTP2Server(handler.listener)
// @ts-expect-error -- read-only
handler.docroot = ''

const serverOptions: PythonServerOptions = {
  paths: ['/api'],
  ioThreads: 2,
  healthPath: '/health',
  exposeErrors: true,
  headers: { server: 'python-node', link: ['</a>', '</b>'] },
}
exactly<PythonServer>()(handler.createServer())
exactly<PythonServer>()(handler.createServer(serverOptions, (req, res) => res.end(req.url)))
handler.createServer(createServer())
const pythonServer = handler.createServer((req, res) => res.end()).listen(0, '127.0.0.1', () => undefined)
pythonServer.listen({ path: '/tmp/socket', backlog: 10, reusePort: true }, () => undefined).unref().ref()
pythonServer.on('drop', ({ count }) => exactly<number>()(count)).once('error', ({ code }) => code)
exactly<PythonServerStats>()(pythonServer.stats())
pythonServer.close((error) => error?.message)
// @ts-expect-error -- read-only
pythonServer.listening = true
// @ts-expect-error -- there is no such option
handler.createServer({ path: '/api' })

async function requests() {
  const { signal } = new AbortController()
  exactly<Response>()(await handler.handleRequest({ url: '/' }))
  exactly<Response>()(await handler.handleRequest(new Request({ url: '/' }), signal))
  exactly<Response>()(await handler.handleStream({ url: '/', method: 'POST', body: 'x' }, { signal }))
  exactly<Response>()(handler.handleRequestSync({ url: '/', headers: { a: ['b', 'c'] } }))
  exactly<globalThis.Response>()(await handler.fetch(new globalThis.Request('http://localhost/')))
  await handler.fetch('http://localhost/', { method: 'POST', body: 'text' })
  await handler.fetch(new URL('http://localhost/'))
  // @ts-expect-error -- a url is needed
  await handler.handleRequest({ method: 'GET' })
  // @ts-expect-error -- a web-standard request is not ours
  await handler.fetch(new Request({ url: '/' }))
}

// Requests and responses

const request = new Request({
  url: '/',
  socket: { remoteAddress: '127.0.0.1', remotePort: 1 },
  body: new Uint8Array(1),
})
exactly<string>()(request.path)
exactly<Buffer | null>()(request.body)
exactly<Headers>()(request.headers)
exactly<Promise<void>>()(request.write('chunk'))
exactly<Promise<void>>()(request.end())
request.headers = { a: 'b' }
request.headers.set('a', ['b', 'c'])
request.method = 'PUT'
request.docroot = null
// @ts-expect-error -- read-only
request.path = '/'
// @ts-expect-error -- a url is needed
new Request({})

async function responses(response: Response) {
  exactly<string>()(await response.text())
  exactly<any>()(await response.json())
  exactly<Buffer | null>()(await response.next())
  for await (const chunk of response) exactly<Buffer>()(chunk)
  exactly<Headers | null>()(response.trailers)
  exactly<string | null>()(response.exception)
  exactly<Buffer>()(response.log)
  response.status = 204
  response.headers = new Headers({ a: 'b' })
  response.destroy(new Error('enough'))
}
new Response()
new Response({ status: 404, headers: { a: 'b' }, body: 'no' })

const headers = new Headers([['a', 'b']])
exactly<string | null>()(headers.get('a'))
exactly<string[]>()(headers.getAll('a'))
exactly<boolean>()(headers.add('a', 'b'))
exactly<Array<[string, string]>>()(headers.entries())
for (const [name, value] of headers) exactly<string>()(name + value)
headers.forEach((value, name, all) => exactly<Headers>()(all))

// WebSockets

const server = createServer()
server.on('upgrade', new PythonHandler('main:app', { wsMaxPayload: 1, wsQueue: 1, perMessageDeflate: true }).upgrade)
const sockets: HandlerOptions = { wsPingInterval: 0, wsPingTimeout: 0, wsAcceptTimeout: 0 }
new PythonHandler('main:app', { ...sockets, perMessageDeflate: { threshold: 0 } })
async function talk(handler: PythonHandler) {
  const opening = new Request({ websocket: true, url: '/' })
  exactly<boolean>()(opening.websocket)
  const socket = await handler.handleStream(opening)
  await opening.write('text')
  exactly<string | Buffer | null>()(await socket.nextMessage())
  exactly<Buffer | null>()(await socket.next())
  await opening.end(4000, 'reason')
  exactly<number | null>()(socket.closeCode)
  exactly<string | null>()(socket.closeReason)
  exactly<string | null>()(socket.subprotocol)
  // @ts-expect-error -- read only
  socket.closeCode = 1000
}

// Other protocols

async function converse(handler: PythonHandler) {
  const { signal } = new AbortController()
  const connection = handler.connect({ type: 'telnet', client: ['::1', 23], id: 5n, secret: Buffer.from('x') }, signal)
  exactly<Connection>()(connection)
  exactly<Promise<void>>()(connection.send({ type: 'telnet.line', bytes: new Uint8Array(1), nothing: undefined }))
  exactly<ReceivedEvent | null>()(await connection.receive())
  for await (const event of connection) exactly<string>()(event.type)
  exactly<boolean>()(connection.isOpen)
  exactly<Promise<void>>()(connection.closed)
  exactly<Promise<void>>()(connection.close())
  handler.connect({ type: 'telnet' }, { signal })
  // @ts-expect-error -- a scope has a type
  handler.connect({ client: null })
  // @ts-expect-error -- a function cannot be sent
  await connection.send({ type: 'x', callback: () => undefined })
  // @ts-expect-error -- a Date cannot be sent
  await connection.send({ type: 'x', when: new Date() })
  // @ts-expect-error -- made by connect()
  new Connection()
}

class Clock extends StatelessServer {
  override async handle(signal: AbortSignal) {
    const instance = this.getOrCreateApplicationInstance('one', { type: 'clock' })
    exactly<ApplicationInstance>()(instance)
    exactly<Promise<void>>()(instance.put({ type: 'clock.tick', aborted: signal.aborted }))
    exactly<number>()(instance.lastUsed)
    await this.deleteApplicationInstance('one')
    await this.deleteOldestApplicationInstance()
  }
  override async applicationSend(scope: AsgiEvent, event: ReceivedEvent) {
    exactly<string>()(scope.type + event.type)
  }
  override applicationException(error: Error, details: ApplicationInstance) {
    exactly<boolean>()(details.isOpen && error.message === '')
  }
}
exactly<Promise<void>>()(new Clock(handler, { maxApplications: 5 }).run(new AbortController().signal))
// @ts-expect-error -- handle and applicationSend are to be overridden
new StatelessServer(handler)

// Rewriting

const condition = new PathCondition(/a/).and(new HeaderCondition('a', 'b')).or(new MethodCondition('GET'))
exactly<GroupCondition>()(condition)
exactly<boolean>()(new ExistenceCondition().matches(request))
exactly<boolean>()(new NonExistenceCondition().matches(request, './apps'))
exactly<SequenceRewriter>()(new PathRewriter('a', 'b').andThen(new HrefRewriter('a', 'b')))
exactly<SequenceRewriter>()(new PathRewriter('a', 'b').then(new HrefRewriter('a', 'b')))
exactly<ConditionalRewriter>()(new HeaderRewriter('a', 'b', 'c').when(condition))
exactly<Request>()(new MethodRewriter('PUT').rewrite(request, './apps'))
const own: RequestRewriter = { rewrite: (each) => each }
new PythonHandler('main:app', { rewriter: own })
new Rewriter([
  { operation: 'or', conditions: [{ type: 'not_exists' }], rewriters: [{ type: 'path', args: ['a', 'b'] }] },
  { rewriters: [{ type: 'method', args: ['PUT'] }] },
])
// @ts-expect-error -- no such type
new Rewriter([{ rewriters: [{ type: 'paths', args: ['a', 'b'] }] }])
// @ts-expect-error -- an argument is missing
new Rewriter([{ rewriters: [{ type: 'path', args: ['a'] }] }])

// Errors

function failed(error: AsgiError) {
  const code: AsgiErrorCode = error.code
  exactly<string>()(errors[code])
  exactly<string | undefined>()(error.pythonTraceback)
}

// Serving from a program

async function servesFromAProgram(options: ServeOptions): Promise<void> {
  const server: Served = await serve('main:app', { ...options, port: 0, headers: [['X-Front', 'yes']], loop: 'uvloop' })
  const url: string = server.url
  if (typeof server.address === 'object') console.log(url, server.address.port)
  await server.close()
  // @ts-expect-error a number
  await serve('main:app', { port: '8000' })
  // @ts-expect-error there is no such option
  await serve('main:app', { prot: 8000 })
  // @ts-expect-error the reloader is the command's
  await serve('main:app', { reload: true })
  // @ts-expect-error a target is needed
  await serve()
  // @ts-expect-error the package makes them
  new ServeFailure()
  const failure: unknown = null
  if (failure instanceof ServeFailure) console.log(failure.code.length, failure.details[0], failure.exitCode + 1)
}

// Plain functions

interface Label {
  label: string
  score: number
}

async function functions(python: PythonHandler): Promise<void> {
  const predict = python.function<(image: Uint8Array, named?: KeywordArguments<{ top: number }>) => Label[]>(
    'model:predict',
  )
  exactly<Promise<Label[]>>()(predict(Buffer.alloc(1)))
  exactly<Label[]>()(await predict(new Uint8Array(1), kwargs({ top: 3 })))
  const bound = predict.with({ signal: new AbortController().signal, inline: true })
  exactly<Label[]>()(await bound(Buffer.alloc(1)))
  exactly<Promise<void>>()(bound.ready())
  // @ts-expect-error
  predict('image')
  // @ts-expect-error
  predict(Buffer.alloc(1), { top: 3 })
  // @ts-expect-error
  predict(Buffer.alloc(1), kwargs({ bottom: 3 }))
  // @ts-expect-error
  kwargs(1)
  // @ts-expect-error
  python.function('model:predict', { inline: 1 })
  // @ts-expect-error
  python.function<string>('model:predict')

  const tokens = python.function<(text: string) => AsyncIterable<string>>({ file: 'model', function: 'tokens' })
  for await (const token of tokens('text')) exactly<string>()(token)
  const iterator = await tokens('text')
  for await (const token of iterator) exactly<string>()(token)
  const next = await iterator.next()
  if (next.done !== true) exactly<string>()(next.value)
  await iterator.return()
  // @ts-expect-error
  for await (const label of predict(Buffer.alloc(1))) console.log(label)

  const unknown = python.function('model:anything', { inline: true, signal: null })
  exactly<any>()(await unknown(1, 'a', null))
  for await (const value of unknown()) exactly<any>()(value)
}

function observed(python: PythonHandler): void {
  const start = ({ request }: DiagnosticsMessages['python-node:request:start']): void => {
    exactly<PythonHandler>()(request.handler)
    exactly<Headers>()(request.headers)
    request.headers.set('traceparent', '00-…')
    // @ts-expect-error
    request.url = '/'
  }
  const end = ({ status, aborted }: DiagnosticsMessages['python-node:request:end']): void => {
    exactly<number | null>()(status)
    exactly<boolean>()(aborted)
  }
  console.log(python, start, end)
}

export { converse, failed, functions, observed, requests, responses, servesFromAProgram, talk, wrong }

// The parts that have a path of their own declare the same classes.
exactly<typeof PathRewriter>()(PartRewriter)
exactly<typeof StatelessServer>()(PartServer)
