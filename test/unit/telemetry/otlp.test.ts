import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../protocol/errors.ts'
import { readOtlpMetrics } from '../../../src/telemetry/otlp.ts'
import { otlpMetrics, protobufField, varintField } from '../../support/otlp-writer.ts'

describe('reading pushed metrics', () => {
  test('gauges and sums come with the attributes of client and value', () => {
    const bytes = otlpMetrics(
      [
        { name: 'a', kind: 'gauge', value: 1.5, attributes: { topic: 't' } },
        { name: 'b', kind: 'delta', value: 2n },
        { name: 'c', kind: 'total', value: -3n },
      ],
      { client_rack: 'r1' },
    )
    expect(readOtlpMetrics(bytes)).toEqual([
      {
        metric: 'a',
        kind: 'gauge',
        value: 1.5,
        attributes: new Map([
          ['client_rack', 'r1'],
          ['topic', 't'],
        ]),
      },
      { metric: 'b', kind: 'delta', value: 2, attributes: new Map([['client_rack', 'r1']]) },
      { metric: 'c', kind: 'total', value: -3, attributes: new Map([['client_rack', 'r1']]) },
    ])
  })

  test('what is not known is passed over: histograms, later fields of every type', () => {
    const histogram = Buffer.concat([protobufField(1, 'h'), protobufField(9, 'anything')])
    const scope = protobufField(2, histogram)
    const later = [
      varintField(30, 300),
      Buffer.from([0xfd, 0x01, 1, 2, 3, 4]),
      protobufField(32, 'later'),
    ]
    const resource = protobufField(1, Buffer.concat([protobufField(2, scope), ...later]))
    expect(readOtlpMetrics(resource)).toEqual([])
    expect(readOtlpMetrics(Buffer.alloc(0))).toEqual([])
  })

  test.each([
    ['text', Buffer.from('garbage')],
    ['a length beyond the end', Buffer.from([0x0a, 0x7f])],
    ['a number without end', Buffer.alloc(12, 0xff)],
    ['the field number 0', Buffer.from([0x02, 0x00])],
    ['an unknown wire type', Buffer.from([0x1b])],
    ['a field of the wrong type', Buffer.from([0x08, 0x01])],
  ])('%s is refused as an invalid record', (_, bytes) => {
    const read = () => readOtlpMetrics(bytes)
    expect(read).toThrow(KafkaError)
    expect(read).toThrow(expect.objectContaining({ errorName: 'INVALID_RECORD' }))
  })

  test('every cut of a message is read or refused, nothing else', () => {
    const whole = otlpMetrics([{ name: 'a', kind: 'delta', value: 1, attributes: { k: 'v' } }])
    for (let length = 0; length < whole.length; length++) {
      try {
        expect(readOtlpMetrics(whole.subarray(0, length))).toBeInstanceOf(Array)
      } catch (error) {
        expect(error).toBeInstanceOf(KafkaError)
      }
    }
  })
})
