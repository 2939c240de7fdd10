// All access rules, laid out so that a decision looks at the rules that have a say and at no others:
// literal patterns by name, prefixed ones by length and name, and in each pattern the rules of one
// principal. Pure. The semantics are those of Kafka's StandardAuthorizer.
import { assert, defined } from '../base/assert.ts'
import {
  aclKey,
  allOperations,
  everybody,
  operationIds,
  patternTypeIds,
  permissionIds,
  resourceTypeIds,
  wildcard,
} from '../catalog/acl.ts'
import type { Acl, Operation, ResourceType } from '../catalog/acl.ts'
import { canonicalHost } from './host.ts'

/** Somebody who asks. */
export interface Subject {
  /** Type and name, `User:alice`. */
  readonly principal: string
  /** Where from, in the form of `canonicalHost`. */
  readonly host: string
}

/** What the rules say; `no-rules`: no pattern names the resource at all. */
export type Verdict = 'allowed' | 'denied' | 'no-rules'

interface Rule {
  readonly acl: Acl
  /** `acl.host` in the form of `canonicalHost`. */
  readonly host: string
}

/** The rules of one pattern by principal: a handful each. */
type Bucket = Map<string, Rule[]>

/** An allowed READ, WRITE, DELETE or ALTER lets one DESCRIBE too. */
const impliesDescribe: ReadonlySet<number> = new Set([
  operationIds.describe,
  operationIds.read,
  operationIds.write,
  operationIds.delete,
  operationIds.alter,
])
const impliesDescribeConfigs: ReadonlySet<number> = new Set([
  operationIds['describe-configs'],
  operationIds['alter-configs'],
])

