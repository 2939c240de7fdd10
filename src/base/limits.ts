// Bounds of our own that no Kafka key sets. Each is a promise about memory.
import { assert } from './assert.ts'
import { KiB, MiB } from './units.ts'

export const limits = {
  /** Requests of one connection that may wait for their answers before reading pauses. */
  inFlightRequestsMax: 64,
  /** Answer bytes that may wait in one socket before no further request of it is begun. */
  sendQueueBytesMax: 1 * MiB,
  /** First allocation for a frame that arrives in parts; it grows with what has arrived. */
  framePartBytesMin: 4 * KiB,
  /** The buffer that all sockets read into. */
  receiveBufferBytes: 256 * KiB,
  /** Memory kept for reuse by frames that arrive in parts. */
  framePoolBytesMax: 32 * MiB,
  /** What one compressed batch may inflate to when its records are looked at. */
  inflatedBatchBytesMax: 256 * MiB,
  /** A frame that waits this long for memory while nobody gives any back ends the quietest peer. */
  requestMemoryStallMs: 5000,
} as const

assert(limits.framePartBytesMin <= limits.receiveBufferBytes, 'a first part fits in one read')
