// Authorization of every API: without the right, with it, and with every other combination of
// rights. The answers are Apache Kafka 4.3.1's, recorded (`npm run authorization -- --record`).
// And the documented table of checks is what the handlers ask.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { operationIds } from '../../src/catalog/acl.ts'
import { authorizationTable } from '../../src/handlers/authorization-table.ts'
import type { BrokerServices } from '../../src/handlers/context.ts'
import { servedApis } from '../../src/handlers/index.ts'
import type { Caller } from '../support/authorization-case.ts'
import { authorizationCases } from '../support/authorization-cases.ts'
import { runAuthorizationRules } from '../support/authorization-rules.ts'
import type { RuleAnswer } from '../support/authorization-rules.ts'
import {
  otherPrincipal,
  runAuthorizationCases,
  userPrincipal,
} from '../support/authorization-run.ts'
import type { RunOptions, Try } from '../support/authorization-run.ts'
import { SimBroker } from '../support/sim-broker.ts'
import type { SimConnection } from '../support/sim-broker.ts'

const differs: readonly { readonly case: string; readonly reason: string }[] = [
  {
    case: 'metadata that creates',
    reason: 'an auto-created topic is ready when Metadata answers, no UNKNOWN_TOPIC_OR_PARTITION',
  },
]

/** `operation type`, `operation some type`, and with `?` in front what is only probed. */
const asked = new Map<string, Set<string>>()
let tries: Try[]
let rules: RuleAnswer[]
let openRules: RuleAnswer[]

beforeAll(async () => {
  const settings = {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'delegation.token.secret.key': 'secret',
    'group.streams.initial.rebalance.delay.ms': '0',
  }
  const broker = await SimBroker.start(settings, { services: recording })
  tries = await runAuthorizationCases(optionsOf(broker))
  rules = await runAuthorizationRules(optionsOf(broker))
  const open = await SimBroker.start({ ...settings, 'allow.everyone.if.no.acl.found': 'true' })
  openRules = await runAuthorizationRules(optionsOf(open))
  expect([...broker.bugs, ...open.bugs]).toEqual([])
}, 60_000)

function optionsOf(broker: SimBroker): RunOptions {
  const loggedIn = (principal: string) => {
    const connection = broker.connect(principal)
    connection.securityProtocol = 'SASL_PLAINTEXT'
    return callerOf(broker, connection)
  }
  return {
    admin: callerOf(broker, broker.connection),
    user: loggedIn(userPrincipal),
    other: loggedIn(otherPrincipal),
    settle: async () => undefined,
  }
}

function callerOf(broker: SimBroker, connection: SimConnection): Caller {
  return {
    call: async (api, version, request) => {
      const answer = await broker.send(api, version, request, connection)
      if (answer === 'no-answer') throw new Error(`${api} has no answer`)
      return answer
    },
  }
}

function recording(services: BrokerServices): BrokerServices {
  const apiNames = new Map(servedApis.map(({ key, name }) => [key, name]))
  const note = (apiKey: number, question: string) => {
    const name = apiNames.get(apiKey) ?? ''
    asked.set(name, (asked.get(name) ?? new Set<string>()).add(question))
  }
  return {
    ...services,
    authorize: (context, operation, type, name, purpose) => {
      const probe = purpose === 'probe' ? '?' : ''
      if (context.connection.principal === userPrincipal) {
        note(context.apiKey, `${probe}${operation} ${type}`)
      }
      return services.authorize(context, operation, type, name, purpose)
    },
    authorizeSome: (context, operation, type) => {
      note(context.apiKey, `${operation} some ${type}`)
      return services.authorizeSome(context, operation, type)
    },
  }
}

function recorded<T>(name: string): T[] {
  const text = readFileSync(new URL(`vectors/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line): T => JSON.parse(line))
}

describe("answers are Apache Kafka's", () => {
  test('with every combination of rights, save for the listed differences', () => {
    const theirs = recorded<Try>('authorization')
    expect(tries.map(({ case: name }) => name)).toEqual(theirs.map(({ case: name }) => name))
    const differing = tries.filter((one, at) => {
      return JSON.stringify(one) !== JSON.stringify(theirs[at])
    })
    const accepted = new Set(differs.map((row) => row.case))
    expect(differing.filter((one) => !accepted.has(one.case))).toEqual([])
    const stale = differs.filter((row) => !differing.some((one) => one.case === row.case))
    expect(stale).toEqual([])
  })

  test('under sets of rules drawn from a seed', () => {
    expect(rules).toEqual(recorded<RuleAnswer>('authorization-rules'))
  })

  test('under the same sets where what no rule names is free', () => {
    expect(openRules).toEqual(recorded<RuleAnswer>('authorization-rules-open'))
  })
})

describe('the table of checks', () => {
  test('has every API that is served, and no other', () => {
    const names = servedApis.map(({ name }) => name)
    expect(Object.keys(authorizationTable).sort()).toEqual([...names].sort())
  })

  test('has a case for every API that asks anything', () => {
    const withCases = new Set(authorizationCases.map(({ api }) => String(api)))
    const without = Object.entries(authorizationTable).filter(
      ([name, { checks }]) => checks.length > 0 && !withCases.has(name),
    )
    expect(without.map(([name]) => name)).toEqual([])
  })

  test.each(Object.entries(authorizationTable))('says what %s asks', (name, { checks, shows }) => {
    const expected = new Set(
      checks.map(({ operation, type, some }) => `${operation} ${some ? 'some ' : ''}${type}`),
    )
    const found = [...(asked.get(name) ?? [])]
    const isShown = (question: string) => {
      const [operation = '', type] = question.replace('?', '').split(' ')
      return operation in operationIds && shows.some((shown) => shown === type)
    }
    const unexpected = found.filter((question) => {
      if (expected.has(question.replace('?', ''))) return false
      return !(question.startsWith('?') && isShown(question))
    })
    expect(unexpected).toEqual([])
    const missing = [...expected].filter(
      (question) => !found.includes(question) && !found.includes(`?${question}`),
    )
    expect(missing).toEqual([])
  })
})

test('every right that is needed makes a difference', () => {
  const constant = authorizationCases.filter(({ name }) => {
    const answers = tries.filter((one) => one.case === name).map(({ answer }) => answer)
    return new Set(answers.map((answer) => JSON.stringify(answer))).size === 1
  })
  // Free to all; and CLUSTER_ACTION, which the case does not have.
  expect(constant.map(({ name }) => name)).toEqual([
    'api versions',
    'find share coordinators',
    'create a token',
  ])
})
