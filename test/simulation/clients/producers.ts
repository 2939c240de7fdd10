// Producers of a simulated world: idempotent ones with several batches in flight, and plain ones that send
// again what was not answered. Both as a careful client library does it.
import { batchOf } from '../batches.ts'
import type { ProducerIdentity } from '../batches.ts'
import { Client, Refusal } from '../client.ts'
import type { SentRecord } from '../history.ts'
import { Unanswered } from '../network.ts'

export interface Target {
  readonly topic: string
  readonly partition: number
}

const inFlightMax = 4
const pauseMs = [0, 5, 40, 200, 900] as const

interface Batch {
  readonly records: readonly SentRecord[]
  readonly baseSequence: number
  readonly isCompressed: boolean
  /** Lives of the broker when it was sent first. */
  readonly life: number
}

/** Next records of a producer for one partition. */
function nextRecords(
  client: Client,
  options: { readonly first: number; readonly target: Target; readonly isIdempotent: boolean },
): SentRecord[] {
  const { first, target, isIdempotent } = options
  const isKeyed = target.topic === 'keys'
  const producer = `${client.name}.${target.partition}`
  return Array.from({ length: client.draw.between(1, 3) }, (_, index) => {
    const number = first + index
    const value = `${producer}:${number}`
    const isTombstone = isKeyed && client.draw.chance(10)
    const key = isKeyed ? `k${client.draw.below(6)}` : null
    const timestampMs = client.nowMs()
    return { value, key, timestampMs, producer, number, isIdempotent, isTombstone }
  })
}

/** Writes to one partition with an idempotent producer. */
export async function produceIdempotently(client: Client, target: Target): Promise<void> {
  let identity = await register(client)
  let sequence = 0
  let number = 0
  let unanswered: Batch[] = []
  let wasOvertaken = false
  while (identity !== undefined && !(client.isOver && unanswered.length === 0)) {
    while (!client.isOver && unanswered.length < client.draw.between(1, inFlightMax)) {
      const records = nextRecords(client, { first: number, target, isIdempotent: true })
      const isCompressed = client.draw.chance(20)
      const life = client.stage.restarts
      unanswered.push({ records, baseSequence: sequence, isCompressed, life })
      number += records.length
      sequence += records.length
    }
    const outcome = await sendAll(client, target, identity, unanswered)
    unanswered = unanswered.slice(outcome.answered)
    const [next] = unanswered
    // As in Kafka, a producer that the log does not know may begin anywhere: where the disk refuses its very
    // first batch, one behind that may be taken.
    if (outcome.error === 'KAFKA_STORAGE_ERROR' && next?.baseSequence === 0) wasOvertaken = true
    if (outcome.isForgotten) {
      // Power loss took what the sequence stands on; or, as in Kafka, a restart kept only the last batch of
      // each producer, and this is an earlier one. Whether the batches in flight are there nobody knows.
      const isOld = next?.life !== client.stage.restarts
      const isExplained = client.history.hasLost || isOld || wasOvertaken
      if (!isExplained) client.history.broken(`${client.name}: sequence refused`)
      unanswered = []
      wasOvertaken = false
      sequence = 0
      identity = await register(client)
    }
    await client.sleep(client.draw.pick(pauseMs))
    if (client.draw.chance(3)) client.link.lose()
  }
}

function register(client: Client): Promise<ProducerIdentity | undefined> {
  return client.insist(async () => {
    const request = { transactionalId: null, transactionTimeoutMs: 60_000 }
    const answer = await client.call('InitProducerId', 4, request)
    if (answer.errorCode !== 0) throw new Refusal('UNKNOWN')
    return { producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch }
  })
}

/** How many of the batches were acknowledged, in order; and whether the first was refused for good. */
async function sendAll(
  client: Client,
  target: Target,
  identity: ProducerIdentity,
  batches: readonly Batch[],
): Promise<{ answered: number; isForgotten: boolean; error?: string }> {
  const sent = batches.map(async ({ records, baseSequence, isCompressed }) => {
    const bytes = await batchOf(records, { ...identity, baseSequence, isCompressed })
    return client.produce(target, records, bytes)
  })
  const outcomes = await Promise.allSettled(sent)
  const failed = outcomes.findIndex(({ status }) => status === 'rejected')
  const first = outcomes[failed]
  if (first?.status !== 'rejected') return { answered: outcomes.length, isForgotten: false }
  const { reason } = first as { reason: unknown }
  if (!(reason instanceof Unanswered) && !(reason instanceof Refusal)) throw reason
  if (reason instanceof Unanswered) return { answered: failed, isForgotten: false }
  const { error } = reason
  const isForgotten = error === 'OUT_OF_ORDER_SEQUENCE_NUMBER' || error === 'UNKNOWN_PRODUCER_ID'
  return { answered: failed, isForgotten, error }
}

/** Writes to one partition and sends again what was not answered: records may be there twice. */
export async function producePlainly(client: Client, target: Target): Promise<void> {
  let number = 0
  while (!client.isOver) {
    const records = nextRecords(client, { first: number, target, isIdempotent: false })
    number += records.length
    const acks = client.draw.chance(30) ? 1 : -1
    const isCompressed = client.draw.chance(20)
    await client.insist(async () =>
      client.produce(target, records, await batchOf(records, { isCompressed }), { acks }),
    )
    await client.sleep(client.draw.pick(pauseMs))
  }
}
