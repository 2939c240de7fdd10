import { describe, expect, test } from 'vitest'
import { encodeConsumerProtocolSubscription } from '../../../protocol/codecs/consumer-protocol.ts'
import { encodeOffsetCommitKey } from '../../../protocol/codecs/group-records.ts'
import { apiNames, apis } from '../../../protocol/codecs/index.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import {
  decodeRequestHeader,
  encodeResponseFrame,
  encodeToBuffer,
  requestHeaderVersion,
  responseHeaderVersion,
} from '../../../protocol/header.ts'
import { Reader } from '../../../protocol/reader.ts'

function header(hex: string) {
  const reader = new Reader(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  return { ...decodeRequestHeader(reader), left: reader.remaining }
}

describe('a request header', () => {
  test('of an old version has no tag section', () => {
    expect(header('0003 0001 00000007 0003 616263 ff')).toEqual({
      api: 'Metadata',
      apiKey: 3,
      apiVersion: 1,
      correlationId: 7,
      clientId: 'abc',
      left: 1,
    })
  })

  test('of a flexible version has one, and still an int16 length before the client id', () => {
    const decoded = header('0003 0009 00000007 0003 616263 00 ff')
    expect(decoded.clientId).toBe('abc')
    expect(decoded.left).toBe(1)
  })

  test('may be without a client id, and with tagged fields of the future', () => {
    const decoded = header('0003 000c 00000007 ffff 01 05 02 aabb ff')
    expect(decoded.clientId).toBeNull()
    expect(decoded.left).toBe(1)
  })

  test('of an ApiVersions request is read in whatever version it comes', () => {
    const decoded = header('0012 7fff 00000007 0001 61 00 ff')
    expect(decoded).toMatchObject({ api: 'ApiVersions', apiVersion: 0x7fff, left: 1 })
  })

  test.each([-1, 4, 95, 200, 0x7fff])('with api key %d, which is none, is refused', (key) => {
    const hex = (key & 0xffff).toString(16).padStart(4, '0')
    expect(() => header(`${hex} 0000 00000001 ffff`)).toThrow(DecodeError)
  })

  test('that is cut short anywhere is refused', () => {
    const whole = '00030009000000070003616263' + '00'
    for (let end = 0; end < whole.length; end += 2) {
      expect(() => header(whole.slice(0, end))).toThrow(DecodeError)
    }
  })
})

describe('header versions', () => {
  test('follow the flexible versions of the request', () => {
    expect(requestHeaderVersion('Produce', 8)).toBe(1)
    expect(requestHeaderVersion('Produce', 9)).toBe(2)
    expect(responseHeaderVersion('Produce', 8)).toBe(0)
    expect(responseHeaderVersion('Produce', 9)).toBe(1)
    expect(requestHeaderVersion('SaslHandshake', 1)).toBe(1)
  })

  test('are 0 for every ApiVersions response', () => {
    expect(requestHeaderVersion('ApiVersions', 3)).toBe(2)
    for (const version of [0, 3, 4, 99])
      expect(responseHeaderVersion('ApiVersions', version)).toBe(0)
  })
})

describe('a response frame', () => {
  const bytes = (frame: ReturnType<typeof encodeResponseFrame>) =>
    Buffer.concat(frame.chunks as Buffer[]).toString('hex')

  test('is size, correlation id and body', () => {
    const frame = encodeResponseFrame('Heartbeat', 1, 7, { errorCode: 27 })
    expect(bytes(frame)).toBe('0000000a' + '00000007' + '00000000' + '001b')
    expect(frame.byteLength).toBe(14)
  })

  test('has an empty tag section in the header of a flexible version', () => {
    const frame = encodeResponseFrame('Heartbeat', 4, 7, { errorCode: 27 })
    expect(bytes(frame)).toBe('0000000c' + '00000007' + '00' + '00000000' + '001b' + '00')
  })

  test('of ApiVersions has none', () => {
    const body = { errorCode: 35, apiKeys: [] }
    expect(bytes(encodeResponseFrame('ApiVersions', 0, 7, body))).toBe(
      '0000000a' + '00000007' + '0023' + '00000000',
    )
    expect(bytes(encodeResponseFrame('ApiVersions', 3, 7, body))).toBe(
      '0000000c' + '00000007' + '0023' + '01' + '00000000' + '00',
    )
  })

  test('is untouched by one before it that could not be encoded', () => {
    const broken = { errorCode: 0, topics: [{ topicId: 'no uuid', partitions: [] }] }
    expect(() => encodeResponseFrame('OffsetCommit', 10, 1, broken)).toThrow(TypeError)
    expect(bytes(encodeResponseFrame('Heartbeat', 0, 7, { errorCode: 0 }))).toBe(
      '00000006' + '00000007' + '0000',
    )
  })
})

describe('encodeToBuffer', () => {
  test('puts the record type before a key', () => {
    const key = { group: 'g', topic: 't', partition: 3 }
    expect(encodeToBuffer(encodeOffsetCommitKey, key, 0, 1).toString('hex')).toBe(
      '0001' + '000167' + '000174' + '00000003',
    )
  })

  test('puts the version before embedded data', () => {
    const subscription = { topics: ['t'], userData: null }
    const bytes = encodeToBuffer(encodeConsumerProtocolSubscription, subscription, 0, 0)
    expect(bytes.toString('hex')).toBe('0000' + '00000001000174' + 'ffffffff')
  })

  test('without a prefix is the body alone', () => {
    const key = { group: 'g', topic: '', partition: 0 }
    expect(encodeToBuffer(encodeOffsetCommitKey, key, 0).length).toBe(9)
  })
})

test('every api stands in the table under its key', () => {
  for (const [key, name] of apiNames.entries()) {
    if (name === undefined) continue
    expect(apis[name].key).toBe(key)
    expect(apis[name].name).toBe(name)
  }
  expect(apiNames[0]).toBe('Produce')
  expect(apiNames[94]).toBe('UnregisterController')
})

test('the error codes of a response are counted, however deep they stand', () => {
  const codes: number[] = []
  const count = { add: (code: number) => codes.push(code) }
  const partition = (index: number, code: number) => ({ partitionIndex: index, errorCode: code })
  const topics = [{ name: 't', partitions: [partition(0, 0), partition(1, 3)] }]
  encodeResponseFrame('OffsetCommit', 8, 1, { topics }, count)
  encodeResponseFrame('Heartbeat', 4, 1, { errorCode: 27 }, count)
  encodeResponseFrame('Heartbeat', 4, 1, { errorCode: 25 })
  expect(codes).toEqual([0, 3, 27])
})
