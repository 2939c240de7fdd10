// Asks every authorization case of a broker with every combination of its rights: an administrator
// makes what the cases need and sets the access rules, a user asks. What is kept of an answer is
// what authorization decides: errors, what is listed, and the operations that are shown.
import type { AclCreation } from '../../protocol/codecs/create-acls.ts'
import type { ApiName } from '../../protocol/codecs/index.ts'
import {
  operationIds,
  patternTypeIds,
  permissionIds,
  resourceTypeIds,
} from '../../src/catalog/acl.ts'
import { answered, until } from './authorization-case.ts'
import type { AuthorizationCase, Caller, CaseContext, Right } from './authorization-case.ts'
import { authorizationCases, combinationsOf } from './authorization-cases.ts'
import type { RequestInputOf } from './wire-client.ts'

export interface RunOptions {
  readonly admin: Caller
  /** Asks as User:alice. */
  readonly user: Caller
  /** Asks as User:carol, who has a token of her own. */
  readonly other: Caller
  /** Waits until the broker obeys the rules that were just changed. */
  readonly settle: () => Promise<void>
  readonly onTry?: (one: AuthorizationCase) => void
}

/** One try: the case, the rights that the user had, and what it was told. */
export interface Try {
  readonly case: string
  readonly api: ApiName
  /** `operation type name`; numbered names without their number. */
  readonly rights: readonly string[]
  readonly answer: unknown
}

export const userPrincipal = 'User:alice'
export const otherPrincipal = 'User:carol'

/** Everything once, in order. */
export async function runAuthorizationCases(options: RunOptions): Promise<Try[]> {
  const topicIds = await prepare(options)
  const tries: Try[] = []
  for (const one of authorizationCases) {
    const combinationCount = combinationsOf(one.rights({ n: 0, topicIds })).length
    for (let at = 0; at < combinationCount; at++) {
      const context = { n: tries.length, topicIds }
      const rights = combinationsOf(one.rights(context))[at] ?? []
      options.onTry?.(one)
      tries.push(await tryOnce(one, rights, context, options))
    }
  }
  return tries
}

async function tryOnce(
  one: AuthorizationCase,
  rights: readonly Right[],
  context: CaseContext,
  { admin, user, settle }: RunOptions,
): Promise<Try> {
  for (const name of one.topics?.(context) ?? []) await createTopic(admin, name)
  await one.before?.(admin, context)
  await setRules(admin, rights.map(ruleOf))
  await settle()
  // The case knows which request belongs to its API.
  const request = one.request(context) as RequestInputOf<ApiName>
  const answer = keep(await user.call(one.api, one.version, request), '', context.n)
  const names = rights.map(({ type, operation, name }) => {
    return `${operation} ${type} ${name.replace(new RegExp(`-${context.n}$`), '')}`
  })
  return { case: one.name, api: one.api, rights: names, answer }
}

/** The rules there are from now on; those of before go. */
export async function setRules(admin: Caller, creations: AclCreation[]): Promise<void> {
  const all = { resourceTypeFilter: 1, resourceNameFilter: null, patternTypeFilter: 1 }
  const filter = {
    ...all,
    principalFilter: null,
    hostFilter: null,
    operation: 1,
    permissionType: 1,
  }
  await answered(admin, 'DeleteAcls', 2, { filters: [filter] })
  const { results } = await answered(admin, 'CreateAcls', 2, { creations })
  const failed = results.find(({ errorCode }) => errorCode !== 0)
  if (failed !== undefined) throw new Error(`no access rule: ${failed.errorMessage}`)
}

function ruleOf({ type, operation, name }: Right): AclCreation {
  return {
    resourceType: resourceTypeIds[type],
    resourceName: name,
    resourcePatternType: patternTypeIds.literal,
    principal: userPrincipal,
    host: '*',
    operation: operationIds[operation],
    permissionType: permissionIds.allow,
  }
}

/** Topics, groups with offsets, a consumer group, a transaction that has begun, and a token. */
async function prepare({ admin, other }: RunOptions): Promise<CaseContext['topicIds']> {
  const topicIds = {
    't-a': await createTopic(admin, 't-a'),
    't-b': await createTopic(admin, 't-b'),
  }
  for (const groupId of ['g-a', 'g-b']) await until(() => commitOffsets(admin, groupId))
  await until(() => joinConsumerGroup(admin))
  for (const transactionalId of ['x-a', 'x-b']) {
    await until(() => beginTransaction(admin, transactionalId))
  }
  await answered(other, 'CreateDelegationToken', 3, { renewers: [], maxLifetimeMs: 3_600_000 })
  return topicIds
}

export async function createTopic(admin: Caller, name: string): Promise<string> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const answer = await answered(admin, 'CreateTopics', 7, { topics: [topic], timeoutMs: 5000 })
  const created = answer.topics[0]
  if (created?.errorCode !== 0) throw new Error(`${name} is not created: ${created?.errorMessage}`)
  return created.topicId
}

