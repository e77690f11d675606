'use strict'

const fs = require('node:fs')
const tls = require('node:tls')
const { ServeFailure } = require('./failure')

/** Values of `--ssl-cert-reqs`, as in Python's ssl module. */
const OPTIONAL = 1
const REQUIRED = 2

/** The value of `--ssl-version` for TLS 1.2 only. */
const TLS_1_2 = 5

/** The cipher suites of TLS 1.3, which are kept unless `--ssl-ciphers` names some of them. */
const SUITES_1_3 = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256'

/** A certificate in a file of several. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * Reads the files for TLS and checks that they match.
 *
 * @param {object} settings of `parse`; without a key file the key is in the certificate's file.
 * @returns {object} options for `https.createServer`.
 * @throws {ServeFailure} with the option, the file and the problem.
 */
function tlsOptions(settings) {
  const { sslCaCerts, sslCertReqs, sslCiphers, sslVersion } = settings
  const options = { ...readCertificate(settings), ...ciphersOf(sslCiphers) }
  if (sslVersion === TLS_1_2) options.minVersion = options.maxVersion = 'TLSv1.2'
  if (sslCaCerts !== null) options.ca = readAuthorities(sslCaCerts)
  options.requestCert = sslCertReqs !== 0
  options.rejectUnauthorized = sslCertReqs === REQUIRED
  return options
}

/**
 * Makes a server with optional client certificates refuse invalid ones, which Node leaves to the program.
 *
 * @param {import('node:tls').Server} server that has only its built-in 'secureConnection' listener.
 */
function refuseWrongClients(server) {
  const listeners = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket) => {
    const hasShown = socket.getPeerCertificate().raw !== undefined
    if (hasShown && !socket.authorized) socket.destroy()
    else for (const listener of listeners) listener.call(server, socket)
  })
}

function ciphersOf(list) {
  if (list === null) return {}
  const ciphers = /(^|:)TLS_/.test(list) ? list : `${SUITES_1_3}:${list}`
  attempt({ ciphers }, `--ssl-ciphers: OpenSSL has none of ${JSON.stringify(list)}: choose from openssl ciphers`)
  return { ciphers }
}

function readAuthorities(file) {
  const authorities = read('--ssl-ca-certs', file).toString('latin1').match(CERTIFICATE) ?? []
  const message = `--ssl-ca-certs: ${file} has no certificate in PEM form`
  if (authorities.length === 0) throw new ServeFailure(message)
  for (const each of authorities) attempt({ ca: each }, message)
  return authorities
}

function readCertificate({ sslCertfile, sslKeyfile, sslKeyfilePassword }) {
  const keyFile = sslKeyfile ?? sslCertfile
  const cert = read('--ssl-certfile', sslCertfile)
  const key = sslKeyfile === null ? cert : read('--ssl-keyfile', sslKeyfile)
  attempt({ cert }, `--ssl-certfile: ${sslCertfile} has no certificate in PEM form`)
  const passphrase = sslKeyfilePassword ?? undefined
  attempt(
    { key, passphrase },
    whyNoKey(key, keyFile, sslKeyfile === null ? '--ssl-certfile' : '--ssl-keyfile', passphrase),
  )
  attempt(
    { cert, key, passphrase },
    `--ssl-keyfile: the key in ${keyFile} is not the key of the certificate in ${sslCertfile}: give the pair`,
  )
  return { cert, key, passphrase }
}

function read(option, file) {
  try {
    return fs.readFileSync(file)
  } catch (error) {
    throw new ServeFailure(
      `${option}: ${file} cannot be read (${error.code}): expected a PEM file that this user may read`,
    )
  }
}

function attempt(parts, message) {
  try {
    tls.createSecureContext(parts)
  } catch (error) {
    throw new ServeFailure(error.code === undefined ? message : `${message} (${error.code})`)
  }
}

function whyNoKey(key, file, option, passphrase) {
  const isEncrypted = /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(key.toString('latin1'))
  if (isEncrypted && passphrase !== undefined) {
    return `--ssl-keyfile-password: the key in ${file} has another passphrase: give the right one`
  }
  if (isEncrypted) return `${option}: the key in ${file} has a passphrase: add --ssl-keyfile-password`
  return `${option}: ${file} has no private key in PEM form`
}

module.exports = { OPTIONAL, refuseWrongClients, tlsOptions }
