// Who may do what, as Kafka's StandardAuthorizer decides: super users, then the access rules of the
// catalog, then allow.everyone.if.no.acl.found. Decisions are remembered per connection until a
// rule changes.
import type { Acl, Operation, ResourceType } from '../catalog/acl.ts'
import type { Logger } from '../io/logger.ts'
import { AclIndex } from './acl-index.ts'
import type { Subject, Verdict } from './acl-index.ts'
import { canonicalHost } from './host.ts'

/** The one who asks: a connection, the same object for all of its requests. */
export interface Client {
  /** Type and name, e.g. User:alice; the log-in sets it. */
  readonly principal: string
  readonly clientAddress: string
}

export interface AuthorizerOptions {
  /** super.users: principals who may do everything, whatever the rules say. */
  readonly superUsers: ReadonlySet<string>
  /** allow.everyone.if.no.acl.found: what no rule names is free to all. */
  readonly allowIfNoAcl: boolean
  readonly logger: Logger
}

/** Decisions kept for one connection; beyond that it starts anew. */
const decisionsMax = 10_000
/** More than the number of operations: an operation and a type make one number. */
const typesMax = 8

const typeNumbers: Readonly<Record<ResourceType, number>> = {
  topic: 0,
  group: 1,
  cluster: 2,
  'transactional-id': 3,
  'delegation-token': 4,
  user: 5,
}
const operationNumbers: Readonly<Record<Operation, number>> = {
  read: 0,
  write: 1,
  create: 2,
  delete: 3,
  alter: 4,
  describe: 5,
  'cluster-action': 6,
  'describe-configs': 7,
  'alter-configs': 8,
  'idempotent-write': 9,
  'create-tokens': 10,
  'describe-tokens': 11,
  'two-phase-commit': 12,
}

/** `unlogged`: denied, and nobody has asked for it yet but a list that is filtered. */
type Decision = 'allowed' | 'denied' | 'unlogged'

/** What is known of a connection's rights, while neither the rules nor its principal change. */
interface Remembered {
  readonly version: number
  readonly subject: Subject
  readonly isSuperUser: boolean
  /** By operation and type, then by the resource's name. */
  readonly decisions: Map<string, Decision>[]
  readonly some: Map<number, boolean>
  count: number
}

export class Authorizer {
  readonly #options: AuthorizerOptions
  readonly #index = new AclIndex()
  readonly #remembered = new WeakMap<Client, Remembered>()
  /** Counts changes of the rules. */
  #version = 0

  constructor(acls: Iterable<Acl>, options: AuthorizerOptions) {
    this.#options = options
    for (const acl of acls) this.#index.add(acl)
  }

  get aclCount(): number {
    return this.#index.size
  }

  add(acl: Acl): void {
    this.#index.add(acl)
    this.#version++
  }

  remove(acl: Acl): void {
    this.#index.remove(acl)
    this.#version++
  }

  /**
   * Whether the client may do `operation`. A refusal is logged when it is decided, not each time it
   * is met again; with `isProbe` (lists that are filtered, KIP-430) never.
   */
  authorize(
    client: Client,
    operation: Operation,
    type: ResourceType,
    name: string,
    isProbe: boolean,
  ): boolean {
    const known = this.#rightsOf(client)
    if (known.isSuperUser) return true
    const at = operationNumbers[operation] * typesMax + typeNumbers[type]
    let byName = known.decisions[at]
    if (byName === undefined) {
      byName = new Map()
      known.decisions[at] = byName
    }
    let decision = byName.get(name)
    if (decision === undefined) {
      const verdict = this.#index.decide(known.subject, operation, type, name)
      decision = this.#isAllowed(verdict) ? 'allowed' : 'unlogged'
      byName.set(name, decision)
      known.count++
      if (known.count > decisionsMax) this.#remembered.delete(client)
    }
    if (decision === 'unlogged' && !isProbe) {
      byName.set(name, 'denied')
      this.#logRefusal(known.subject, operation, type, name)
    }
    return decision === 'allowed'
  }

  /** Whether the client may do `operation` to at least one resource of the type (KIP-679). */
  authorizeSome(client: Client, operation: Operation, type: ResourceType): boolean {
    const known = this.#rightsOf(client)
    if (known.isSuperUser) return true
    const at = operationNumbers[operation] * typesMax + typeNumbers[type]
    const before = known.some.get(at)
    if (before !== undefined) return before
    const isAllowed = this.#allowsSome(known.subject, operation, type)
    known.some.set(at, isAllowed)
    return isAllowed
  }

  #allowsSome(subject: Subject, operation: Operation, type: ResourceType): boolean {
    // Kafka asks for a resource of this name first: it stands for those that no rule names.
    if (this.#isAllowed(this.#index.decide(subject, operation, type, 'hardcode'))) return true
    return this.#index.allowsSome(subject, operation, type)
  }

  #isAllowed(verdict: Verdict): boolean {
    return verdict === 'allowed' || (verdict === 'no-rules' && this.#options.allowIfNoAcl)
  }

  #rightsOf(client: Client): Remembered {
    const { principal } = client
    const known = this.#remembered.get(client)
    if (known?.version === this.#version && known.subject.principal === principal) return known
    const fresh = {
      version: this.#version,
      subject: { principal, host: canonicalHost(client.clientAddress) },
      isSuperUser: this.#options.superUsers.has(principal),
      decisions: [],
      some: new Map<number, boolean>(),
      count: 0,
    }
    this.#remembered.set(client, fresh)
    return fresh
  }

  #logRefusal(subject: Subject, operation: Operation, type: ResourceType, name: string): void {
    const resource = { type, name }
    const remedy = `an access rule (kafka-acls --add) that lets ${subject.principal} do it`
    this.#options.logger.info({ ...subject, operation, resource, remedy }, 'not authorized')
  }
}
