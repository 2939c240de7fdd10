// What stands in the files beside a log: entries of the transaction index, the producer snapshot.

import { array, defineMessage, int16, int32, int64, struct, uint32 } from '../schema.ts'

export const abortedTxn = defineMessage({
  name: 'AbortedTxn',
  versions: [0, 0],
  fields: {
    producerId: int64(),
    firstOffset: int64(),
    lastOffset: int64(),
    lastStableOffset: int64(),
  },
})

export const producerSnapshot = defineMessage({
  name: 'ProducerSnapshot',
  versions: [1, 1],
  fields: {
    crc: uint32(),
    producerEntries: array(
      struct('ProducerEntry', {
        producerId: int64(),
        epoch: int16(),
        lastSequence: int32(),
        lastOffset: int64(),
        offsetDelta: int32(),
        timestamp: int64(),
        coordinatorEpoch: int32(),
        currentTxnFirstOffset: int64(),
      }),
    ),
  },
})
