'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { listen: listenAsToldTo } = require('../../js/serve/listening')
const { listen, makeFolder, selfSigned, temporaryFolder } = require('../support')
const { apps, runToEnd, serve } = require('./support')

/** Runs the command, which must fail with one line and nothing of JavaScript in it. */
async function refused(t, args, pattern, options) {
  const { code, stdout, stderr } = await runToEnd(t, args, options)
  assert.match(stderr, pattern)
  assert.doesNotMatch(stdout + stderr, /^\s+at |node:internal/m)
  assert.notEqual(code, 0)
  assert.notEqual(code, null)
  return { code, lines: stderr.trimEnd().split('\n') }
}

const oneLine = async (...args) => assert.equal((await refused(...args)).lines.length, 1)

const USAGE = [
  [['--prot', '80'], /Unknown option --prot\. Did you mean --port\?/],
  [['--no-acess-log'], /Unknown option --no-acess-log\. Did you mean --no-access-log\?/],
  [['--quite-another-thing'], /Unknown option --quite-another-thing\. See python-node serve --help/],
  [['-p', '80'], /Unknown option -p\./],
  [['--port', 'http'], /--port is "http"; expected a whole number from 0 to 65535/],
  [['--port', '65536'], /--port is "65536"; expected/],
  [['--port'], /--port needs a value/],
  [['--factory=1'], /--factory takes no value, got "1"/],
  [['--lifespan', 'maybe'], /--lifespan is "maybe"; expected auto, on or off/],
  [['--timeout-keep-alive', '-1'], /--timeout-keep-alive is "-1"; expected seconds/],
  [['--limit-concurrency', '0'], /--limit-concurrency is "0"; expected a whole number from 1/],
  [['--header', 'no colon'], /--header is "no colon"; expected "Name: value"/],
  [['--header', 'Name: a\nb'], /--header is "Name: a\\nb"; expected "Name: value"/],
  ...['Connection', 'Content-Length', 'Keep-Alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade'].map((name) => {
    return [['--header', `${name}: x`], new RegExp(`--header is "${name}: x"; ${name} cannot be set for all responses`)]
  }),
  [['--forwarded-allow-ips', '10.0.0.0/33'], /--forwarded-allow-ips has "10\.0\.0\.0\/33"; expected/],
  [['--http2'], /--http2 needs TLS: add --ssl-certfile/],
  [['--ssl-keyfile', 'key.pem'], /--ssl-keyfile needs the certificate of the key/],
  [['--ssl-keyfile-password', 'x'], /--ssl-keyfile-password needs TLS: add --ssl-certfile/],
  [['--ssl-cert-reqs', '1'], /--ssl-cert-reqs needs TLS: add --ssl-certfile/],
  [
    ['--ssl-certfile', 'c', '--ssl-cert-reqs', '2'],
    /--ssl-cert-reqs needs the certificate authorities .* add --ssl-ca-certs/,
  ],
  [['--ssl-version', '3'], /--ssl-version is "3"; expected 17 or 2 .*, or 5/],
  [['--uds', 's', '--fd', '3'], /--uds and --fd cannot be used together/],
  [['--http', 'h11'], /--http is "h11": python-node has its own HTTP parser, .*; leave it out/],
  [['--ws', 'wsproto'], /--ws is "wsproto": python-node uses the npm package ws for WebSockets; leave it out/],
  [['--loop', 'zuvloop'], /--loop is "zuvloop"; expected auto, asyncio, uvloop or module:factory/],
  [['--ws-per-message-deflate', 'often'], /--ws-per-message-deflate is "often"; expected 1, 0, true or false/],
  [['--log-config', 'log.ini'], /--log-config: .*log\.ini cannot be read \(ENOENT\)/],
  [['--app-dir', '/nowhere/at/all'], /--app-dir: there is no folder \/nowhere\/at\/all/],
  [['--root-path', 'api/'], /--root-path is "api\/"; expected a path like \/api/],
  [['--health-path', 'health'], /--health-path is "health"; expected a path/],
  [['main'], /The app is "main"; expected "module:attribute"/],
  [['main:app', 'other:app'], /Expected one app, got 2: main:app other:app/],
]

for (const [args, pattern] of USAGE) {
  test(`wrong usage is reported in one line: ${JSON.stringify(args)}`, async (t) => {
    const { code, lines } = await refused(t, ['serve', ...args], pattern)
    assert.equal(lines.length, 1)
    assert.equal(code, 2)
  })
}

test('a command that is not there is reported in one line', (t) => {
  return oneLine(t, ['sevre'], /Unknown command sevre\. Did you mean serve\?/)
})

