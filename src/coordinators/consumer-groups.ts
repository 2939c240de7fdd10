// What handlers ask of consumer groups (KIP-848): heartbeats and descriptions.
import type { ConsumerGroupHeartbeatRequest } from '../../protocol/codecs/consumer-group-heartbeat.ts'
import { errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { randomKafkaUuid } from '../io/random.ts'
import {
  consumerGroupNotFound,
  describeConsumerGroup,
  heartbeatEvent,
  heartbeatProblem,
} from './consumer-requests.ts'
import type { DescribedConsumerGroup } from './consumer-requests.ts'
import { heartbeatRefused } from './consumer/step.ts'
import type { ConsumerHeartbeatAnswer, MayDescribe } from './consumer/step.ts'
import type { Caller } from './coordinator-options.ts'
import type { GroupRequestPorts } from './group-requests.ts'
import { Ticket } from './ticket.ts'

export class ConsumerGroups {
  readonly #ports: GroupRequestPorts

  constructor(ports: GroupRequestPorts) {
    this.#ports = ports
  }

  /** ConsumerGroupHeartbeat (KIP-848). `mayDescribe`: what the client's patterns may stand for. */
  heartbeat(
    request: ConsumerGroupHeartbeatRequest,
    caller: Caller,
    mayDescribe: MayDescribe,
  ): MaybePromise<ConsumerHeartbeatAnswer> {
    const { groupId, memberId, memberEpoch } = request
    const problem = heartbeatProblem(
      request,
      caller.apiVersion,
      this.#ports.settings.consumer(groupId),
    )
    if (problem !== null) return problem
    const refused = (error: ErrorName) => heartbeatRefused(error)
    return this.#ports.on<ConsumerHeartbeatAnswer>(groupId, refused, (partition) => {
      const ticket = new Ticket<ConsumerHeartbeatAnswer>()
      const newMemberId = randomKafkaUuid(this.#ports.options.random)
      const candidate = memberId === '' ? newMemberId : memberId
      if (memberEpoch === 0 || partition.knows(groupId, candidate)) {
        this.#ports.connections.heard(groupId, candidate, caller.connection)
      }
      const clientId = caller.clientId ?? ''
      const clientHost = `/${caller.connection.clientAddress}`
      const how = { ticket, newMemberId, clientId, clientHost, mayDescribe }
      partition.step(groupId, heartbeatEvent(request, how))
      return chain(ticket.result(), (answer) => {
        if (!partition.knows(groupId, candidate)) this.#ports.connections.forget(groupId, candidate)
        return answer
      })
    })
  }

  /** ConsumerGroupDescribe, one group. */
  describe(groupId: string): MaybePromise<DescribedConsumerGroup> {
    const refused = (error: ErrorName) => consumerGroupNotFound(error, errorText(error))
    if (groupId === '') return refused('INVALID_GROUP_ID')
    const rules = this.#ports.settings.consumer(groupId)
    return this.#ports.on(groupId, refused, ({ shard }) =>
      describeConsumerGroup(shard, groupId, { rules, topics: this.#ports.options.topics }),
    )
  }
}
