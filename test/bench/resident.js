'use strict'

const fs = require('node:fs')

/** Writing this makes the kernel measure the peak from now on: proc(5), clear_refs. */
const RESET_PEAK = '5'

/** The memory of a process in KiB. */
const residentKibibytes = (pid) => status(pid, 'VmRSS')

/** Resets the peak of a process' memory to its current size. */
function resetPeak(pid) {
  fs.writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK)
}

/** The peak of a process' memory in KiB since resetPeak. */
const peakKibibytes = (pid) => status(pid, 'VmHWM')

function status(pid, field) {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)[1])
}

module.exports = { peakKibibytes, resetPeak, residentKibibytes }
