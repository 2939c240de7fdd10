// CreateTopics answers, for all versions.
import { describe, expect, test } from 'vitest'
import { handleCreateTopics } from '../../../src/handlers/create-topics.ts'
import type { CreatableTopic } from '../../../protocol/codecs/create-topics.ts'
import {
  decodeCreateTopicsResponse,
  encodeCreateTopicsResponse,
} from '../../../protocol/codecs/create-topics.ts'
import { Reader } from '../../../protocol/reader.ts'
import { Writer } from '../../../protocol/writer.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'

function topic(name: string, changes: Partial<CreatableTopic> = {}): CreatableTopic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...changes }
}

async function create(
  broker: AdminBroker,
  topics: CreatableTopic[],
  options: { version?: number; validateOnly?: boolean } = {},
) {
  const { version = 7, validateOnly = false } = options
  const request = { topics, timeoutMs: 5000, validateOnly }
  const response = await answerOf(
    handleCreateTopics(broker.services, request, broker.context(version)),
  )
  const writer = new Writer()
  encodeCreateTopicsResponse(writer, response, version)
  return decodeCreateTopicsResponse(new Reader(writer.finishBuffer()), version).topics
}

describe('CreateTopics', () => {
  test('answers id, partitions, replication and every config with its source', async () => {
    const broker = await createAdminBroker()
    const configs = [{ name: 'max.message.bytes', value: '1000' }]
    const [made] = await create(broker, [topic('t', { numPartitions: 2, configs })])
    expect(made).toMatchObject({
      errorCode: 0,
      errorMessage: null,
      numPartitions: 2,
      replicationFactor: 1,
    })
    expect(made?.topicId).toBe(broker.catalog.topic('t')?.id)
    const names = made?.configs?.map(({ name }) => name) ?? []
    expect(names).toHaveLength(37)
    expect(names).toEqual([...names].sort())
    const described = made?.configs?.filter(({ name }) =>
      /^(max.message|min.insync|retention.ms)/.test(name),
    )
    expect(described).toEqual([
      {
        name: 'max.message.bytes',
        value: '1000',
        readOnly: false,
        configSource: 1,
        isSensitive: false,
      },
      {
        name: 'min.insync.replicas',
        value: '1',
        readOnly: false,
        configSource: 3,
        isSensitive: false,
      },
      {
        name: 'retention.ms',
        value: '604800000',
        readOnly: false,
        configSource: 5,
        isSensitive: false,
      },
    ])
  })

  test('makes what can be made and refuses the rest, each with a reason', async () => {
    const broker = await createAdminBroker()
    const answers = await create(broker, [
      topic('good'),
      topic('bad name!'),
      topic('rf', { replicationFactor: 3 }),
    ])
    expect(answers.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['good', 0],
      ['bad name!', 17],
      ['rf', 38],
    ])
    expect(answers[2]).toMatchObject({
      topicId: zeroId,
      numPartitions: -1,
      replicationFactor: -1,
      configs: [],
    })
    expect(answers.slice(1).every(({ errorMessage }) => errorMessage !== null)).toBe(true)
    expect(broker.catalog.topicCount).toBe(1)
  })

  test('makes nothing when it only validates', async () => {
    const broker = await createAdminBroker()
    const [answer] = await create(broker, [topic('t', { numPartitions: 2 })], {
      validateOnly: true,
    })
    expect(answer).toMatchObject({ errorCode: 0, numPartitions: 2 })
    expect(answer?.topicId).not.toBe(zeroId)
    expect(broker.catalog.topicCount).toBe(0)
  })

  test('hides configs from those who may not see them, and refuses those who may not create', async () => {
    const broker = await createAdminBroker()
    broker.denied.add('describe-configs topic a')
    const [hidden] = await create(broker, [topic('a')])
    expect(hidden).toMatchObject({
      errorCode: 0,
      topicConfigErrorCode: 29,
      numPartitions: -1,
      configs: [],
    })
    broker.denied.add('create cluster *').add('create topic b')
    expect((await create(broker, [topic('b')]))[0]?.errorCode).toBe(29)
  })

  test('says that the disk refused, and nothing was made', async () => {
    const broker = await createAdminBroker()
    broker.log.failAfter = 0
    expect((await create(broker, [topic('t')]))[0]?.errorCode).toBe(56)
    expect(broker.catalog.topicCount).toBe(0)
  })

  test('serves every version', async () => {
    const broker = await createAdminBroker()
    for (let version = 0; version <= 7; version++) {
      const [answer] = await create(
        broker,
        [topic(`t${version}`, { numPartitions: -1, replicationFactor: -1 })],
        { version },
      )
      expect(answer?.errorCode).toBe(0)
    }
    expect(broker.catalog.topicCount).toBe(8)
  })
})
