// What every simulated client needs: a link, its own stream of chances, time to wait, and the requests that
// more than one kind of client makes.
import { errorName } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { ApiName } from '../../protocol/codecs/index.ts'
import type { SimClock } from '../../src/testing/sim-clock.ts'
import { readBatches } from './batches.ts'
import type { AbortedTransaction, ReadBatch } from './batches.ts'
import type { Draw } from './draw.ts'
import type { History, SentRecord } from './history.ts'
import { Unanswered } from './network.ts'
import type { AnswerOf, Link, RequestOf, SimNetwork } from './network.ts'
import type { Trace } from './trace.ts'

/** What clients share with their world. */
export interface Stage {
  readonly clock: SimClock
  readonly network: SimNetwork
  readonly history: History
  readonly trace: Trace
  /** Lives of the broker so far. */
  readonly restarts: number
  /** Clients begin nothing new any more. */
  readonly isOver: boolean
}

/** An error that the broker answered. */
export class Refusal extends Error {
  readonly error: ErrorName | 'UNKNOWN'

  constructor(error: ErrorName | 'UNKNOWN') {
    super(error)
    this.error = error
  }
}

export interface Fetched {
  readonly batches: readonly ReadBatch[]
  readonly aborted: readonly AbortedTransaction[]
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
}

export class Client {
  readonly name: string
  readonly draw: Draw
  readonly stage: Stage
  link: Link

  constructor(name: string, stage: Stage, draw: Draw) {
    this.name = name
    this.stage = stage
    this.draw = draw.fork(name)
    this.link = stage.network.connect(name)
  }

  get isOver(): boolean {
    return this.stage.isOver
  }

  get history(): History {
    return this.stage.history
  }

  nowMs(): number {
    return this.stage.clock.nowMs()
  }

  note(what: string): void {
    this.stage.trace.note(this.name, what)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.stage.clock.after(ms, resolve))
  }

  /** As a process that is killed: what it sent before may still arrive, on the old connection. */
  restart(): void {
    this.link.lose()
    this.link = this.stage.network.connect(this.name)
    this.note('starts anew')
  }

  async call<Name extends ApiName>(
    api: Name,
    version: number,
    request: RequestOf<Name>,
  ): Promise<AnswerOf<Name>> {
    try {
      return await this.link.call(api, version, request)
    } catch (error) {
      if (error instanceof Unanswered) this.note(`${api}: ${error.message}`)
      throw error
    }
  }

  /** Runs `work` until it succeeds or the world ends; what the network or the broker refuses is tried again. */
  async insist<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof Unanswered) && !(error instanceof Refusal)) throw error
        if (error instanceof Refusal) this.note(`refused: ${error.error}`)
      }
      if (this.isOver) return undefined
      await this.sleep(this.draw.between(20, 300))
    }
  }

  /** The base offset; @throws Refusal, Unanswered. */
  async produce(
    at: { readonly topic: string; readonly partition: number },
    records: readonly SentRecord[],
    batch: Buffer,
    options: { readonly acks?: number; readonly transactionalId?: string; version?: number } = {},
  ): Promise<number> {
    const { acks = -1, transactionalId = null, version = 9 } = options
    const { topic: name, partition: index } = at
    const partitionName = `${name}-${index}`
    this.history.sending(partitionName, records)
    const answer = await this.call('Produce', version, {
      transactionalId,
      acks,
      timeoutMs: 5000,
      topicData: [{ name, partitionData: [{ index, records: batch }] }],
    })
    const result = answer.responses[0]?.partitionResponses[0]
    const code = result?.errorCode ?? -1
    const first = records[0]?.value ?? ''
    const described = `${partitionName} ${first}+${records.length - 1}`
    if (code !== 0) {
      this.note(`produce ${described}: ${errorName(code)}`)
      throw new Refusal(errorName(code))
    }
    const baseOffset = Number(result?.baseOffset ?? -1)
    this.note(`produced ${described} at ${baseOffset}`)
    const told = { baseOffset, atMs: this.nowMs(), acksAll: acks === -1 }
    this.history.acknowledged(partitionName, records, told)
    return baseOffset
  }

  /** @throws Refusal, Unanswered. */
  async fetch(
    at: { readonly topic: string; readonly partition: number; readonly offset: number },
    options: { readonly committedOnly: boolean; readonly maxWaitMs?: number },
  ): Promise<Fetched> {
    const { topic, partition, offset: fetchOffset } = at
    const { committedOnly, maxWaitMs = 0 } = options
    const answer = await this.call('Fetch', 11, {
      maxWaitMs,
      minBytes: 1,
      isolationLevel: committedOnly ? 1 : 0,
      topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 20_000 }] }],
    })
    const data = answer.responses[0]?.partitions[0]
    if (data === undefined) throw new Refusal('UNKNOWN')
    const logStartOffset = Number(data.logStartOffset)
    if (data.errorCode !== 0) throw new Refusal(errorName(data.errorCode))
    this.history.begins(`${topic}-${partition}`, logStartOffset, this.nowMs())
    const bytes = data.records instanceof Buffer ? data.records : Buffer.alloc(0)
    return {
      batches: await readBatches(bytes, fetchOffset),
      aborted: (data.abortedTransactions ?? []).map(({ producerId, firstOffset }) => ({
        producerId: Number(producerId),
        firstOffset: Number(firstOffset),
      })),
      highWatermark: Number(data.highWatermark),
      lastStableOffset: Number(data.lastStableOffset),
      logStartOffset,
    }
  }

  /** Log start (-2) or end (-1). @throws Refusal, Unanswered. */
  async offsetAt(topic: string, partitionIndex: number, timestamp: -1 | -2): Promise<number> {
    const partitions = [{ partitionIndex, timestamp }]
    const answer = await this.call('ListOffsets', 5, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: topic, partitions }],
    })
    const found = answer.topics[0]?.partitions[0]
    if (found === undefined || found.errorCode !== 0) {
      throw new Refusal(errorName(found?.errorCode ?? -1))
    }
    return Number(found.offset)
  }
}

/** Where to read on. */
export function endOf(fetched: Fetched, offset: number): number {
  const last = fetched.batches.at(-1)
  return last === undefined ? offset : last.lastOffset + 1
}
