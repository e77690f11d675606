'use strict'

const { core } = require('../binding')

/** IANA numbers of the cipher suites that Node offers, by their standard names. */
const SUITES = new Map([
  ['TLS_AES_128_GCM_SHA256', 0x1301],
  ['TLS_AES_256_GCM_SHA384', 0x1302],
  ['TLS_CHACHA20_POLY1305_SHA256', 0x1303],
  ['TLS_AES_128_CCM_SHA256', 0x1304],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 0xc02b],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 0xc02c],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 0xc02f],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 0xc030],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 0xcca8],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 0xcca9],
  ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', 0x009e],
  ['TLS_DHE_RSA_WITH_AES_256_GCM_SHA384', 0x009f],
  ['TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 0xccaa],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 0xc027],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 0xc023],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384', 0xc028],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384', 0xc024],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 0xc013],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 0xc014],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 0xc009],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 0xc00a],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 0x009c],
  ['TLS_RSA_WITH_AES_256_GCM_SHA384', 0x009d],
  ['TLS_RSA_WITH_AES_128_CBC_SHA256', 0x003c],
  ['TLS_RSA_WITH_AES_256_CBC_SHA256', 0x003d],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 0x002f],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', 0x0035],
])

const VERSIONS = new Map([
  ['TLSv1', 0x0301],
  ['TLSv1.1', 0x0302],
  ['TLSv1.2', 0x0303],
  ['TLSv1.3', 0x0304],
])

/** X.500 attribute names that RFC 4514 knows; Node uses the same. */
const ATTRIBUTES = new Set(['CN', 'L', 'ST', 'O', 'OU', 'C', 'STREET', 'DC', 'UID'])

/**
 * Describes a connection in the form of ASGI's `tls` extension. Called once per socket, because reading certificates is slow.
 *
 * @param {import('node:tls').TLSSocket} socket
 * @returns {string} JSON in ASCII.
 */
function describeTLS(socket) {
  const own = socket.getX509Certificate?.()
  const chain = chainOf(socket.getPeerCertificate?.(true))
  const error = socket.authorizationError
  const description = {
    server_cert: own === undefined ? null : pem(own.raw),
    client_cert_chain: chain.map((certificate) => pem(certificate.raw)),
    client_cert_name: chain.length === 0 ? null : distinguishedName(chain[0].raw),
    client_cert_error: chain.length > 0 && error ? String(error.code ?? error) : null,
    tls_version: VERSIONS.get(socket.getProtocol?.()) ?? null,
    cipher_suite: SUITES.get(socket.getCipher?.()?.standardName) ?? null,
  }
  return core.requests.ascii(JSON.stringify(description))
}

/** The client's certificate chain, its own first. A root certificate is its own issuer. */
function chainOf(first) {
  const chain = []
  for (
    let certificate = first;
    certificate?.raw !== undefined && !chain.includes(certificate);
    certificate = certificate.issuerCertificate
  ) chain.push(certificate)
  return chain
}

function pem(raw) {
  const lines = raw.toString('base64').match(/.{1,64}/g)
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** The subject in the form of RFC 4514: the most specific part first. Node has escaped the values already. */
function distinguishedName(raw) {
  // Loading it is slow, so only if a client has sent a certificate.
  const { X509Certificate } = require('node:crypto')
  const parts = []
  for (const part of new X509Certificate(raw).subject.split('\n')) {
    const equals = part.indexOf('=')
    const name = part.slice(0, equals)
    parts.unshift(`${ATTRIBUTES.has(name) ? name : name.toUpperCase()}=${part.slice(equals + 1)}`)
  }
  return parts.join(',')
}

module.exports = { describeTLS }
