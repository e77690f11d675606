'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { listen, openApp, send, temporaryFolder } = require('../support')

/** A certificate authority, a server's and a client's certificate, made for this test. */
function makeCertificates(t) {
  const folder = temporaryFolder(t)
  const file = (name) => path.join(folder, name)
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(...newKey, '-x509', '-days', '2', '-subj', '/CN=Test CA', '-keyout', file('ca.key'), '-out', file('ca.pem'))
  for (const [name, subject] of [['server', '/CN=localhost'], ['client', '/C=DE/O=Shop, Inc/CN=buyer']]) {
    openssl(...newKey, '-subj', subject, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`))
    const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2']
    openssl('x509', '-req', '-in', file(`${name}.csr`), ...signer, '-out', file(`${name}.pem`))
  }
  return (name) => fs.readFileSync(file(name))
}

test('T1 a connection without TLS has no tls extension', async (t) => {
  const handler = openApp(t, 'dump_tls')
  const port = await listen(t, http.createServer(handler.listener))
  assert.deepEqual(JSON.parse((await send({ port })).body), { scheme: 'http', tls: null })
})

test('T2 T6 T7 a TLS connection is described', async (t) => {
  const read = makeCertificates(t)
  const handler = openApp(t, 'dump_tls')
  const server = https.createServer({ key: read('server.key'), cert: read('server.pem') }, handler.listener)
  const port = await listen(t, server)
  for (
    const [version, number, suites] of [['TLSv1.2', 0x0303, [0xc02b, 0xc02c, 0xcca9]], ['TLSv1.3', 0x0304, [
      0x1301,
      0x1302,
      0x1303,
    ]]]
  ) {
    const request = { protocol: 'https:', port, ca: read('ca.pem'), servername: 'localhost', agent: false }
    const { scheme, tls } = JSON.parse((await send({ ...request, minVersion: version, maxVersion: version })).body)
    assert.equal(scheme, 'https')
    assert.equal(tls.server_cert.trim(), read('server.pem').toString().trim())
    assert.equal(tls.tls_version, number)
    assert.ok(suites.includes(tls.cipher_suite), `cipher suite ${tls.cipher_suite}`)
    assert.deepEqual(tls.client_cert_chain, [])
    assert.equal(tls.client_cert_name, null)
    assert.equal(tls.client_cert_error, null)
  }
})

test('T3 T4 T5 the certificate of a client is described, with its name and its verification error', async (t) => {
  const read = makeCertificates(t)
  const other = makeCertificates(t)
  const handler = openApp(t, 'dump_tls')
  const server = https.createServer({
    key: read('server.key'),
    cert: read('server.pem'),
    ca: read('ca.pem'),
    requestCert: true,
    rejectUnauthorized: false,
  }, handler.listener)
  const port = await listen(t, server)
  const request = { protocol: 'https:', port, ca: read('ca.pem'), servername: 'localhost', agent: false }
  const known = await send({ ...request, key: read('client.key'), cert: read('client.pem') })
  const { tls } = JSON.parse(known.body)
  assert.equal(tls.client_cert_chain[0].trim(), read('client.pem').toString().trim())
  assert.equal(tls.client_cert_name, 'CN=buyer,O=Shop\\, Inc,C=DE')
  assert.equal(tls.client_cert_error, null)
  const stranger = await send({ ...request, key: other('client.key'), cert: other('client.pem') })
  const { client_cert_error: error } = JSON.parse(stranger.body).tls
  assert.equal(typeof error, 'string')
  assert.notEqual(error, '')
})

test("A19 T2 a change to a request's tls extension is not seen by the next request, also over HTTP/2", async (t) => {
  const read = makeCertificates(t)
  const handler = openApp(t, 'dump_tls')
  const server = http2.createSecureServer({ key: read('server.key'), cert: read('server.pem') }, handler.listener)
  const port = await listen(t, server)
  const session = http2.connect(`https://localhost:${port}`, { ca: read('ca.pem'), host: '127.0.0.1' })
  t.after(() => session.destroy())
  for (let i = 0; i < 2; i++) {
    const stream = session.request({ ':path': '/' })
    const chunks = []
    stream.on('data', (chunk) => chunks.push(chunk))
    await once(stream, 'end')
    const { scheme, tls } = JSON.parse(Buffer.concat(chunks))
    assert.equal(scheme, 'https')
    assert.equal(typeof tls.cipher_suite, 'number')
  }
})
