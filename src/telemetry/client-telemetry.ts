// Client telemetry (KIP-714): tells clients what to push, takes what they push, and keeps it for
// metrics pages. Errors and their order are Kafka's.
import { codecOfId, compressionCodecs, decompress } from '../../protocol/compression.ts'
import type { CompressionCodec } from '../../protocol/compression.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { randomKafkaUuid } from '../io/random.ts'
import type { Random } from '../io/random.ts'
import { ClientInstance, ClientInstances, lifetimeMs } from './client-instances.ts'
import type { ClientSubscription } from './client-instances.ts'
import { readOtlpMetrics } from './otlp.ts'
import { PushedMetrics } from './pushed-metrics.ts'
import type { ClientMetric } from './pushed-metrics.ts'
import { subscriptionFrom, subscriptionOf } from './subscriptions.ts'
import type { ClientAttributes, Subscription } from './subscriptions.ts'

/** The codecs that clients may compress a push with, the best first; none is always allowed. */
export const acceptedCodecs: readonly CompressionCodec[] = ['zstd', 'lz4', 'gzip', 'snappy']

/** Kafka's id of the metadata topic: no client's. */
const oneUuid = 'AAAAAAAAAAAAAAAAAAAAAQ'
/** What a push may inflate to, in sizes of the largest push. */
const inflationMax = 20

/** Who asks or pushes. */
export interface TelemetryClient {
  readonly connectionId: number
  readonly clientId: string | null
  readonly softwareName: string
  readonly softwareVersion: string
  readonly address: string
  readonly port: number
  readonly onClose: (run: () => void) => void
}

export interface Push {
  readonly clientInstanceId: string
  readonly subscriptionId: number
  readonly terminating: boolean
  /** A codec's id in batches. */
  readonly compressionType: number
  readonly metrics: Buffer
}

export interface ClientTelemetryOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export class ClientTelemetry {
  readonly #options: ClientTelemetryOptions
  readonly #instances = new ClientInstances()
  /** The client that each connection speaks for: it is forgotten when the connection ends. */
  readonly #byConnection = new Map<number, string>()
  readonly #pushed = new PushedMetrics()
  #subscriptions: readonly Subscription[] = []
  /** Grows with every change of subscriptions. */
  #version = 0

  constructor(catalog: Catalog, options: ClientTelemetryOptions) {
    this.#options = options
    const follow = (): void => {
      const { image } = catalog
      this.#subscriptions = image
        .configuredNames('clientMetrics')
        .map((name) => subscriptionFrom(image.configs('clientMetrics', name)))
      this.#version += 1
    }
    follow()
    catalog.subscribe({ clientMetricsChanged: follow })
  }

  /** Somebody wants metrics of clients: only then are they told that they can push. */
  get isWanted(): boolean {
    return this.#subscriptions.length > 0
  }

  /** The clients that are known now. */
  get clientCount(): number {
    return this.#instances.size
  }

  /** The last values of all clients. */
  metrics(): Iterable<ClientMetric> {
    return this.#pushed.all(this.#nowMs)
  }

  /** What the client is to push; a new id for one that has none. */
  subscribe(
    clientInstanceId: string,
    client: TelemetryClient,
  ):
    | { readonly clientInstanceId: string; readonly subscription: ClientSubscription }
    | 'THROTTLING_QUOTA_EXCEEDED' {
    const id =
      clientInstanceId === zeroUuid ? randomKafkaUuid(this.#options.random) : clientInstanceId
    const instance = this.#instanceOf(id, client)
    if (!instance.mayAsk(this.#nowMs)) return 'THROTTLING_QUOTA_EXCEEDED'
    return { clientInstanceId: id, subscription: instance.subscription }
  }

  /**
   * Takes what a client pushes; gives what to answer.
   * @throws KafkaError where the metrics cannot be inflated or read.
   */
  push(push: Push, client: TelemetryClient): MaybePromise<ErrorName> {
    const { clientInstanceId, metrics, compressionType } = push
    if (clientInstanceId === zeroUuid || clientInstanceId === oneUuid) return 'INVALID_REQUEST'
    const instance = this.#instanceOf(clientInstanceId, client)
    const refusal = this.#refusalOf(push, instance)
    instance.terminating = push.terminating
    if (refusal !== null) return refusal
    if (metrics.length === 0) return 'NONE'
    const inflatedMax = this.#options.config.telemetryMaxBytes * inflationMax
    const inflated = decompress(codecOfId(compressionType), metrics, inflatedMax)
    return chain(inflated, (bytes) => {
      this.#export(bytes, instance, client)
      return 'NONE' as const
    })
  }

  #refusalOf(push: Push, instance: ClientInstance): ErrorName | null {
    if (instance.terminating) return 'INVALID_REQUEST'
    if (!instance.mayPush(this.#nowMs) && !push.terminating) return 'THROTTLING_QUOTA_EXCEEDED'
    if (push.subscriptionId !== instance.subscription.id) return 'UNKNOWN_SUBSCRIPTION_ID'
    if (compressionCodecs[push.compressionType] === undefined) return 'UNSUPPORTED_COMPRESSION_TYPE'
    const isTooLarge = push.metrics.length > this.#options.config.telemetryMaxBytes
    return isTooLarge ? 'TELEMETRY_TOO_LARGE' : null
  }

  #export(bytes: Buffer, { id, subscription }: ClientInstance, client: TelemetryClient): void {
    const { logger } = this.#options
    const values = readOtlpMetrics(bytes)
    const who = { clientInstanceId: id, clientId: client.clientId ?? '' }
    const times = { nowMs: this.#nowMs, lifetimeMs: lifetimeMs(subscription.intervalMs) }
    const isWhole = this.#pushed.take(who, values, times)
    logger.debug({ ...who, values: values.length, isWhole }, 'client pushed metrics')
  }

  #instanceOf(id: string, client: TelemetryClient): ClientInstance {
    const nowMs = this.#nowMs
    const known = this.#instances.of(id, nowMs)
    const isCurrent = known !== undefined && known.version === this.#version
    const instance = isCurrent ? known : this.#newInstance(id, client)
    this.#instances.touch(instance, nowMs)
    return instance
  }

  /** Changed subscriptions make a client a new one: it may ask, and push, at once. */
  #newInstance(id: string, client: TelemetryClient): ClientInstance {
    const { connectionId } = client
    if (!this.#byConnection.has(connectionId)) client.onClose(() => this.#onClosed(connectionId))
    this.#byConnection.set(connectionId, id)
    const subscription = subscriptionOf(id, attributesOf(id, client), this.#subscriptions)
    return new ClientInstance(id, subscription, this.#version)
  }

  #onClosed(connectionId: number): void {
    const id = this.#byConnection.get(connectionId)
    this.#byConnection.delete(connectionId)
    if (id !== undefined) this.#instances.forget(id)
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }
}

function attributesOf(id: string, client: TelemetryClient): ClientAttributes {
  return {
    client_instance_id: id,
    client_id: client.clientId,
    client_software_name: client.softwareName,
    client_software_version: client.softwareVersion,
    client_source_address: client.address,
    client_source_port: String(client.port),
  }
}
