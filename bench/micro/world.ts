// A broker without sockets on the real disk and clock, and requests that go through its dispatcher as bytes.
import type { ApiName } from '../../protocol/codecs/index.ts'
import { isPromise } from '../../src/base/maybe-promise.ts'
import { openBrokerCore, type BrokerOptions } from '../../src/broker-core.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import { servedApis } from '../../src/handlers/index.ts'
import type { Outcome } from '../../src/handlers/served-api.ts'
import { SystemClock } from '../../src/io/clock.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { SystemRandom } from '../../src/io/random.ts'
import { SystemDisk } from '../../src/io/system-disk.ts'
import { Dispatcher } from '../../src/network/dispatcher.ts'
import { releaseFrame } from '../../src/network/send.ts'
import { SimConnection } from '../../test/support/sim-broker.ts'
import {
  decodeResponseFrame,
  encodeRequestFrame,
  type DecodedResponse,
  type RequestInputOf,
} from '../../test/support/wire-client.ts'
import { scratchDirectory } from '../brokers/broker.ts'

const sizeBytes = 4
const aliveMs = 1000
const header = { correlationId: 1, clientId: 'ottla-bench' }

export function brokerOptions(directory: string): BrokerOptions {
  return {
    config: brokerConfigWith({ 'log.dirs': directory, 'ottla.durability': 'os' }),
    disk: new SystemDisk(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    logger: silentLogger,
  }
}

export interface World {
  /** Sends a request and decodes its answer. */
  ask<Name extends ApiName>(
    api: Name,
    version: number,
    request: RequestInputOf<Name>,
  ): Promise<DecodedResponse<Name>>
  /** Runs one encoded request up to its encoded answer, and drops that. */
  run(frame: Buffer): number | Promise<number>
  close(): void
}

export async function openWorld(): Promise<World> {
  const onBug = (error: unknown): never => {
    throw error
  }
  const options = brokerOptions(scratchDirectory())
  const core = await openBrokerCore(options, onBug)
  const { clock, logger } = options
  const broker = core.services
  // A broker is kept alive by its sockets, its own timers do not; here there are none.
  const alive = setInterval(() => undefined, aliveMs)
  const dispatcher = new Dispatcher({ apis: servedApis, broker, clock, logger, onBug })
  const connection = new SimConnection(1, 'User:ANONYMOUS')
  const dropped = (outcome: Outcome): number => {
    releaseFrame(outcome)
    return typeof outcome === 'string' ? -1 : outcome.byteLength
  }
  return {
    async ask(api, version, request) {
      const frame = encodeRequestFrame(api, version, request, header).subarray(sizeBytes)
      const outcome = await dispatcher.begin(frame, connection)
      if (typeof outcome === 'string') throw new Error(`${api}: ${outcome}`)
      const answer = Buffer.concat(outcome.chunks as Buffer[], outcome.byteLength)
      return decodeResponseFrame(api, version, answer.subarray(sizeBytes)).response
    },
    run(frame) {
      const outcome = dispatcher.begin(frame, connection)
      return isPromise(outcome) ? outcome.then(dropped) : dropped(outcome)
    },
    close: () => {
      clearInterval(alive)
      core.abandon()
    },
  }
}

/** The frame of a request as the dispatcher gets it: without its size. */
export function frameOf<Name extends ApiName>(
  api: Name,
  version: number,
  request: RequestInputOf<Name>,
): Buffer {
  return encodeRequestFrame(api, version, request, header).subarray(sizeBytes)
}
