import { expect, test } from 'vitest'
import {
  hangingAmong,
  type OpenTransaction,
} from '../../../../src/cli/tools/hanging-transactions.ts'

function open(partition: number, producerId: number): OpenTransaction {
  const producer = {
    producerId,
    producerEpoch: 0,
    lastSequence: 0,
    lastTimestamp: 0,
    coordinatorEpoch: 0,
    currentTxnStartOffset: 7,
  }
  return { topic: 't', partition, producer }
}

test('an open transaction whose producer has no coordinator hangs', () => {
  expect(hangingAmong([open(0, 1), open(1, 2)], new Map([[2, new Set(['t-1'])]]))).toEqual([
    open(0, 1),
  ])
})

test("a partition that is not in the coordinator's transaction hangs, the others do not", () => {
  const coordinated = new Map([[1, new Set(['t-0', 't-2'])]])
  expect(hangingAmong([open(0, 1), open(1, 1), open(2, 1)], coordinated)).toEqual([open(1, 1)])
})
