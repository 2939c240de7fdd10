// ApiVersions answers: APIs, features, and who is refused.
import { describe, expect, test } from 'vitest'
import { createApiVersionsHandler } from '../../../src/handlers/api-versions.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'

describe('ApiVersions', () => {
  const handle = createApiVersionsHandler(() => [
    { key: 3, minVersion: 0, maxVersion: 13 },
    { key: 0, minVersion: 0, maxVersion: 12 },
  ])
  async function ask(
    version: number,
    changes: { name?: string; clusterId?: string; nodeId?: number } = {},
  ) {
    const broker = await createAdminBroker()
    const context = broker.context(version)
    const request = {
      clientSoftwareName: changes.name ?? 'probe',
      clientSoftwareVersion: '1.0',
      clusterId: changes.clusterId ?? null,
      nodeId: changes.nodeId ?? -1,
    }
    return { answer: await answerOf(handle(broker.services, request, context)), context, broker }
  }

  test('lists the served APIs by key and remembers the client’s software', async () => {
    const { answer, context } = await ask(3)
    expect(answer.apiKeys).toEqual([
      { apiKey: 0, minVersion: 0, maxVersion: 12 },
      { apiKey: 3, minVersion: 0, maxVersion: 13 },
    ])
    expect(context.connection).toMatchObject({
      clientSoftwareName: 'probe',
      clientSoftwareVersion: '1.0',
    })
  })

  test.each(['', '-bad name!', 'a b', 'x-'])(
    'the software name %j is refused from version 3 on',
    async (name) => {
      expect((await ask(3, { name })).answer).toEqual({ errorCode: 42, apiKeys: [] })
      expect((await ask(2, { name })).answer.errorCode).toBe(0)
    },
  )

  test('features with minimum 0 are told from version 4 on', async () => {
    const names = ({ answer }: Awaited<ReturnType<typeof ask>>) =>
      answer.supportedFeatures?.map(({ name }) => name)
    expect(names(await ask(3))).toEqual(['metadata.version'])
    expect(names(await ask(4))).toEqual([
      'kraft.version',
      'metadata.version',
      'group.version',
      'share.version',
      'streams.version',
      'transaction.version',
      'eligible.leader.replicas.version',
    ])
  })

  test('finalized features carry the offset of the last metadata record', async () => {
    const { answer, broker } = await ask(4)
    expect(answer.finalizedFeaturesEpoch).toBe(broker.catalog.lastOffset)
    expect(answer.finalizedFeatures).toContainEqual({
      name: 'metadata.version',
      minVersionLevel: 25,
      maxVersionLevel: 25,
    })
  })

  test('a client that means another cluster or node is told to bootstrap anew', async () => {
    expect((await ask(5, { clusterId: 'other' })).answer.errorCode).toBe(129)
    expect((await ask(5, { nodeId: 7 })).answer.errorCode).toBe(129)
    expect(
      (await ask(5, { clusterId: 'anVEaUvbTISJZxzwk-4slA', nodeId: 1 })).answer.errorCode,
    ).toBe(0)
  })
})
