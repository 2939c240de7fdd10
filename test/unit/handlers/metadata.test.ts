// Metadata answers as Apache Kafka does, version by version.
import { describe, expect, test } from 'vitest'
import { handleMetadata } from '../../../src/handlers/metadata.ts'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import type { MetadataRequest } from '../../../protocol/codecs/metadata.ts'
import {
  decodeMetadataResponse,
  encodeMetadataResponse,
} from '../../../protocol/codecs/metadata.ts'
import { Reader } from '../../../protocol/reader.ts'
import { Writer } from '../../../protocol/writer.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'
const unknownId = 'AAAAAAAAAAAAAAAAAAAAcQ'

interface Asked {
  names?: (string | null)[] | null
  ids?: string[]
  create?: boolean
  operations?: boolean
  clusterOperations?: boolean
}

async function ask(broker: AdminBroker, version: number, asked: Asked) {
  const byName = (asked.names ?? []).map((name) => ({ name, topicId: zeroId }))
  const byId = (asked.ids ?? []).map((topicId) => ({ name: null, topicId }))
  const request: MetadataRequest = {
    topics: asked.names === null ? null : [...byName, ...byId],
    allowAutoTopicCreation: asked.create ?? false,
    includeClusterAuthorizedOperations: asked.clusterOperations ?? false,
    includeTopicAuthorizedOperations: asked.operations ?? false,
  }
  const response = await answerOf(handleMetadata(broker.services, request, broker.context(version)))
  const writer = new Writer()
  encodeMetadataResponse(writer, response, version)
  return decodeMetadataResponse(new Reader(writer.finishBuffer()), version)
}

async function brokerWith(names: string[], overrides: Record<string, string> = {}) {
  const broker = await createAdminBroker(overrides)
  await createMissingTopics(broker.catalog, names, broker.services)
  return broker
}

const errorsOf = (answer: { topics: { name: string | null; errorCode: number }[] }) =>
  answer.topics.map(({ name, errorCode }) => [name, errorCode])

