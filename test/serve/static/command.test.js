'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const http2 = require('node:http2')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder, selfSigned, send, sendHTTP2, until } = require('../../support')
const { parse } = require('../../../js/serve/settings')
const { missing } = require('../../frameworks/servers')
const { runToEnd, serve } = require('../support')

test('the command serves folders beside the app, with its headers and in its log', async (t) => {
  const [css, media] = [makeFolder(t, { 'a.css': 'css' }), makeFolder(t, { 'a.txt': 'media' })]
  const args = ['--static-path-route', '/static', '--static-path-mount', css]
  args.push(
    '--static-path-route=/media',
    '--static-path-mount',
    media,
    '--header',
    'Vary: Cookie',
    '--root-path',
    '/api',
  )
  const { port, says, child, ended } = await serve(t, 'answers_with_scope:app', args)
  const { headers, body } = await send({ port, path: '/static/a.css', headers: { 'x-forwarded-for': '203.0.113.9' } })
  assert.equal(body.toString(), 'css')
  assert.equal(headers.vary, 'Cookie, Accept-Encoding')
  await says(/203\.0\.113\.9:0 - "GET \/static\/a\.css HTTP\/1\.1" 200 OK/)
  assert.equal((await send({ port, path: '/api/media/a.txt' })).body.toString(), 'media')
  assert.equal((await send({ port, path: '/media/none' })).status, 404)
  await says(/"GET \/media\/none HTTP\/1\.1" 404 Not Found/)
  assert.equal(JSON.parse((await send({ port, path: '/statics' })).body).path, '/api/statics')
  child.kill('SIGTERM')
  assert.equal((await ended).code, 0)
})

test('files are served by every worker, over HTTP/2 too, from variables', async (t) => {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'key.pem': key, 'cert.pem': cert, 'files/index.html': 'index' })
  const tls = [
    '--http2',
    '--ssl-certfile',
    path.join(folder, 'cert.pem'),
    '--ssl-keyfile',
    path.join(folder, 'key.pem'),
  ]
  const env = { PYTHON_NODE_STATIC_PATH_ROUTE: '/files', PYTHON_NODE_STATIC_PATH_MOUNT: path.join(folder, 'files') }
  const { port } = await serve(t, 'answers_with_scope:app', ['--workers', '2', ...tls], { env })
  for (let i = 0; i < 4; i++) {
    const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    const { headers, body } = await sendHTTP2(session, { ':path': '/files/' })
    session.destroy()
    assert.deepEqual([headers['content-type'], body.toString()], ['text/html; charset=utf-8', 'index'])
  }
})

test('a worker has no descriptor more after files were sent', {
  skip: !fs.existsSync('/proc/self/fd') && 'there is no /proc',
}, async (t) => {
  const folder = makeFolder(t, { 'a.txt': 'a' })
  const args = ['--static-path-route', '/static', '--static-path-mount', folder]
  const { port, child } = await serve(t, 'answers_with_scope:app', args)
  const openFiles = () => {
    const fds = `/proc/${child.pid}/fd`
    return fs.readdirSync(fds).map((fd) => {
      try {
        return fs.readlinkSync(path.join(fds, fd))
      } catch (error) {
        // Closed in the meantime.
        if (error.code === 'ENOENT') return ''
        throw error
      }
    }).filter((file) => file.startsWith(fs.realpathSync(folder)))
  }
  for (let i = 0; i < 20; i++) assert.equal((await send({ port, path: '/static/a.txt' })).body.toString(), 'a')
  await until(() => openFiles().length === 0, 'the files are closed')
})

test('routes and folders come in pairs, as paths and folders', async (t) => {
  const folder = makeFolder(t, {})
  const pair = ['--static-path-route', '/a', '--static-path-mount', folder]
  const wrong = [
    [['--static-path-route', '/a'], /--static-path-route comes once and --static-path-mount 0 times/],
    [['--static-path-mount', folder], /--static-path-route comes 0 times and --static-path-mount once/],
    ...['/', 'static', '/static/', '/a b', '/a?b', '//a', '/a%20b', '/a/../b', '/.a'].map((route) => [
      ['--static-path-route', route, '--static-path-mount', folder],
      /expected a path like \/static/,
    ]),
    [['--static-path-route', '/a', '--static-path-mount', path.join(folder, 'none')], /there is no folder .*none/],
    [[...pair, ...pair], /\/a is given twice/],
  ]
  for (const [args, message] of wrong) assert.throws(() => parse(args, {}), { message, exitCode: 2 }, args.join(' '))
  const { code, stderr } = await runToEnd(t, ['serve', 'main:app', '--static-path-route', '/a'])
  assert.equal(code, 2)
  assert.match(stderr, /^python-node: --static-path-route comes once/)
})

const root = path.join(__dirname, '..', '..', '..')
const docroot = path.join(root, 'Fixtures', 'frameworks')
const python = path.join(root, '.venv', 'bin', 'python')
const lacking = missing(['django'])

test("the styles of Django's admin are served from the folder that collectstatic fills", {
  skip: lacking !== '' && `.venv lacks ${lacking}: npm test installs what the tests need`,
}, async (t) => {
  const env = { STATIC_ROOT: path.join(makeFolder(t, {}), 'collected') }
  execFileSync(python, [path.join(docroot, 'django_admin.py')], { env: { ...process.env, ...env } })
  const args = ['--static-path-route', '/static', '--static-path-mount', env.STATIC_ROOT, '--app-dir', docroot]
  const { port } = await serve(t, 'django_admin:application', args, { env })
  const page = await send({ port, path: '/admin/login/' })
  assert.equal(page.status, 200)
  const files = Array.from(page.body.toString().matchAll(/(?:href|src)="(\/static\/[^"]+)"/g), ([, file]) => file)
  assert.ok(files.some((file) => file.endsWith('.css')), page.body.toString())
  for (const file of files) {
    const { status, headers, body } = await send({ port, path: file })
    assert.equal(status, 200, file)
    assert.match(headers['content-type'], file.endsWith('.css') ? /^text\/css/ : /^text\/javascript/)
    assert.ok(body.length > 0)
  }
})