test('a variable that is wrong is named', async (t) => {
  await oneLine(t, ['serve'], /PYTHON_NODE_PORT is "none"; expected/, { env: { PYTHON_NODE_PORT: 'none' } })
  await oneLine(t, ['serve'], /PYTHON_NODE_HTTP2 is "2"; expected 1, 0/, { env: { PYTHON_NODE_HTTP2: '2' } })
  await oneLine(t, ['serve'], /WEB_CONCURRENCY is "many"; expected/, { env: { WEB_CONCURRENCY: 'many' } })
})

test('a port in use is reported in one line', async (t) => {
  const port = await listen(t, net.createServer())
  const args = ['serve', 'tells_environment:app', '--app-dir', apps, '--port', String(port)]
  await oneLine(t, args, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use\\. Choose another one with --port`))
})

test('a host that is not of this machine is reported in one line', async (t) => {
  const args = ['serve', 'tells_environment:app', '--app-dir', apps, '--port', '0', '--host']
  await oneLine(t, [...args, '203.0.113.7'], /203\.0\.113\.7 is not an address of this machine/)
})

test('a port that this user may not have is reported in one line', async () => {
  // The user of the tests may be allowed every port, so the system's error is simulated.
  const server = new net.Server()
  server.listen = () => process.nextTick(() => server.emit('error', Object.assign(new Error(), { code: 'EACCES' })))
  await assert.rejects(listenAsToldTo(server, { host: '0.0.0.0', port: 80, uds: null }), {
    name: 'ServeFailure',
    message: 'Port 80 on 0.0.0.0 is not allowed for this user. Choose another one with --port',
  })
})

test('an app that is not there is reported in one line', async (t) => {
  const args = ['serve', '--app-dir', apps, '--port', '0']
  await oneLine(t, [...args, 'nothing_here:app'], /Entry point not found: nothing_here \(no module named/)
  await oneLine(t, [...args, 'tells_environment:application'], /has no attribute 'application'/)
  await oneLine(t, [...args, 'tells_environment:AT_IMPORT'], /is not an application: dict is not callable/)
})

const CONCLUSION = 'Application startup failed. Exiting.'

test('an app that cannot be imported is reported with its own traceback and the consequence', async (t) => {
  const { lines } = await refused(t, ['serve', 'raises_on_import:app', '--app-dir', apps], /configuration is missing/)
  assert.equal(lines[0], 'ERROR:    Traceback (most recent call last):')
  assert.match(lines[1], /^ {2}File ".*raises_on_import\.py", line 3, in <module>$/)
  assert.deepEqual(lines.slice(-2), ['RuntimeError: the configuration is missing', `ERROR:    ${CONCLUSION}`])
})

test("a failed startup is reported with the app's message, or with its traceback if it raised", async (t) => {
  const args = ['--app-dir', apps, '--port', '0', '--lifespan', 'on']
  const told = await refused(t, ['serve', 'fails_to_start:app', ...args], /no database/)
  assert.deepEqual(told.lines, ['ERROR:    no database', `ERROR:    ${CONCLUSION}`])
  const { lines } = await refused(t, ['serve', 'fails_to_start:raises', ...args], /LookupError: no database/)
  assert.equal(lines[0], 'ERROR:    Traceback (most recent call last):')
  assert.deepEqual(lines.slice(-2), ['LookupError: no database', `ERROR:    ${CONCLUSION}`])
})

test('with a log in JSON a failure is one object with the exception or the message', async (t) => {
  const args = ['--app-dir', apps, '--port', '0', '--log-format', 'json']
  const raised = await refused(t, ['serve', 'raises_on_import:app', ...args], /configuration/)
  assert.equal(raised.lines.length, 1)
  const { severityText, body, attributes } = JSON.parse(raised.lines[0])
  assert.deepEqual([severityText, body], ['ERROR', CONCLUSION])
  assert.equal(attributes['exception.type'], 'RuntimeError')
  assert.equal(attributes['exception.message'], 'the configuration is missing')
  assert.match(attributes['exception.stacktrace'], /^Traceback [^]*raises_on_import\.py/)
  const told = await refused(t, ['serve', 'fails_to_start:app', ...args], /database/)
  assert.equal(told.lines.length, 1)
  const line = JSON.parse(told.lines[0])
  assert.deepEqual([line.body, line.attributes], [CONCLUSION, { 'error.message': 'no database' }])
})

test('a path that is not a Python is reported in one line', (t) => {
  return oneLine(
    t,
    ['serve', 'x:app', '--app-dir', apps, '--python', '/no/python'],
    /\/no\/python, which is not an executable program/,
  )
})

test('certificates that will not do are reported in one line', async (t) => {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'key.pem': key, 'cert.pem': cert, 'text.pem': 'no certificate' })
  const file = (name) => path.join(folder, name)
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' })
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file('other.pem'))
  openssl('pkey', '-in', file('key.pem'), '-aes256', '-passout', 'pass:secret', '-out', file('locked.pem'))
  const check = (certificate, ownKey, pattern) => {
    const args = ['--ssl-certfile', file(certificate), '--ssl-keyfile', file(ownKey)]
    return oneLine(t, ['serve', 'tells_environment:app', '--app-dir', apps, '--port', '0', ...args], pattern)
  }
  await check('absent.pem', 'key.pem', /--ssl-certfile: .*absent\.pem cannot be read \(ENOENT\)/)
  await check('cert.pem', '.', /--ssl-keyfile: .* cannot be read \(EISDIR\)/)
  await check('text.pem', 'key.pem', /--ssl-certfile: .*text\.pem has no certificate in PEM form/)
  await check('cert.pem', 'text.pem', /--ssl-keyfile: .*text\.pem has no private key in PEM form/)
  await check('cert.pem', 'other.pem', /--ssl-keyfile: the key in .*other\.pem is not the key of the certificate/)
  await check(
    'cert.pem',
    'locked.pem',
    /--ssl-keyfile: the key in .*locked\.pem has a passphrase: add --ssl-keyfile-password/,
  )
  const more = (args, pattern) => {
    const own = ['--ssl-certfile', file('cert.pem'), '--ssl-keyfile', file('key.pem'), ...args]
    return oneLine(t, ['serve', 'tells_environment:app', '--app-dir', apps, '--port', '0', ...own], pattern)
  }
  const locked = ['--ssl-keyfile', file('locked.pem'), '--ssl-keyfile-password', 'other']
  await more(locked, /--ssl-keyfile-password: the key in .*locked\.pem has another passphrase/)
  await more(['--ssl-ca-certs', file('absent.pem')], /--ssl-ca-certs: .*absent\.pem cannot be read \(ENOENT\)/)
  await more(['--ssl-ca-certs', file('text.pem')], /--ssl-ca-certs: .*text\.pem has no certificate in PEM form/)
  await more(['--ssl-ciphers', 'NOTHING-KNOWN'], /--ssl-ciphers: OpenSSL has none of "NOTHING-KNOWN"/)
})

test('an environment file that is absent or no such file is reported in one line', async (t) => {
  const folder = makeFolder(t, { 'prose.env': 'Dear reader\n' })
  // Node itself looks for this option of a program, so the message may be Node's.
  await oneLine(t, ['serve', '--env-file', path.join(folder, 'absent.env')], /absent\.env/)
  await oneLine(t, ['serve', '--env-file', path.join(folder, 'prose.env')], /line 1 of .*prose\.env is not KEY=value/)
})

test('a Unix socket in a folder that is absent is reported in one line', async (t) => {
  const args = ['serve', 'tells_environment:app', '--app-dir', apps, '--uds']
  await oneLine(t, [...args, path.join(temporaryFolder(t), 'none', 's')], /--uds: there is no folder .*none/)
})

test('a Unix socket that is in use, and a file that is not a socket, are not removed', async (t) => {
  const folder = makeFolder(t, { file: 'text' })
  const args = ['serve', 'tells_environment:app', '--app-dir', apps, '--uds']
  await oneLine(t, [...args, path.join(folder, 'file')], /--uds: .*file exists and is not a socket/)
  assert.equal(fs.readFileSync(path.join(folder, 'file'), 'utf8'), 'text')
  const socket = path.join(folder, 'socket')
  const server = net.createServer((connection) => connection.end())
  await listen(t, server, socket)
  await oneLine(t, [...args, socket], /--uds: .*socket is in use by another server/)
  assert.ok(server.listening && fs.existsSync(socket))
})

test('a Unix socket whose server is gone is replaced', async (t) => {
  const socket = path.join(temporaryFolder(t), 'socket')
  const first = await serve(t, 'tells_environment:app', ['--uds', socket])
  first.child.kill('SIGKILL')
  await first.ended
  assert.ok(fs.existsSync(socket), 'the first one had no time to remove it')
  const { url } = await serve(t, 'tells_environment:app', ['--uds', socket])
  assert.equal(url, `unix:${socket}`)
  const connection = net.connect(socket)
  await once(connection, 'connect')
  connection.destroy()
})
