// A container engine's network, made of network namespaces: a machine with a bridge, a container with
// the broker, another container beside it. Only names and addresses of these tests are touched.
import { execFileSync } from 'node:child_process'

const gateway = '10.213.77.1'
const prefixBits = 24

/** The machine; the container of the broker; another container on the same bridge. */
export type Place = 'machine' | 'broker' | 'neighbour'

export interface BridgedNetwork {
  /** The address of the broker's container on the bridge. */
  readonly brokerAddress: string
  /** A command line that runs `command` in the place. */
  within(place: Place, command: readonly string[]): readonly string[]
  /** Takes everything away again. */
  remove(): void
}

const addresses = { broker: '10.213.77.2', neighbour: '10.213.77.3' } as const

/** The network, or why this machine cannot have one. */
export function makeBridgedNetwork(): BridgedNetwork | { readonly missing: string } {
  const nameOf = (place: Place): string => `ottla-${process.pid}-${place}`
  const made: string[] = []
  const remove = (): void => {
    for (const name of made) ip('netns', 'del', name)
  }
  try {
    for (const place of ['machine', 'broker', 'neighbour'] as const) {
      ip('netns', 'add', nameOf(place))
      made.push(nameOf(place))
      ip('-n', nameOf(place), 'link', 'set', 'lo', 'up')
    }
    const machine = nameOf('machine')
    ip('-n', machine, 'link', 'add', 'bridge0', 'type', 'bridge')
    ip('-n', machine, 'address', 'add', `${gateway}/${prefixBits}`, 'dev', 'bridge0')
    ip('-n', machine, 'link', 'set', 'bridge0', 'up')
    for (const place of ['broker', 'neighbour'] as const) connect(machine, nameOf(place), place)
  } catch (error) {
    remove()
    const [reason] = (error instanceof Error ? error.message : String(error)).trim().split('\n')
    return { missing: `network namespaces cannot be made here (${reason})` }
  }
  return {
    brokerAddress: addresses.broker,
    within: (place, command) => ['ip', 'netns', 'exec', nameOf(place), ...command],
    remove,
  }
}

/** A cable from the bridge into the container, whose way out is the machine. */
function connect(machine: string, container: string, place: 'broker' | 'neighbour'): void {
  const plug = `to-${place}`
  ip(
    ...['-n', machine, 'link', 'add', plug, 'type', 'veth'],
    ...['peer', 'name', 'eth0', 'netns', container],
  )
  ip('-n', machine, 'link', 'set', plug, 'master', 'bridge0', 'up')
  ip('-n', container, 'address', 'add', `${addresses[place]}/${prefixBits}`, 'dev', 'eth0')
  ip('-n', container, 'link', 'set', 'eth0', 'up')
  ip('-n', container, 'route', 'add', 'default', 'via', gateway)
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
