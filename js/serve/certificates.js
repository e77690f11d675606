'use strict'

const fs = require('node:fs')
const tls = require('node:tls')
const { ServeFailure } = require('./failure')

/**
 * Reads the certificate and its key, and checks that they belong together.
 *
 * @param {{ sslCertfile: string, sslKeyfile: string | null }} settings without a key file, the key is in the other one.
 * @returns {{ cert: Buffer, key: Buffer }} for `https.createServer`.
 * @throws {ServeFailure} naming the file, and what is wrong with it.
 */
function readCertificate({ sslCertfile, sslKeyfile }) {
  const keyFile = sslKeyfile ?? sslCertfile
  const cert = read('--ssl-certfile', sslCertfile)
  const key = sslKeyfile === null ? cert : read('--ssl-keyfile', sslKeyfile)
  attempt({ cert }, `--ssl-certfile: ${sslCertfile} has no certificate in PEM form`)
  attempt({ key }, whyNoKey(key, keyFile, sslKeyfile === null ? '--ssl-certfile' : '--ssl-keyfile'))
  attempt({ cert, key }, `--ssl-keyfile: the key in ${keyFile} is not the key of the certificate in ${sslCertfile}`)
  return { cert, key }
}

function read(option, file) {
  try {
    return fs.readFileSync(file)
  } catch (error) {
    throw new ServeFailure(`${option}: ${file} cannot be read (${error.code})`)
  }
}

function attempt(parts, message) {
  try {
    tls.createSecureContext(parts)
  } catch (error) {
    throw new ServeFailure(error.code === undefined ? message : `${message} (${error.code})`)
  }
}

function whyNoKey(key, file, option) {
  const isEncrypted = /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(key.toString('latin1'))
  if (isEncrypted) return `${option}: the key in ${file} has a passphrase; give one without (openssl pkey -in … -out …)`
  return `${option}: ${file} has no private key in PEM form`
}

module.exports = { readCertificate }
