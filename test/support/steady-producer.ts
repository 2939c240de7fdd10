// A producer that keeps writing numbered records to one partition while its broker is killed and comes back:
// it reconnects, sends again what was not acknowledged, and remembers at which offset the broker
// acknowledged what. Idempotent or not, as a well-made client library would do it.
import { errorName } from '../../protocol/errors.ts'
import { buildRecordBatch } from '../../protocol/records.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PartitionOf } from './partition-reader.ts'
import { WireClient } from './wire-client.ts'

const produceVersion = 9
/** What the broker remembers of an idempotent producer: more in flight could not be sent again safely. */
const inFlightMax = 5
const reconnectMs = 20
const produceTimeoutMs = 30_000

export interface SteadyProducerOptions extends PartitionOf {
  readonly bootstrap: string
  /** Marks its records: their values are `name:number:…`. */
  readonly name: string
  readonly idempotent: boolean
  readonly recordBytes: number
  /** Batches hold 1 to `recordsMax` records, in turn. */
  readonly recordsMax: number
}

export interface Acknowledged {
  /** Number of the first record of the batch, counted from 0. */
  readonly first: number
  readonly count: number
  /** Where the broker says that it is stored. */
  readonly baseOffset: number
}

interface Batch {
  readonly first: number
  readonly count: number
  readonly bytes: Buffer
}

type Answer = { readonly errorCode: number; readonly baseOffset: number }

export class SteadyProducer {
  readonly options: SteadyProducerOptions
  readonly acknowledged: Acknowledged[] = []
  /** Answers that no crash explains. */
  readonly refusals: string[] = []
  #identity: { producerId: number; producerEpoch: number } | null = null
  #unanswered: Batch[] = []
  #sent = 0
  #batches = 0
  #stopping = false

  constructor(options: SteadyProducerOptions) {
    this.options = options
  }

  /** Records sent so far, acknowledged or not. */
  get sent(): number {
    return this.#sent
  }

  /** Sends nothing new from here on; `run` ends when all that was sent is acknowledged. */
  stop(): void {
    this.#stopping = true
  }

  /** Writes until `stop`, over as many connections as it takes. */
  async run(): Promise<void> {
    while (!this.#stopping || this.#unanswered.length > 0) {
      const client = await WireClient.open(this.options.bootstrap).catch(() => null)
      try {
        if (client !== null) await this.#writeOver(client)
      } catch {
        // The connection broke: what is unanswered is sent again over the next one.
        if (this.refusals.length > 0) return
      } finally {
        client?.end()
      }
      await sleep(reconnectMs)
    }
  }

  async #writeOver(client: WireClient): Promise<void> {
    if (this.options.idempotent && this.#identity === null) await this.#register(client)
    const answers = this.#unanswered.map((batch) => this.#send(client, batch))
    for (;;) {
      while (!this.#stopping && answers.length < inFlightMax) {
        const batch = this.#nextBatch()
        this.#unanswered.push(batch)
        answers.push(this.#send(client, batch))
      }
      const [answer, batch] = [answers.shift(), this.#unanswered[0]]
      if (answer === undefined || batch === undefined) return
      const { errorCode, baseOffset } = await answer
      if (errorCode !== 0) {
        this.refusals.push(`${this.options.name}, record ${batch.first}: ${errorName(errorCode)}`)
        throw new Error('refused')
      }
      this.acknowledged.push({ first: batch.first, count: batch.count, baseOffset })
      this.#unanswered.shift()
    }
  }

  async #register(client: WireClient): Promise<void> {
    const answer = await client.call('InitProducerId', 4, {
      transactionalId: null,
      transactionTimeoutMs: produceTimeoutMs,
    })
    if (answer.errorCode !== 0) throw new Error(`InitProducerId: error ${answer.errorCode}`)
    this.#identity = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  #nextBatch(): Batch {
    const { name, recordBytes, recordsMax } = this.options
    const first = this.#sent
    const count = 1 + (this.#batches++ % recordsMax)
    this.#sent += count
    const timestamp = Date.now()
    const records = Array.from({ length: count }, (_, at) => ({
      timestamp,
      key: null,
      value: Buffer.from(`${name}:${first + at}:`.padEnd(recordBytes, '.')),
    }))
    const identity = this.#identity === null ? {} : { ...this.#identity, baseSequence: first }
    return { first, count, bytes: buildRecordBatch({ records, ...identity }) }
  }

  #send(client: WireClient, batch: Batch): Promise<Answer> {
    const { topic, partition } = this.options
    const answer = client
      .call('Produce', produceVersion, {
        acks: -1,
        timeoutMs: produceTimeoutMs,
        topicData: [{ name: topic, partitionData: [{ index: partition, records: batch.bytes }] }],
      })
      .then(({ responses }) => {
        const partitionAnswer = responses[0]?.partitionResponses[0]
        if (partitionAnswer === undefined) throw new Error('an answer without the partition')
        return partitionAnswer
      })
    answer.catch(() => undefined) // whoever waits for an earlier answer learns of the break first
    return answer
  }
}

/** The name and number in a stored record's value. */
export function parseValue(value: Buffer | null): { name: string; number: number } {
  const [name = '', number] = (value ?? Buffer.alloc(0)).toString('latin1').split(':', 2)
  return { name, number: Number(number) }
}
