// DescribeLogDirs shows where replicas are, and where they go; AlterReplicaLogDirs moves them.
import { describe, expect, test } from 'vitest'
import { handleAlterReplicaLogDirs } from '../../../src/handlers/alter-replica-log-dirs.ts'
import { handleDescribeLogDirs } from '../../../src/handlers/describe-log-dirs.ts'
import { createAdminBroker } from '../../support/admin-broker.ts'
import { SimBroker } from '../../support/sim-broker.ts'

type Topics = { topic: string; partitions: number[] }[] | null

async function replicas(broker: SimBroker, topics: Topics) {
  const { errorCode, results } = await broker.ask('DescribeLogDirs', 5, { topics })
  const names = results.flatMap((result) =>
    result.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, isFutureKey }) => {
        const place = `${result.logDir} ${name}-${partitionIndex}`
        return isFutureKey ? `${place} future` : place
      }),
    ),
  )
  return { errorCode, names: names.sort() }
}

describe('DescribeLogDirs', () => {
  test('all replicas are listed but those of the metadata log, with the room there is', async () => {
    const broker = await SimBroker.start()
    await broker.createTopic('a', 2)
    expect(await replicas(broker, null)).toEqual({
      errorCode: 0,
      names: ['/data a-0', '/data a-1'],
    })
    const { results } = await broker.ask('DescribeLogDirs', 5, { topics: [] })
    expect(results).toMatchObject([{ errorCode: 0, topics: [], isCordoned: false }])
    expect(results[0]?.totalBytes).toBeGreaterThan(0)
    expect(results[0]?.usableBytes).toBeGreaterThan(0)
  })

  test('only the replicas that are asked for and are there are listed', async () => {
    const broker = await SimBroker.start()
    await broker.createTopic('a', 2)
    const asked = [
      { topic: 'a', partitions: [1, 1, 9] },
      { topic: 'nope', partitions: [0] },
    ]
    expect((await replicas(broker, asked)).names).toEqual(['/data a-1'])
  })

  test('replicas are spread over the directories, each shows its own', async () => {
    const broker = await SimBroker.start({ 'log.dirs': '/one,/two' })
    await broker.createTopic('a', 2)
    const { names } = await replicas(broker, null)
    expect(names.map((name) => name.split(' ')[0])).toEqual(['/one', '/two'])
  })

  test('without the right nothing is told, and only version 3 and later say why', async () => {
    const broker = await createAdminBroker()
    broker.denied.add('describe cluster *')
    const ask = (version: number) =>
      handleDescribeLogDirs(broker.services, { topics: null }, broker.context(version))
    expect(ask(2)).toMatchObject({ errorCode: 0, results: [] })
    expect(ask(3)).toMatchObject({ errorCode: 31, results: [] })
  })
})

describe('AlterReplicaLogDirs', () => {
  test('a replica moves and is described as future meanwhile; what is unknown is refused', async () => {
    const broker = await SimBroker.start({ 'log.dirs': '/one,/two' })
    await broker.createTopic('a')
    const { names } = await replicas(broker, null)
    const home = names[0]?.startsWith('/one') === true ? '/one' : '/two'
    const other = home === '/one' ? '/two' : '/one'
    const move = async (path: string, name: string) => {
      const dirs = [{ path, topics: [{ name, partitions: [0] }] }]
      const { results } = await broker.ask('AlterReplicaLogDirs', 2, { dirs })
      return results.map(({ topicName, partitions }) => [topicName, partitions[0]?.errorCode])
    }
    expect(await move(home, 'a')).toEqual([['a', 0]])
    expect(await move(other, 'a')).toEqual([['a', 0]])
    expect((await replicas(broker, null)).names).toContain(`${other} a-0 future`)
    for (let asked = 0; (await replicas(broker, null)).names.length > 1; asked++) {
      expect(asked).toBeLessThan(1000)
    }
    expect((await replicas(broker, null)).names).toEqual([`${other} a-0`])
    expect(await move(home, 'nope')).toEqual([['nope', 3]])
    expect(await move('/nowhere', 'a')).toEqual([['a', 57]])
  })

  test('the cluster’s right to alter is needed', async () => {
    const broker = await createAdminBroker()
    broker.denied.add('alter cluster *')
    const dirs = [{ path: '/data', topics: [{ name: 'a', partitions: [0, 1] }] }]
    expect(handleAlterReplicaLogDirs(broker.services, { dirs }, broker.context(2))).toMatchObject({
      results: [{ topicName: 'a', partitions: [{ errorCode: 31 }, { errorCode: 31 }] }],
    })
  })
})
