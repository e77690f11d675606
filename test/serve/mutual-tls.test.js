'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const http2 = require('node:http2')
const path = require('node:path')
const { before, test } = require('node:test')
const tls = require('node:tls')
const { WebSocket } = require('ws')
const { send, sendHTTP2, temporaryFolder } = require('../support')
const { serve } = require('./support')

/** What the tests need in files: made once, with an authority of ours and one that is another's. */
let files

before(() => {
  const folder = temporaryFolder({ after: (done) => process.once('exit', done) })
  files = (name) => path.join(folder, name)
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const authority = (name) => {
    openssl(
      'req',
      '-x509',
      ...key,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      files(`${name}.key`),
      '-out',
      files(name),
    )
  }
  const signed = (name, by, subject) => {
    const [request, own] = [files(`${name}.csr`), files(`${name}.key`)]
    openssl('req', ...key, '-subj', subject, '-keyout', own, '-out', request)
    const from = ['-CA', files(by), '-CAkey', files(`${by}.key`), '-CAcreateserial']
    openssl('x509', '-req', '-in', request, ...from, '-days', '2', '-out', files(name))
  }
  authority('ours.pem')
  authority('others.pem')
  signed('server.pem', 'ours.pem', '/CN=localhost')
  signed('right.pem', 'ours.pem', '/O=Shop/CN=till 7')
  signed('wrong.pem', 'others.pem', '/CN=stranger')
  fs.writeFileSync(
    files('both.pem'),
    `text before\n${fs.readFileSync(files('others.pem'))}${fs.readFileSync(files('ours.pem'))}`,
  )
  openssl(
    'pkey',
    '-in',
    files('server.pem.key'),
    '-aes256',
    '-passout',
    'pass:secret word',
    '-out',
    files('locked.key'),
  )
})

const own = () => ['--ssl-certfile', files('server.pem'), '--ssl-keyfile', files('server.pem.key')]

/** The certificate of a client. */
function shown(name) {
  return name === null ? {} : { cert: fs.readFileSync(files(name)), key: fs.readFileSync(files(`${name}.key`)) }
}

const connection = () => ({
  protocol: 'https:',
  ca: fs.readFileSync(files('ours.pem')),
  servername: 'localhost',
  agent: false,
})

/** The `tls` extension of a request by a client with this certificate. */
async function extensionOf(port, name) {
  const { status, body } = await send({ port, ...connection(), ...shown(name) })
  assert.equal(status, 200)
  return JSON.parse(body)
}

/** A client that gets no answer: its handshake fails, or its connection ends. */
async function isTurnedAway(port, name) {
  const codes = /^(ECONNRESET|EPIPE|ERR_SSL_\w*ALERT\w*)$/
  await assert.rejects(send({ port, ...connection(), ...shown(name) }), ({ code }) => codes.test(code))
}

for (const more of [[], ['--http2'], ['--workers', '2']]) {
  test(`a client has to show a certificate of the right authority with --ssl-cert-reqs 2 ${more.join(' ')}`, async (t) => {
    const args = [...own(), '--ssl-ca-certs', files('ours.pem'), '--ssl-cert-reqs', '2', ...more]
    const { port } = await serve(t, 'tells_tls:app', args)
    const { client_cert_name: name, client_cert_chain: chain, client_cert_error: error } = await extensionOf(
      port,
      'right.pem',
    )
    assert.deepEqual([name, error], ['CN=till 7,O=Shop', null])
    assert.equal(chain[0].trim(), fs.readFileSync(files('right.pem'), 'utf8').trim())
    await isTurnedAway(port, null)
    await isTurnedAway(port, 'wrong.pem')
    assert.equal((await extensionOf(port, 'right.pem')).client_cert_name, 'CN=till 7,O=Shop')
  })

  test(`a client may show one with --ssl-cert-reqs 1, and none of another authority ${more.join(' ')}`, async (t) => {
    const args = [...own(), '--ssl-ca-certs', files('ours.pem'), '--ssl-cert-reqs', '1', ...more]
    const { port } = await serve(t, 'tells_tls:app', args)
    assert.equal((await extensionOf(port, 'right.pem')).client_cert_name, 'CN=till 7,O=Shop')
    const { client_cert_name: name, client_cert_chain: chain, client_cert_error: error } = await extensionOf(port, null)
    assert.deepEqual([name, chain, error], [null, [], null])
    await isTurnedAway(port, 'wrong.pem')
  })
}

test('over HTTP/2 and in a WebSocket the certificate of the client is there too', async (t) => {
  const args = [...own(), '--http2', '--ssl-ca-certs', files('ours.pem'), '--ssl-cert-reqs', '1']
  const { port } = await serve(t, 'tells_tls:app', args)
  const client = { ca: fs.readFileSync(files('ours.pem')), servername: 'localhost', ...shown('right.pem') }
  const session = http2.connect(`https://127.0.0.1:${port}`, client)
  t.after(() => session.destroy())
  const { body } = await sendHTTP2(session, { ':path': '/' })
  assert.equal(JSON.parse(body).client_cert_name, 'CN=till 7,O=Shop')
  const wrong = http2.connect(`https://127.0.0.1:${port}`, { ...client, ...shown('wrong.pem') })
  t.after(() => wrong.destroy())
  wrong.on('error', () => {})
  await assert.rejects(sendHTTP2(wrong, { ':path': '/' }))
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, client)
  const message = await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
  assert.equal(JSON.parse(message).client_cert_name, 'CN=till 7,O=Shop')
  socket.terminate()
})

test('a client without a request for its certificate sends none', async (t) => {
  const { port } = await serve(t, 'tells_tls:app', [...own(), '--ssl-ca-certs', files('ours.pem')])
  assert.deepEqual((await extensionOf(port, 'wrong.pem')).client_cert_chain, [])
})

test('a file of several authorities has each of them', async (t) => {
  const args = [...own(), '--ssl-ca-certs', files('both.pem'), '--ssl-cert-reqs', '2']
  const { port } = await serve(t, 'tells_tls:app', args)
  assert.equal((await extensionOf(port, 'right.pem')).client_cert_name, 'CN=till 7,O=Shop')
  assert.equal((await extensionOf(port, 'wrong.pem')).client_cert_name, 'CN=stranger')
})

test('a key with a passphrase is opened', async (t) => {
  const args = ['--ssl-certfile', files('server.pem'), '--ssl-keyfile', files('locked.key')]
  const { port } = await serve(t, 'tells_tls:app', [...args, '--ssl-keyfile-password', 'secret word'])
  await extensionOf(port, null)
})

/** Makes a connection with these options, and gives what was agreed on. */
async function agreed(port, options) {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  try {
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    return [socket.getProtocol(), socket.getCipher().name]
  } finally {
    socket.destroy()
  }
}

test('the ciphers are those of the list, and of TLS 1.3 all, as Python has it', async (t) => {
  const { port } = await serve(t, 'tells_tls:app', [...own(), '--ssl-ciphers', 'ECDHE-ECDSA-AES256-GCM-SHA384'])
  assert.deepEqual(await agreed(port, { maxVersion: 'TLSv1.2' }), ['TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384'])
  await assert.rejects(agreed(port, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }))
  const [version] = await agreed(port, {})
  assert.equal(version, 'TLSv1.3')
})

test('with --ssl-version 5 nothing but TLS 1.2 is spoken', async (t) => {
  const { port } = await serve(t, 'tells_tls:app', [...own(), '--ssl-version', '5'])
  const [version] = await agreed(port, {})
  assert.equal(version, 'TLSv1.2')
  await assert.rejects(agreed(port, { minVersion: 'TLSv1.3' }))
})
