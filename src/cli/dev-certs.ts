// `ottla dev-certs DIR`: writes certificates for trying out TLS, keys readable by their owner alone.
import type { Clock } from '../io/clock.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Random } from '../io/random.ts'
import { makeDevCerts } from '../security/dev-certs.ts'
import type { DevCertsCommand } from './flags.ts'

/** The process and the machine, as this command sees them. */
export interface DevCertsHost {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly random: Random
  /** The names of this machine besides localhost. */
  readonly hostNames: readonly string[]
  /** The path as it is from the root. */
  readonly absolutePath: (path: string) => string
  readonly exists: (path: string) => boolean
  /** Writes a new file that its owner alone can read, with the directories above it. */
  readonly writePrivate: (path: string, bytes: Buffer) => void
  readonly writeOut: (text: string) => void
  readonly writeError: (text: string) => void
}

/** Returns the exit code. What is there is not replaced: clients may trust it already. */
export function devCerts(command: DevCertsCommand, host: DevCertsHost): 0 | 1 {
  const directory = host.absolutePath(command.directory)
  const local = ['localhost', '127.0.0.1', '::1']
  const hosts = [...new Set([...local, ...host.hostNames, ...command.hosts])]
  const files = makeDevCerts({
    directory,
    hosts,
    nowMs: host.clock.nowMs(),
    random: host.random,
  })
  const present = [...files.keys()].filter((name) => host.exists(`${directory}/${name}`))
  if (present.length > 0) {
    const reason = `${directory} already holds ${present.join(', ')}: name another directory`
    host.writeError(`ottla: ${reason}\n`)
    return 1
  }
  try {
    for (const [name, bytes] of files) host.writePrivate(`${directory}/${name}`, bytes)
  } catch (error) {
    if (diskErrorCode(error) === 'UNKNOWN') throw error
    const reason = error instanceof Error ? error.message : String(error)
    host.writeError(`ottla: ${directory} cannot be written to: ${reason}\n`)
    return 1
  }
  host.writeOut(
    `certificates for ${hosts.join(', ')} in ${directory}\n` +
      `broker: ottla start ${directory}/server.properties\n` +
      `client: ${directory}/client.properties (Java), ${directory}/librdkafka.properties\n`,
  )
  return 0
}
