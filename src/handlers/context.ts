// What a handler is given and what it may answer. Handlers know no sockets: they authorize, look
// up, do and answer.
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Operation, ResourceType } from '../catalog/acl.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { ProducerIds } from '../catalog/producer-ids.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { SecurityProtocol } from '../config/listener-security.ts'
import type { GroupCoordinator } from '../coordinators/group-coordinator.ts'
import type { ShareCoordinator } from '../coordinators/share-coordinator.ts'
import type { SharePartitions } from '../coordinators/share-partitions.ts'
import type { TransactionCoordinator } from '../coordinators/transaction-coordinator.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { Loggers } from '../io/loggers.ts'
import type { Random } from '../io/random.ts'
import type { Instruments } from '../metrics/instruments.ts'
import type { ClientQuotas } from '../security/client-quotas.ts'
import type { StorageEngine } from '../storage/engine.ts'
import type { ClientTelemetry } from '../telemetry/client-telemetry.ts'
import type { FetchPace } from './fetch-pace.ts'
import type { FetchSessions } from './fetch-session.ts'
import type { ShareSessions } from './share-session.ts'

/** Host and port that a client is told to connect to. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** The connection that a request came in on; one object for the connection's life. */
export interface ConnectionContext {
  /** Unique in this process, never used again. */
  readonly connectionId: number
  readonly listenerName: string
  readonly clientAddress: string
  /** 0 where it is not known. */
  readonly clientPort: number
  /** Principal type and name, e.g. User:ANONYMOUS. */
  readonly principal: string
  /** The principal logged in with a delegation token. */
  readonly byToken: boolean
  readonly securityProtocol: SecurityProtocol
  /** Records that stay in their files reach the client without being read (sendfile). */
  readonly sendsFiles: boolean
  /** The address of this broker that works for this client (DESIGN section 6). */
  readonly advertised: Endpoint
  /** Name and version that the client's ApiVersions request gave (KIP-511). */
  clientSoftwareName: string
  clientSoftwareVersion: string
  /** Of a consumer that catches up; null for all others. */
  fetchPace: FetchPace | null
  /** Begins no more requests for this long, and reads no more: its client is over a quota. */
  mute(durationMs: number): void
  /** Runs once when the connection ends, or soon when it has ended: for parked requests and group membership. */
  onClose(run: () => void): () => void
  /** Runs once when the broker stops: a parked request is answered at once. */
  onDrain(run: () => void): () => void
}

export interface RequestContext {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly connection: ConnectionContext
  /** The request with its header, as quotas count it. */
  readonly requestBytes: number
  /** Wall-clock ms when the request was read. */
  readonly nowMs: number
}

/** The request gets no answer (acks=0). */
export const noAnswer: unique symbol = Symbol('no answer')
/** The connection is closed instead of an answer, as Kafka does. */
export const closeConnection: unique symbol = Symbol('close connection')

export type HandlerResult<Response> = Response | typeof noAnswer | typeof closeConnection

/**
 * Answers one API. A thrown KafkaError becomes the response that the API's `failed` builds, or closes the connection.
 * Parked requests return a promise.
 */
export type Handler<Request, Response> = (
  broker: BrokerServices,
  request: Request,
  context: RequestContext,
) => MaybePromise<HandlerResult<Response>>

export type { Operation, ResourceType }

/** The parts of the broker that handlers use. */
export interface BrokerServices {
  /** As it is now: AlterConfigs replaces it. */
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly random: Random
  /** The handlers' own. */
  readonly logger: Logger
  /** Those of all parts, whose levels requests may change. */
  readonly loggers: Loggers
  readonly catalog: Catalog
  readonly storage: StorageEngine
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly producerIds: ProducerIds
  readonly fetchSessions: FetchSessions
  /** The stored state of share partitions. */
  readonly shareStates: ShareCoordinator
  /** The share partitions that are fetched from. */
  readonly shares: SharePartitions
  readonly shareSessions: ShareSessions
  /** What is counted while the broker works. */
  readonly instruments: Instruments
  readonly quotas: ClientQuotas
  readonly telemetry: ClientTelemetry
  /** Why the listeners cannot go on with the TLS settings in `next`; null when they can. */
  tlsProblem(next: BrokerConfig): string | null
  /** False: everybody may do everything, and there are no access rules to speak of. */
  readonly hasAuthorizer: boolean
  /**
   * Whether the connection's principal may do `operation`. A refusal is logged, but for a `probe`:
   * one of many in a list that is filtered, or of operations that are listed.
   */
  authorize(
    context: RequestContext,
    operation: Operation,
    type: ResourceType,
    name: string,
    purpose?: 'probe',
  ): boolean
  /** Whether the principal may do `operation` to at least one resource of the type (KIP-679). */
  authorizeSome(context: RequestContext, operation: Operation, type: ResourceType): boolean
}
