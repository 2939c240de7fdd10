// Whom to ask: bootstrap list, brokers, leaders, coordinators; and when to ask again.
import type { ApiName } from '../../protocol/codecs/index.ts'
import type { Clock } from '../io/clock.ts'
import type { ClientConfig } from './client-config.ts'
import { ServerConnection } from './connection.ts'
import type { Address, ConnectionOptions, RequestOf, ResponseOf } from './connection.ts'
import { ClientError, clientError, ConnectionLost, throwOnError } from './errors.ts'

/** A broker as the cluster names it. */
export interface ClusterNode extends Address {
  readonly id: number
  readonly rack: string | null
}

export type CoordinatorType = 'group' | 'transaction' | 'share'

const coordinatorKeyTypes: Record<CoordinatorType, number> = { group: 0, transaction: 1, share: 2 }

export interface ClusterOptions {
  readonly config: ClientConfig
  readonly clock: Clock
  /** Gets a line for people when a broker cannot be reached and is tried again. */
  readonly warn: (line: string) => void
  /** TLS and log-in of every connection; none: plain TCP. */
  readonly security?: Pick<ConnectionOptions, 'openSocket' | 'authenticate'>
}

/** Between two warnings about the same address, ms. */
const warnIntervalMs = 5000
const backoffMsMax = 1000

/** A client's view of a cluster. Connections are opened when first needed, and again when lost. */
export class Cluster {
  readonly config: ClientConfig
  readonly clock: Clock
  readonly #warn: (line: string) => void
  readonly #security: ClusterOptions['security']
  readonly #connections = new Map<string, Promise<ServerConnection>>()
  readonly #coordinators = new Map<string, ClusterNode>()
  readonly #lastWarnedMs = new Map<string, number>()
  #nodes: ReadonlyMap<number, ClusterNode> = new Map()
  #controllerId = -1
  #bootstrapIndex = 0

