// A broker for the tests of group handlers: a catalog with a topic of two partitions, a group
// coordinator on simulated time.
import { createMissingTopics } from '../../src/catalog/topic-creation.ts'
import type { BrokerServices, HandlerResult, RequestContext } from '../../src/handlers/context.ts'
import { isPromise } from '../../src/base/maybe-promise.ts'
import type { MaybePromise } from '../../src/base/maybe-promise.ts'
import { createAdminBroker } from './admin-broker.ts'
import type { AdminBroker } from './admin-broker.ts'
import { createShareStates, GroupWorld } from './group-world.ts'

export interface GroupBroker {
  readonly services: BrokerServices
  readonly admin: AdminBroker
  readonly world: GroupWorld
  /** The id of topic `orders`. */
  readonly ordersId: string
  context(apiVersion: number): RequestContext
}

export async function createGroupBroker(): Promise<GroupBroker> {
  const admin = await createAdminBroker({ 'num.partitions': '2' })
  await createMissingTopics(admin.catalog, ['orders'], admin.services)
  const world = await GroupWorld.create()
  const shareStates = createShareStates(world.clock, world.topics)
  await shareStates.load()
  const services: BrokerServices = { ...admin.services, groups: world.groups, shareStates }
  const ordersId = admin.catalog.topic('orders')?.id ?? ''
  const context = (apiVersion: number): RequestContext => admin.context(apiVersion)
  return { services, admin, world, ordersId, context }
}

/** The answer of a handler that has it at once. */
export function atOnce<T>(result: MaybePromise<HandlerResult<T>>): T {
  if (isPromise(result) || typeof result === 'symbol') throw new Error('expected an answer at once')
  return result
}

export const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'
export const strangeTopicId = 'AAAAAAAAAAAAAAAAAAAAcQ'
