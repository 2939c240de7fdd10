// SPEC.md's table of the consumer machine, cell by cell: each event on no group, on a classic group
// and on a consumer group. A kind of event without a row fails to compile.
import { describe, expect, test } from 'vitest'
import type { Found, stepConsumerGroup } from '../../../../src/coordinators/consumer/group.ts'
import { ConsumerClient } from '../../../support/consumer-client.ts'
import { GroupWorld, settle } from '../../../support/group-world.ts'

type EventKind = Parameters<typeof stepConsumerGroup>[1]['kind']
type Row = Exclude<EventKind, 'consumer-heartbeat'> | `epoch ${'0' | '1' | '-1' | '-2'}`

/** The kind of group after the event, and the error that was answered, if any was. */
type Cell = readonly [after: Found['kind'], error: string | null]

const notFound: Cell = ['none', 'GROUP_ID_NOT_FOUND']
const unknown: Cell = ['consumer', 'UNKNOWN_MEMBER_ID']

const table: Record<Row, Record<Found['kind'], Cell>> = {
  'epoch 0': {
    none: ['consumer', 'NONE'],
    classic: ['consumer', 'NONE'],
    consumer: ['consumer', 'NONE'],
  },
  'epoch 1': { none: notFound, classic: ['classic', 'GROUP_ID_NOT_FOUND'], consumer: unknown },
  'epoch -1': {
    none: notFound,
    classic: ['classic', 'GROUP_ID_NOT_FOUND'],
    consumer: ['consumer', 'NONE'],
  },
  'epoch -2': { none: notFound, classic: ['classic', 'GROUP_ID_NOT_FOUND'], consumer: unknown },
  fence: { none: ['none', null], classic: ['classic', null], consumer: ['consumer', null] },
  disconnected: { none: ['none', null], classic: ['classic', null], consumer: ['consumer', null] },
  'resolve-regexes': {
    none: ['consumer', 'NONE'],
    classic: ['consumer', 'NONE'],
    consumer: ['consumer', 'NONE'],
  },
  join: {
    none: ['classic', 'NONE'],
    classic: ['classic', 'NONE'],
    consumer: ['consumer', 'INCONSISTENT_GROUP_PROTOCOL'],
  },
  sync: {
    none: ['none', 'UNKNOWN_MEMBER_ID'],
    classic: ['classic', 'UNKNOWN_MEMBER_ID'],
    consumer: unknown,
  },
  heartbeat: {
    none: ['none', 'UNKNOWN_MEMBER_ID'],
    classic: ['classic', 'UNKNOWN_MEMBER_ID'],
    consumer: unknown,
  },
  leave: {
    none: ['none', 'UNKNOWN_MEMBER_ID'],
    classic: ['classic', 'UNKNOWN_MEMBER_ID'],
    consumer: unknown,
  },
}

/** The consumer group's only member; in the other worlds it is nobody's. */
function happen(world: GroupWorld, member: ConsumerClient, row: Row): () => string | null {
  const told = (error: string) => () => error
  switch (row) {
    case 'epoch 0':
      return told(member.join().error)
    case 'epoch 1':
      return told(member.send({ memberId: 'nobody', memberEpoch: 1 }).error)
    case 'epoch -1':
      return told(member.leave().error)
    case 'epoch -2':
      return told(member.send({ memberId: 'x', memberEpoch: -2, instanceId: 'i' }).error)
    case 'resolve-regexes':
      member.join()
      return told(member.beat({ regex: 'ord.*' }).error)
    case 'fence':
    case 'disconnected':
      if (row === 'disconnected') member.connection.close()
      return () => null
    case 'join': {
      const join = world.join('g', { protocolType: 'connect' })
      return () => join.answer().error
    }
    case 'sync': {
      const sync = world.sync('g', 'nobody', 1)
      return () => sync.answer().error
    }
    case 'heartbeat':
      return told(world.heartbeat('g', 'nobody', 1))
    case 'leave':
      return told(world.leave('g', 'nobody').members[0]?.error ?? 'no member')
  }
}

function kindOf(world: GroupWorld): string {
  const { groups } = world.groups.list({ states: [], types: [] })
  return groups[0]?.type ?? 'none'
}

async function worldWith(kind: Found['kind'], member: (world: GroupWorld) => ConsumerClient) {
  const world = await GroupWorld.create({ 'group.consumer.assignment.interval.ms': '0' })
  const client = member(world)
  if (kind === 'consumer') client.join()
  if (kind === 'classic') world.commit('g', [{ offset: 1 }])
  expect(kindOf(world)).toBe(kind)
  return { world, client }
}

const rows = Object.keys(table) as Row[]

describe.each(rows)('%s', (row) => {
  test.each(Object.entries(table[row]))('on %s', async (kind, [after, error]) => {
    const found = kind as Found['kind']
    const { world, client } = await worldWith(found, (made) => new ConsumerClient(made, 'g'))
    const answer = happen(world, client, row)
    await world.advance(row === 'fence' ? 60_000 : row === 'disconnected' ? 5001 : 10)
    await settle()
    expect([kindOf(world), answer()]).toEqual([after, error])
    const isGone = row === 'fence' || row === 'disconnected' || row === 'epoch -1'
    if (isGone && found === 'consumer') expect(client.beat().error).toBe('UNKNOWN_MEMBER_ID')
  })
})
