'use strict'

/** Upper bounds of the buckets for durations, in seconds: the defaults of Prometheus' clients. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Upper bounds of the buckets for sizes, in bytes: those of Prometheus' own responses. */
const BYTES = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000]

module.exports = { BYTES, SECONDS }