  constructor(options: ClusterOptions) {
    this.config = options.config
    this.clock = options.clock
    this.#warn = options.warn
    this.#security = options.security
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    const connections = [...this.#connections.values()]
    this.#connections.clear()
    for (const opened of await Promise.allSettled(connections)) {
      if (opened.status === 'fulfilled') opened.value.close()
    }
  }

  /** Asks any broker, and goes on asking while none can be reached. */
  async any<Name extends ApiName>(api: Name, request: RequestOf<Name>): Promise<ResponseOf<Name>> {
    return this.retrying(async () => (await this.#anyConnection()).call(api, request), api)
  }

  /** Asks the broker with this id. */
  async node<Name extends ApiName>(
    id: number,
    api: Name,
    request: RequestOf<Name>,
  ): Promise<ResponseOf<Name>> {
    return this.retrying(async () => (await this.connectionTo(id)).call(api, request), api)
  }

  /** Asks the active controller, or who passes on to it. */
  async controller<Name extends ApiName>(
    api: Name,
    request: RequestOf<Name>,
  ): Promise<ResponseOf<Name>> {
    if (this.#controllerId < 0) await this.brokers()
    return this.#controllerId < 0
      ? this.any(api, request)
      : this.node(this.#controllerId, api, request)
  }

  /** Asks the coordinator of a group or transaction; `codeOf` finds its refusals in the answer. */
  async coordinator<Name extends ApiName>(
    type: CoordinatorType,
    key: string,
    api: Name,
    request: RequestOf<Name>,
    codeOf: (response: ResponseOf<Name>) => number,
  ): Promise<ResponseOf<Name>> {
    return this.retrying(async () => {
      const node = await this.findCoordinator(type, key)
      const connection = await this.connectionTo(node.id, node)
      const response = await connection.call(api, request)
      const code = codeOf(response)
      if (isCoordinatorTrouble(code)) {
        this.forgetCoordinator(type, key)
        throw clientError(code)
      }
      return response
    }, api)
  }

  /** The broker that coordinates; remembered until it says that it is not. */
  async findCoordinator(type: CoordinatorType, key: string): Promise<ClusterNode> {
    const known = this.#coordinators.get(`${type}:${key}`)
    if (known !== undefined) return known
    return this.retrying(async () => {
      const connection = await this.#anyConnection()
      const answer = await connection.call('FindCoordinator', {
        key,
        keyType: coordinatorKeyTypes[type],
        coordinatorKeys: [key],
      })
      const [found = answer] = answer.coordinators
      throwOnError(found.errorCode, found.errorMessage)
      const node = { id: found.nodeId, host: found.host, port: found.port, rack: null }
      this.#coordinators.set(`${type}:${key}`, node)
      return node
    }, 'FindCoordinator')
  }

  /** Has the coordinator looked up again at the next request. */
  forgetCoordinator(type: CoordinatorType, key: string): void {
    this.#coordinators.delete(`${type}:${key}`)
  }

  /** All brokers, asked anew. */
  async brokers(): Promise<readonly ClusterNode[]> {
    await this.metadata([])
    return [...this.#nodes.values()]
  }

  /** The brokers that the last answer with metadata named. */
  get knownNodes(): ReadonlyMap<number, ClusterNode> {
    return this.#nodes
  }

  /** Metadata of these topics, of all for null. Topics are not made by asking, unless `create`. */
  async metadata(
    topics: readonly string[] | null,
    options: { readonly create?: boolean } = {},
  ): Promise<ResponseOf<'Metadata'>> {
    const response = await this.any('Metadata', {
      topics: topics === null ? null : topics.map((name) => ({ name })),
      allowAutoTopicCreation: options.create === true,
    })
    throwOnError(response.errorCode)
    this.#nodes = new Map(
      response.brokers.map(({ nodeId, host, port, rack }) => [
        nodeId,
        { id: nodeId, host, port, rack },
      ]),
    )
    this.#controllerId = response.controllerId
    return response
  }

  /** A connection to the broker with this id: one, shared by all who ask. */
  async connectionTo(id: number, node = this.#nodes.get(id)): Promise<ServerConnection> {
    if (node !== undefined) return this.#connect(node)
    await this.metadata([])
    const found = this.#nodes.get(id)
    if (found === undefined) {
      throw new ClientError('BROKER_NOT_AVAILABLE', `There is no broker with id ${id}`)
    }
    return this.#connect(found)
  }

  /**
   * Runs `attempt` until it answers, fails for good, or `default.api.timeout.ms` have passed. Lost connections and
   * retriable errors are tried again after a growing pause.
   */
  async retrying<Result>(
    attempt: () => Promise<Result>,
    call: string,
    timeoutMs = this.config.apiTimeoutMs,
  ): Promise<Result> {
    const deadlineMs = this.clock.monotonicMs() + timeoutMs
    for (let backoffMs = this.config.retryBackoffMs; ; backoffMs *= 2) {
      try {
        return await attempt()
      } catch (error) {
        const lost = error instanceof ConnectionLost
        if (!lost && !(error instanceof ClientError && error.retriable)) throw error
        const pauseMs = Math.min(Math.max(backoffMs, 1), backoffMsMax)
        if (this.clock.monotonicMs() + pauseMs >= deadlineMs) {
          throw lost ? unreachableError(error, call) : error
        }
        if (lost) this.#warnOf(error)
        await this.sleep(pauseMs)
      }
    }
  }

  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(ms, resolve, 'hold-process')
    })
  }

  #warnOf({ address, reason }: ConnectionLost): void {
    const name = `${address.host}:${address.port}`
    const nowMs = this.clock.monotonicMs()
    if (nowMs - (this.#lastWarnedMs.get(name) ?? -Infinity) < warnIntervalMs) return
    this.#lastWarnedMs.set(name, nowMs)
    this.#warn(
      `WARN Connection to node (${name}) could not be established. Node may not be available. (${reason})`,
    )
  }

  /** Any broker that is connected; else the bootstrap servers in turn. */
  async #anyConnection(): Promise<ServerConnection> {
    for (const opening of this.#connections.values()) {
      const connection = await opening.catch(() => null)
      if (connection?.isOpen === true) return connection
    }
    const { bootstrap } = this.config
    let failure: unknown
    for (let tried = 0; tried < bootstrap.length; tried++) {
      const address = bootstrap[this.#bootstrapIndex++ % bootstrap.length]
      if (address === undefined) continue
      try {
        return await this.#connect(address)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async #connect(address: Address): Promise<ServerConnection> {
    const key = `${address.host}:${address.port}`
    const known = this.#connections.get(key)
    if (known !== undefined) {
      const connection = await known
      if (connection.isOpen) return connection
    }
    const { clientId, setupTimeoutMs, requestTimeoutMs } = this.config
    const opening = ServerConnection.open(address, {
      clock: this.clock,
      clientId,
      setupTimeoutMs,
      requestTimeoutMs,
      ...this.#security,
    })
    this.#connections.set(key, opening)
    opening.catch(() => {
      if (this.#connections.get(key) === opening) this.#connections.delete(key)
    })
    return opening
  }
}

/** The answer means that another broker coordinates, or that this one is not ready. */
export function isCoordinatorTrouble(code: number): boolean {
  const { errorName } = clientError(code)
  return (
    errorName === 'NOT_COORDINATOR' ||
    errorName === 'COORDINATOR_NOT_AVAILABLE' ||
    errorName === 'COORDINATOR_LOAD_IN_PROGRESS'
  )
}

/** What Kafka's admin client says in the end, and what it leaves out: why. */
function unreachableError(lost: ConnectionLost, call: string): ClientError {
  const name = call.charAt(0).toLowerCase() + call.slice(1)
  return new ClientError(
    'REQUEST_TIMED_OUT',
    `Timed out waiting for a node assignment. Call: ${name} (${lost.message})`,
  )
}
