// Programs of others that some loads run as their clients, made or fetched when they are missing.
import { pythonEnv } from '../../test/support/python-env.ts'
import { kafkaClassPath } from '../brokers/kafka-jars.ts'
import { say } from '../say.ts'
import type { Clients, Load } from './load.ts'

type ClientName = keyof Clients

const sources: Readonly<Record<ClientName, { what: string; find: () => Promise<string> }>> = {
  librdkafka: { what: 'confluent-kafka', find: () => pythonEnv('newest') },
  kafkaTools: { what: "Apache Kafka's tools", find: kafkaClassPath },
}

/** The loads whose clients can be had here, and those; says which loads cannot run. */
export async function withClients(
  wanted: readonly Load[],
): Promise<{ chosen: Load[]; clients: Clients }> {
  const clients = { librdkafka: '', kafkaTools: '' }
  let chosen = [...wanted]
  for (const name of Object.keys(sources) as ClientName[]) {
    const ofClient = chosen.filter(({ needs }) => needs === name)
    if (ofClient.length === 0) continue
    const { what, find } = sources[name]
    try {
      clients[name] = await find()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const left = ofClient.map((load) => load.name).join(', ')
      say(`not run: ${left}; ${what} cannot be had here: ${reason}`)
      chosen = chosen.filter(({ needs }) => needs !== name)
    }
  }
  return { chosen, clients }
}
