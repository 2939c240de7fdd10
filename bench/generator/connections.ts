// Many idle connections: what they cost in memory, and what one that works beside them notices.
import { encodeRequestFrame } from '../../test/support/wire-client.ts'
import type { Figures } from '../figures.ts'
import { residentBytes } from '../process-stat.ts'
import { Connections } from './connections-set.ts'
import { runProduce } from './data.ts'
import type { ConnectionsTask, HoldTask } from './tasks.ts'
import { makeTopic, removeTopic } from './topics.ts'

const header = { correlationId: 1, clientId: 'ottla-bench' }
/** How many are being opened at a time. */
const openingMax = 100
const bytesPerKiB = 1024

/** As a client does that then has nothing to say: ApiVersions and Metadata, each answered. */
const greetings = [
  encodeRequestFrame('ApiVersions', 0, {}, header),
  encodeRequestFrame('Metadata', 4, { topics: [], allowAutoTopicCreation: false }, header),
]

async function openIdle(port: number, count: number): Promise<Connections> {
  const connections = new Connections()
  let opened = 0
  const openSome = async (): Promise<void> => {
    while (opened < count) {
      opened += 1
      let answered = 0
      await new Promise<void>((resolve, reject) => {
        const opening = connections.add(port, () => {
          answered += 1
          if (answered === greetings.length) resolve()
        })
        opening.then((connection) => greetings.forEach((frame) => connection.send(frame)), reject)
        connections.failed.catch(reject)
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(openingMax, count) }, openSome))
  return connections
}

/** An unbatched producer on a connection of its own, before the others are opened and while they idle. */
export async function runConnections(task: ConnectionsTask): Promise<Figures> {
  const { port, topic, brokerPid, count } = task
  const producing = {
    ...task,
    kind: 'produce',
    partitions: 1,
    recordBytes: 100,
    recordsPerBatch: 1,
    connections: 1,
    inFlightPerConnection: 1,
    keepTopic: true,
  } as const
  await makeTopic(port, topic, 1)
  const before = await runProduce(producing)
  const residentBefore = residentBytes(brokerPid) ?? NaN
  const started = performance.now()
  const idle = await openIdle(port, count)
  const openSeconds = (performance.now() - started) / 1000
  const resident = (residentBytes(brokerPid) ?? NaN) - residentBefore
  const during = await runProduce({ ...producing, warmUpSeconds: 0 })
  idle.end()
  await removeTopic(port, topic)
  const [p50Before, p50During] = [before['p50 ms'] ?? NaN, during['p50 ms'] ?? NaN]
  return {
    'opened/s': count / openSeconds,
    'RSS growth MB': resident / 1e6,
    'KiB/connection': resident / bytesPerKiB / count,
    'p50 ms before': p50Before,
    'p50 ms during': p50During,
    'p50 during : before': p50During / p50Before,
  }
}

export async function runHold({ port, count }: HoldTask): Promise<Figures> {
  if (count > 0) await openIdle(port, count)
  return { count }
}
