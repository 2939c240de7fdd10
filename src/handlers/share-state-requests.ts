// What the five APIs on the stored state of share partitions have in common (KIP-932): they are for
// brokers, and answer partition by partition.
import { allOf } from '../base/all-of.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { SharePartitionKey, StateAnswer } from '../coordinators/share/stored-states.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, RequestContext } from './context.ts'

interface StateRequest<Partition> {
  readonly groupId: string
  readonly topics: readonly {
    readonly topicId: string
    readonly partitions: readonly Partition[]
  }[]
}

export interface StateResults<Result> {
  readonly results: readonly {
    readonly topicId: string
    readonly partitions: readonly Result[]
  }[]
}

/**
 * Asks for every partition. Without a group, topics or partitions the answer is empty, as Kafka's.
 */
export function eachState<
  Partition extends { readonly partition: number },
  Answer extends StateAnswer,
  Result,
>(
  broker: BrokerServices,
  context: RequestContext,
  request: StateRequest<Partition>,
  how: {
    readonly ask: (key: SharePartitionKey, partition: Partition) => MaybePromise<Answer>
    readonly refuse: (answer: StateAnswer) => Answer
    readonly show: (partition: number, answer: Answer) => Result
  },
): MaybePromise<StateResults<Result>> {
  const { groupId, topics } = request
  const isAllowed = broker.authorize(context, 'cluster-action', 'cluster', clusterResource)
  const isEmpty = topics.length === 0 || topics.some(({ partitions }) => partitions.length === 0)
  if (isAllowed && (groupId === '' || isEmpty)) return { results: [] }
  const results = topics.map(({ topicId, partitions }) => {
    const answers = partitions.map((partition) => {
      const asked = isAllowed
        ? how.ask({ groupId, topicId, partition: partition.partition }, partition)
        : how.refuse(because('CLUSTER_AUTHORIZATION_FAILED'))
      return chain(asked, (answer) => how.show(partition.partition, answer))
    })
    return chain(allOf(answers), (shown) => ({ topicId, partitions: shown }))
  })
  return chain(allOf(results), (shown) => ({ results: shown }))
}

/** A partition's answer that says no more than whether it was done. */
export function outcome(partition: number, { error, message }: StateAnswer) {
  return { partition, errorCode: errorCode(error), errorMessage: message }
}

export function because(error: ErrorName): StateAnswer {
  return { error, message: errorText(error) }
}

export function same<T>(value: T): T {
  return value
}