describe('Metadata', () => {
  test('names this broker as the client reached it, and the cluster', async () => {
    const broker = await brokerWith([])
    expect(await ask(broker, 12, { names: [] })).toMatchObject({
      brokers: [{ nodeId: 1, host: 'here', port: 19092, rack: null }],
      clusterId: 'anVEaUvbTISJZxzwk-4slA',
      controllerId: 1,
      topics: [],
      errorCode: 0,
    })
  })

  test('no topics means all in version 0 and none from version 1; null means all', async () => {
    const broker = await brokerWith(['a', 'b'])
    expect(errorsOf(await ask(broker, 0, { names: [] }))).toEqual([
      ['a', 0],
      ['b', 0],
    ])
    expect(errorsOf(await ask(broker, 1, { names: [] }))).toEqual([])
    expect(errorsOf(await ask(broker, 1, { names: null }))).toEqual([
      ['a', 0],
      ['b', 0],
    ])
  })

  test('a missing topic is made and led when creation is allowed, in the same answer', async () => {
    const broker = await brokerWith([], { 'num.partitions': '3' })
    const answer = await ask(broker, 12, { names: ['new', '__consumer_offsets'], create: true })
    expect(answer.topics).toMatchObject([
      { errorCode: 0, name: 'new', isInternal: false },
      { errorCode: 0, name: '__consumer_offsets', isInternal: true },
    ])
    expect(answer.topics.map(({ partitions }) => partitions.length)).toEqual([3, 2])
    expect(answer.topics[0]?.partitions[2]).toEqual({
      errorCode: 0,
      partitionIndex: 2,
      leaderId: 1,
      leaderEpoch: 0,
      replicaNodes: [1],
      isrNodes: [1],
      offlineReplicas: [],
    })
  })

  test('a missing topic is unknown when the request or the configuration does not allow creation', async () => {
    const broker = await brokerWith([])
    expect(errorsOf(await ask(broker, 12, { names: ['x'] }))).toEqual([['x', 3]])
    const strict = await brokerWith([], { 'auto.create.topics.enable': 'false' })
    expect(errorsOf(await ask(strict, 12, { names: ['x'], create: true }))).toEqual([['x', 3]])
    expect(broker.catalog.topicCount).toBe(0)
  })

  test('an illegal name is an invalid topic, whether it would be created or not', async () => {
    const broker = await brokerWith([])
    for (const create of [true, false]) {
      expect(errorsOf(await ask(broker, 12, { names: ['bad name!'], create }))).toEqual([
        ['bad name!', 17],
      ])
    }
  })

  test('topics are found by id; names beside an id are not looked at', async () => {
    const broker = await brokerWith(['a', 'b'])
    const id = broker.catalog.topic('a')?.id ?? ''
    const answer = await ask(broker, 12, { names: ['b'], ids: [unknownId, id] })
    expect(answer.topics.map(({ name, topicId, errorCode }) => [name, topicId, errorCode])).toEqual(
      [
        [null, unknownId, 100],
        ['a', id, 0],
      ],
    )
  })

  test('a topic that is asked for twice is answered once', async () => {
    const broker = await brokerWith(['a'])
    expect(errorsOf(await ask(broker, 12, { names: ['a', 'a'] }))).toEqual([['a', 0]])
  })

  test('neither name nor id is what Kafka calls an unknown error, and invalid before version 12', async () => {
    const broker = await brokerWith([])
    const answer = await ask(broker, 12, { names: [null] })
    expect(answer).toMatchObject({ brokers: [], clusterId: null, controllerId: -1 })
    expect(errorsOf(answer)).toEqual([['', -1]])
    expect((await ask(broker, 13, { names: [null] })).errorCode).toBe(-1)
    expect(errorsOf(await ask(broker, 10, { names: [null, 'x'] }))).toEqual([
      ['', 42],
      ['x', 42],
    ])
  })

  test('authorized operations are told to those who ask', async () => {
    const broker = await brokerWith(['a'])
    const answer = await ask(broker, 8, { names: ['a'], operations: true, clusterOperations: true })
    expect(answer.topics[0]?.topicAuthorizedOperations).toBe(3576)
    expect(answer.clusterAuthorizedOperations).toBe(8096)
    broker.denied.add('write topic a').add('describe cluster *')
    const less = await ask(broker, 8, { names: ['a'], operations: true, clusterOperations: true })
    expect(less.topics[0]?.topicAuthorizedOperations).toBe(3576 - 16)
    expect(less.clusterAuthorizedOperations).toBe(0)
    const silent = await ask(broker, 8, { names: ['a'] })
    expect(silent.topics[0]?.topicAuthorizedOperations).toBe(-(2 ** 31))
  })

  test('those who may not see a topic are told so by name, and nothing in the list of all', async () => {
    const broker = await brokerWith(['a', 'secret'])
    broker.denied.add('describe topic secret')
    const id = broker.catalog.topic('secret')?.id ?? ''
    expect(errorsOf(await ask(broker, 12, { names: null }))).toEqual([['a', 0]])
    expect(errorsOf(await ask(broker, 12, { names: ['secret'] }))).toEqual([['secret', 29]])
    expect(errorsOf(await ask(broker, 12, { ids: [id] }))).toEqual([[null, 29]])
  })

  test('those who may not create get a refusal, and no topic', async () => {
    const broker = await brokerWith([])
    broker.denied.add('create cluster *').add('create topic x')
    expect(errorsOf(await ask(broker, 12, { names: ['x', 'y'], create: true }))).toEqual([
      ['x', 29],
      ['y', 0],
    ])
    expect([...broker.catalog.topics()].map(({ name }) => name)).toEqual(['y'])
  })

  test('a partition whose disk failed has no leader', async () => {
    const broker = await brokerWith(['a'])
    broker.offline.add('a-0')
    const answer = await ask(broker, 12, { names: ['a'] })
    expect(answer.topics[0]?.partitions[0]).toMatchObject({
      errorCode: 5,
      leaderId: -1,
      offlineReplicas: [1],
    })
  })

  test('a disk that refuses the new topic is named as the reason', async () => {
    const broker = await brokerWith([])
    broker.log.failAfter = 0
    expect(errorsOf(await ask(broker, 12, { names: ['x'], create: true }))).toEqual([['x', 56]])
  })

  test('every version can be encoded', async () => {
    const broker = await brokerWith(['a'])
    for (let version = 0; version <= 13; version++) {
      expect(errorsOf(await ask(broker, version, { names: ['a', 'nope'] }))).toEqual([
        ['a', 0],
        ['nope', 3],
      ])
    }
  })
})