async function commitOffsets(admin: Caller, groupId: string): Promise<number> {
  const coordinators = { keyType: 0, coordinatorKeys: [groupId] }
  const found = await answered(admin, 'FindCoordinator', 4, coordinators)
  const notFound = found.coordinators[0]?.errorCode ?? -1
  if (notFound !== 0) return notFound
  const partitions = [{ partitionIndex: 0, committedOffset: 0, committedMetadata: '' }]
  const topics = ['t-a', 't-b'].map((name) => ({ name, partitions }))
  const commit = { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics }
  const answer = await answered(admin, 'OffsetCommit', 8, commit)
  return answer.topics[0]?.partitions[0]?.errorCode ?? -1
}

async function joinConsumerGroup(admin: Caller): Promise<number> {
  const answer = await answered(admin, 'ConsumerGroupHeartbeat', 1, {
    groupId: 'c-a',
    memberId: 'BBBBBBBBBBBBBBBBBBBBBQ',
    memberEpoch: 0,
    rebalanceTimeoutMs: 600_000,
    subscribedTopicNames: ['t-a', 't-b'],
    topicPartitions: [],
  })
  return answer.errorCode
}

async function beginTransaction(admin: Caller, transactionalId: string): Promise<number> {
  const coordinators = { keyType: 1, coordinatorKeys: [transactionalId] }
  await answered(admin, 'FindCoordinator', 4, coordinators)
  const init = { transactionalId, transactionTimeoutMs: 600_000 }
  const { errorCode, producerId, producerEpoch } = await answered(admin, 'InitProducerId', 4, init)
  if (errorCode !== 0) return errorCode
  const answer = await answered(admin, 'AddPartitionsToTxn', 3, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: ['t-a', 't-b'].map((name) => ({ name, partitions: [0] })),
  })
  const partitions = answer.resultsByTopicV3AndBelow[0]?.resultsByPartition
  return partitions?.[0]?.partitionErrorCode ?? -1
}

/** What does not depend on who asks: ids, addresses, positions in logs, times, texts. */
const leftOut: ReadonlySet<string> = new Set([
  ...['throttleTimeMs', 'errorMessage', 'host', 'port', 'clusterId', 'controllerId', 'rack'],
  ...['brokers', 'nodes', 'nodeEndpoints', 'supportedFeatures', 'finalizedFeatures', 'apiKeys'],
  ...['memberId', 'members', 'sessionId', 'producerId', 'producerEpoch', 'logDir', 'size'],
  ...['usableBytes', 'totalBytes', 'offsetLag', 'isFutureKey', 'isCordoned', 'features'],
  ...['baseOffset', 'logAppendTimeMs', 'logStartOffset', 'records', 'highWatermark', 'offset'],
  ...['lastStableOffset', 'abortedTransactions', 'lowWatermark', 'endOffset', 'timestamp'],
  ...['transactionStartTimeMs', 'activeProducers', 'leaderEpoch', 'highWatermarkTimestamp'],
  ...['eligibleLeaderReplicas', 'lastKnownElr', 'groupEpoch', 'assignmentEpoch', 'leaderId'],
  ...['currentVoters', 'observers', 'assignment', 'heartbeatIntervalMs', 'memberEpoch'],
  ...['finalizedFeaturesEpoch', 'zkMigrationReady', 'currentLeader', 'divergingEpoch'],
  ...['snapshotId', 'preferredReadReplica', 'oldStyleOffsets', 'committedLeaderEpoch'],
  ...['startOffset', 'lag', 'stateEpoch', 'deliveryCompleteCount', 'acquiredRecords'],
  ...['tokenId', 'hmac', 'issueTimestampMs', 'expiryTimestampMs', 'maxTimestampMs'],
  ...['issueTimestamp', 'expiryTimestamp', 'maxTimestamp', 'stateBatches'],
])
const noId = 'AAAAAAAAAAAAAAAAAAAAAA'

/** The answer without what is `leftOut`, its lists in an order of their own. */
function keep(value: unknown, key: string, n: number): unknown {
  if (Array.isArray(value)) {
    if (key === 'configs') return value.length > 0 ? 'some' : 'none'
    const items = value.map((item) => keep(item, '', n))
    return items
      .map((item) => JSON.stringify(item))
      .sort()
      .map((text): unknown => JSON.parse(text))
  }
  if (typeof value === 'string' && key === 'topicId') return value === noId ? 'none' : 'an id'
  if (typeof value === 'string') {
    return value.replace(new RegExp(`-${n}$`), '').replace(/:[\w-]{22}:/, ':an id:')
  }
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([name]) => !leftOut.has(name))
  return Object.fromEntries(fields.map(([name, field]) => [name, keep(field, name, n)]))
}
