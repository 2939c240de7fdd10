// Sets of access rules drawn from a seed, and what a user is told under each: how patterns, hosts,
// principals, operations and denials work together.
import type { AclCreation } from '../../protocol/codecs/create-acls.ts'
import { errorCode } from '../../protocol/errors.ts'
import {
  operationIds,
  patternTypeIds,
  permissionIds,
  resourceTypeIds,
} from '../../src/catalog/acl.ts'
import { answered } from './authorization-case.ts'
import { createTopic, setRules } from './authorization-run.ts'
import type { RunOptions } from './authorization-run.ts'

const topicNames = ['b', 'bar', 'baz.x', 'fob', 'foo', 'foobar']
const patternNames = ['*', 'b', 'bar', 'baz.', 'f', 'fo', 'foo', 'foob', 'foobar', 'z']
const principals = ['User:alice', 'User:alice', 'User:alice', 'User:*', 'User:bob', 'Group:alice']
const hosts = ['*', '*', '127.0.0.1', '10.0.0.1']
const operations = [
  2,
  operationIds.read,
  operationIds.write,
  operationIds.create,
  operationIds.delete,
  operationIds.alter,
  operationIds.describe,
  operationIds['describe-configs'],
  operationIds['alter-configs'],
]
const permissions = [
  permissionIds.allow,
  permissionIds.allow,
  permissionIds.allow,
  permissionIds.deny,
]
const patternTypes = [patternTypeIds.literal, patternTypeIds.prefixed]
const setCount = 80
const rulesMax = 8

/** A set of rules and what it amounts to. */
export interface RuleAnswer {
  readonly rules: readonly string[]
  /** Bit fields of operations, by topic; the error where the topic is hidden. */
  readonly operations: Readonly<Record<string, number | string>>
  readonly listed: readonly string[]
  /** Whether a producer may be idempotent: whether it may write to some topic. */
  readonly isIdempotent: boolean
}

/** Asks under every set. The broker is one that `runAuthorizationCases` may have been run on. */
export async function runAuthorizationRules(options: RunOptions): Promise<RuleAnswer[]> {
  for (const name of topicNames) await createTopic(options.admin, name)
  const answers: RuleAnswer[] = []
  for (const rules of ruleSets()) {
    await setRules(options.admin, rules)
    await options.settle()
    answers.push({ rules: rules.map(textOf), ...(await observe(options)) })
  }
  return answers
}

async function observe({ user }: RunOptions): Promise<Omit<RuleAnswer, 'rules'>> {
  const flags = { allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true }
  const topics = topicNames.map((name) => ({ name }))
  const named = await answered(user, 'Metadata', 12, { topics, ...flags })
  const all = await answered(user, 'Metadata', 12, { topics: null, ...flags })
  const init = { transactionalId: null, transactionTimeoutMs: 1000 }
  const { errorCode: error } = await answered(user, 'InitProducerId', 4, init)
  const shown = named.topics.map((topic): [string, number | string] => {
    const { name, errorCode: code, topicAuthorizedOperations } = topic
    return [name ?? '', code === 0 ? topicAuthorizedOperations : `error ${code}`]
  })
  return {
    operations: Object.fromEntries(shown.sort()),
    listed: all.topics
      .flatMap(({ name }) => (name !== null && topicNames.includes(name) ? [name] : []))
      .sort(),
    // A broker that has just started may have no producer ids yet.
    isIdempotent: error !== errorCode('CLUSTER_AUTHORIZATION_FAILED'),
  }
}

function textOf(rule: AclCreation): string {
  const { permissionType, principal, host, operation, resourcePatternType, resourceName } = rule
  const verb = permissionType === permissionIds.allow ? 'allow' : 'deny'
  const pattern = resourcePatternType === patternTypeIds.literal ? resourceName : `${resourceName}…`
  return `${verb} ${principal}@${host} ${operation} ${pattern}`
}

function ruleSets(): AclCreation[][] {
  let state = 20
  const pick = <T>(from: readonly T[]): T => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const chosen = from[(state >>> 8) % from.length]
    if (chosen === undefined) throw new Error('nothing to pick from')
    return chosen
  }
  const sizes = Array.from({ length: rulesMax }, (_, at) => at + 1)
  return Array.from({ length: setCount }, () =>
    Array.from({ length: pick(sizes) }, () => ({
      resourceType: resourceTypeIds.topic,
      resourceName: pick(patternNames),
      resourcePatternType: pick(patternTypes),
      principal: pick(principals),
      host: pick(hosts),
      operation: pick(operations),
      permissionType: pick(permissions),
    })),
  )
}
