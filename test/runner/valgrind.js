'use strict'

const { which } = require('../../js/setup/child-processes')
const { installPackages } = require('../../js/setup/system-packages')

/** Installs Debian's valgrind where it may: the test that counts instructions is left out where there is none. */
async function provideValgrind(console) {
  if (process.platform !== 'linux' || which('valgrind') !== undefined) return
  await installPackages(console, ['valgrind'])
}

module.exports = { provideValgrind }
