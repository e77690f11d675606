'use strict'

// Has Node warn of something when it is told to.
process.on('SIGUSR2', () => process.emitWarning('a late doubt'))
