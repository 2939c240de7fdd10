// How a case of authorization is written down, and what an administrator needs to make the state that
// it is asked in.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiName } from '../../protocol/codecs/index.ts'
import type { Operation, ResourceType } from '../../src/catalog/acl.ts'
import { clusterResource } from '../../src/catalog/acl.ts'
import type { DecodedResponse, RequestInputOf } from './wire-client.ts'

/** What an access rule of the test lets its user do. */
export interface Right {
  readonly type: ResourceType
  readonly operation: Operation
  readonly name: string
}

/** What requests are made of: names that differ with every try, and ids that the broker gave. */
export interface CaseContext {
  /** Counts the tries: for names that must be new. */
  readonly n: number
  readonly topicIds: Readonly<Record<'t-a' | 't-b', string>>
}

export interface AuthorizationCase {
  readonly name: string
  readonly api: ApiName
  readonly version: number
  readonly request: (context: CaseContext) => unknown
  readonly rights: (context: CaseContext) => readonly Right[]
  /** Topics that the administrator makes before each try. */
  readonly topics?: (context: CaseContext) => readonly string[]
  /** What else the administrator does before each try. */
  readonly before?: Before
}

/** Somebody who can ask a broker. `close`: the broker hung up instead of an answer. */
export interface Caller {
  call<Name extends ApiName>(
    api: Name,
    version: number,
    request: RequestInputOf<Name>,
  ): Promise<DecodedResponse<Name> | 'close'>
}

export type Before = (admin: Caller, context: CaseContext) => Promise<void>

export const topic =
  (operation: Operation, name = 't-a') =>
  (): Right => ({ type: 'topic', operation, name })
export const group =
  (operation: Operation, name = 'g-a') =>
  (): Right => ({ type: 'group', operation, name })
export const cluster = (operation: Operation) => (): Right => ({
  type: 'cluster',
  operation,
  name: clusterResource,
})
export const txn = (operation: Operation) => (): Right => ({
  type: 'transactional-id',
  operation,
  name: 'x-a',
})
export const numbered =
  (operation: Operation, prefix: string) =>
  ({ n }: CaseContext): Right => ({ type: 'topic', operation, name: `${prefix}-${n}` })

export type RightOf = (context: CaseContext) => Right

export function ask<Name extends ApiName>(
  name: string,
  [api, version]: readonly [Name, number],
  rights: readonly RightOf[],
  request: (context: CaseContext) => RequestInputOf<Name>,
  topics?: AuthorizationCase['topics'],
): AuthorizationCase {
  const rightsOf = (context: CaseContext) => rights.map((right) => right(context))
  return { name, api, version, request, rights: rightsOf, ...(topics && { topics }) }
}

export const both = ['t-a', 't-b'] as const

/** As `call`, for what is always answered. */
export async function answered<Name extends ApiName>(
  caller: Caller,
  api: Name,
  version: number,
  request: RequestInputOf<Name>,
): Promise<DecodedResponse<Name>> {
  const answer = await caller.call(api, version, request)
  if (answer === 'close') throw new Error(`${api} is not answered`)
  return answer
}

const attemptsMax = 100

/** Tries again while coordinators load. */
export async function until(attempt: () => Promise<number>): Promise<void> {
  let error = 0
  for (let count = 0; count < attemptsMax; count++) {
    error = await attempt()
    if (error === 0) return
    await sleep(100)
  }
  throw new Error(`still refused with error ${error}`)
}

/** A case that needs more state than the administrator makes for all. */
export function prepared(before: Before, one: AuthorizationCase): AuthorizationCase {
  return { ...one, before }
}