export class AclIndex {
  readonly #types = new Map<number, TypeIndex>()
  readonly #byPrincipal = new Map<string, Map<string, Acl>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(acl: Acl): void {
    const key = aclKey(acl)
    const own = this.#byPrincipal.get(acl.principal) ?? new Map<string, Acl>()
    if (own.has(key)) return
    own.set(key, acl)
    this.#byPrincipal.set(acl.principal, own)
    const type = this.#types.get(acl.resourceType) ?? new TypeIndex()
    this.#types.set(acl.resourceType, type)
    type.add({ acl, host: canonicalHost(acl.host) })
    this.#size++
  }

  remove(acl: Acl): void {
    const key = aclKey(acl)
    const own = defined(this.#byPrincipal.get(acl.principal), 'a rule that is removed is there')
    assert(own.delete(key), 'a rule is removed once')
    if (own.size === 0) this.#byPrincipal.delete(acl.principal)
    defined(this.#types.get(acl.resourceType), 'a rule has an index').remove(acl)
    this.#size--
    assert(this.#size >= 0, 'rules are counted')
  }

  /** Decides by the rules alone: one that denies outweighs all that allow. */
  decide(subject: Subject, operation: Operation, type: ResourceType, name: string): Verdict {
    const index = this.#types.get(resourceTypeIds[type])
    if (index === undefined) return 'no-rules'
    const buckets = index.bucketsFor(name)
    if (buckets.length === 0) return 'no-rules'
    let isAllowed = false
    for (const bucket of buckets) {
      const said = sayOf(bucket, subject, operationIds[operation])
      if (said === 'denied') return 'denied'
      if (said === 'allowed') isAllowed = true
    }
    return isAllowed ? 'allowed' : 'denied'
  }

  /**
   * Whether `operation` is allowed on at least one resource of the type, one that may not exist
   * yet. No operation implies another here, as in Kafka. Takes time with the rules of the
   * principal.
   */
  allowsSome(subject: Subject, operation: Operation, type: ResourceType): boolean {
    const allowed: Acl[] = []
    const denied = { literal: new Set<string>(), prefixed: new Set<string>() }
    for (const acl of this.#rulesOf(subject, operationIds[operation], resourceTypeIds[type])) {
      const isLiteral = acl.patternType === patternTypeIds.literal
      if (acl.permissionType === permissionIds.allow) allowed.push(acl)
      else if (isLiteral && acl.resourceName === wildcard) return false
      else denied[isLiteral ? 'literal' : 'prefixed'].add(acl.resourceName)
    }
    return allowed.some(({ resourceName, patternType }) => {
      const isLiteral = patternType === patternTypeIds.literal
      if (isLiteral && resourceName === wildcard) return true
      if (isLiteral && denied.literal.has(resourceName)) return false
      return !hasPrefixIn(denied.prefixed, resourceName)
    })
  }

  *#rulesOf(subject: Subject, operation: number, resourceType: number): Generator<Acl> {
    for (const principal of new Set([subject.principal, everybody])) {
      for (const acl of this.#byPrincipal.get(principal)?.values() ?? []) {
        const isMeant = acl.operation === operation || acl.operation === allOperations
        const host = canonicalHost(acl.host)
        const isHere = host === wildcard || host === subject.host
        if (acl.resourceType === resourceType && isMeant && isHere) yield acl
      }
    }
  }
}

function hasPrefixIn(prefixes: ReadonlySet<string>, name: string): boolean {
  for (let length = 1; length <= name.length; length++) {
    if (prefixes.has(name.slice(0, length))) return true
  }
  return false
}

/** The rules about one type of resource. */
class TypeIndex {
  readonly #literal = new Map<string, Bucket>()
  /** By the length of the prefix, then by the prefix. */
  readonly #prefixed = new Map<number, Map<string, Bucket>>()

  add(rule: Rule): void {
    const { resourceName, principal, patternType } = rule.acl
    const buckets = this.#bucketsOf(patternType, resourceName)
    const bucket: Bucket = buckets.get(resourceName) ?? new Map<string, Rule[]>()
    buckets.set(resourceName, bucket)
    const rules = bucket.get(principal)
    if (rules === undefined) bucket.set(principal, [rule])
    else rules.push(rule)
  }

  remove(acl: Acl): void {
    const { resourceName, principal, patternType } = acl
    const buckets = this.#bucketsOf(patternType, resourceName)
    const bucket = defined(buckets.get(resourceName), 'a rule has a bucket')
    const rules = defined(bucket.get(principal), 'a rule is kept under its principal')
    const key = aclKey(acl)
    const at = rules.findIndex((rule) => aclKey(rule.acl) === key)
    assert(at >= 0, 'a rule is in its bucket')
    rules.splice(at, 1)
    if (rules.length === 0) bucket.delete(principal)
    if (bucket.size === 0) buckets.delete(resourceName)
    if (buckets.size === 0 && buckets !== this.#literal) this.#prefixed.delete(resourceName.length)
  }

  #bucketsOf(patternType: number, resourceName: string): Map<string, Bucket> {
    if (patternType !== patternTypeIds.prefixed) return this.#literal
    const known = this.#prefixed.get(resourceName.length)
    if (known !== undefined) return known
    const buckets = new Map<string, Bucket>()
    this.#prefixed.set(resourceName.length, buckets)
    return buckets
  }

  /** The patterns that name the resource: as many look-ups as prefixes have lengths, and two. */
  bucketsFor(name: string): Bucket[] {
    const found: Bucket[] = []
    const own = this.#literal.get(name)
    if (own !== undefined) found.push(own)
    for (const [length, buckets] of this.#prefixed) {
      const bucket = length <= name.length ? buckets.get(name.slice(0, length)) : undefined
      if (bucket !== undefined) found.push(bucket)
    }
    const all = name === wildcard ? undefined : this.#literal.get(wildcard)
    if (all !== undefined) found.push(all)
    return found
  }
}

/** What a pattern's rules say to the subject; null: nothing that concerns it. */
function sayOf(bucket: Bucket, subject: Subject, operation: number): 'allowed' | 'denied' | null {
  const own = saysOf(bucket.get(subject.principal), subject.host, operation)
  if (own === 'denied' || subject.principal === everybody) return own
  return saysOf(bucket.get(everybody), subject.host, operation) ?? own
}

function saysOf(
  rules: readonly Rule[] | undefined,
  host: string,
  operation: number,
): 'allowed' | 'denied' | null {
  if (rules === undefined) return null
  let isAllowed = false
  for (const { acl, host: from } of rules) {
    if (from !== wildcard && from !== host) continue
    const allows = acl.permissionType === permissionIds.allow
    if (!covers(acl.operation, operation, allows)) continue
    if (!allows) return 'denied'
    isAllowed = true
  }
  return isAllowed ? 'allowed' : null
}

/** Whether a rule on `given` is about `asked`. A denied READ does not deny DESCRIBE. */
function covers(given: number, asked: number, allows: boolean): boolean {
  if (given === allOperations || given === asked) return true
  if (!allows) return false
  if (asked === operationIds.describe) return impliesDescribe.has(given)
  return asked === operationIds['describe-configs'] && impliesDescribeConfigs.has(given)
}
