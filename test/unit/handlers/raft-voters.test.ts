// AddRaftVoter and RemoveRaftVoter: this node votes alone, and stays alone.
import { expect, test } from 'vitest'
import type { RequestInputOf } from '../../support/wire-client.ts'
import { SimBroker } from '../../support/sim-broker.ts'

const directory = 'AAAAAAAAAAAAAAAAAAAAAQ'
const added: RequestInputOf<'AddRaftVoter'> = {
  clusterId: null,
  timeoutMs: 1000,
  voterId: 9,
  voterDirectoryId: directory,
  listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
}
const removed = { clusterId: null, voterId: 9, voterDirectoryId: directory }
const zero = 'AAAAAAAAAAAAAAAAAAAAAA'

test('no other node becomes a voter, and what Kafka refuses is refused alike', async () => {
  const broker = await SimBroker.start()
  const { clusterId } = broker.core.services.catalog
  const add = async (change: Partial<typeof added>) =>
    (await broker.ask('AddRaftVoter', 1, { ...added, ...change })).errorCode
  expect(await add({})).toBe(7)
  expect(await add({ clusterId })).toBe(7)
  expect(await add({ voterId: 1 })).toBe(126)
  expect(await add({ clusterId: 'another', voterId: -1 })).toBe(104)
  expect(await add({ voterId: -1 })).toBe(42)
  expect(await add({ voterDirectoryId: zero })).toBe(42)
  expect(await add({ voterId: 1, listeners: [{ name: 'OTHER', host: 'h', port: 1 }] })).toBe(42)
})

test('no voter is removed, this node least of all', async () => {
  const broker = await SimBroker.start()
  const { metadataDirectory } = broker.core.services.catalog
  const remove = async (change: Partial<typeof removed>) =>
    broker.ask('RemoveRaftVoter', 0, { ...removed, ...change })
  const voter = `ReplicaKey(id=9, directoryId=${directory})`
  const voters = `[ReplicaKey(id=1, directoryId=${metadataDirectory})]`
  expect(await remove({})).toMatchObject({
    errorCode: 127,
    errorMessage: `Cannot remove voter ${voter} from the set of voters ${voters}`,
  })
  const voterDirectoryId = metadataDirectory ?? zero
  expect((await remove({ voterId: 1, voterDirectoryId })).errorCode).toBe(127)
  expect((await remove({ voterDirectoryId: zero })).errorCode).toBe(42)
})

test('the right to alter the cluster is needed', async () => {
  const broker = await SimBroker.start({
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  })
  expect((await broker.ask('AddRaftVoter', 0, added)).errorCode).toBe(31)
  expect((await broker.ask('RemoveRaftVoter', 0, removed)).errorCode).toBe(31)
})
