'use strict'

const fs = require('node:fs')
const { which } = require('../setup/child-processes')
const { command } = require('../setup/command')
const nativeBuild = require('../setup/native-build')
const { addon } = require('../setup/paths')
const { SetupError } = require('../setup/setup-error')
const { buildFromSource } = require('./from-source')
const { describeAddon } = require('./prebuilt')

/** The maximum size of the addon in bytes. With debugging symbols it is larger. */
const LIMIT = 16 * 1024 * 1024

// The npm script `prepack`: builds the addon from the current sources, strips it, and writes its record.
command(async (console) => {
  if (!nativeBuild.isCurrent()) {
    if ((which('strip') ?? which('llvm-strip')) === undefined) {
      throw new SetupError('python-node: packing needs strip: install it (Debian: binutils) and put it on PATH')
    }
    await buildFromSource(console, 'the addon was not built from the current sources')
  }
  const { size } = fs.statSync(addon)
  if (size > LIMIT) {
    const advice = 'remove it and pack again, with strip on PATH'
    throw new SetupError(
      `python-node: ${addon} has ${(size / 1e6).toFixed(1)} MB, probably with debugging symbols: ${advice}`,
    )
  }
  describeAddon()
})
