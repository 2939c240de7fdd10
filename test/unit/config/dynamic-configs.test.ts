// Which changes of a broker's configuration are taken while it runs.
import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { dynamicConfigProblem } from '../../../src/config/dynamic-configs.ts'
import type { DynamicLevel } from '../../../src/config/dynamic-configs.ts'

function problem(values: Record<string, string>, level: DynamicLevel = 'broker'): string | null {
  const none = new Map<string, string>()
  const set = new Map(Object.entries(values))
  const dynamic =
    level === 'broker' ? { broker: set, cluster: none } : { broker: none, cluster: set }
  return dynamicConfigProblem({ broker: brokerConfigWith(), dynamic }, level)
}

describe('dynamicConfigProblem', () => {
  test.each<[Record<string, string>, DynamicLevel]>([
    [{ 'message.max.bytes': '5' }, 'broker'],
    [{ 'message.max.bytes': '5' }, 'cluster'],
    [{ 'no.such.key': 'x' }, 'cluster'],
    [{ 'leader.replication.throttled.rate': '1000' }, 'broker'],
    [{ 'sasl.jaas.config': 'x' }, 'broker'],
    [{ listeners: 'PLAINTEXT://localhost:9092' }, 'broker'],
  ])('%o may be set at the %s level', (values, level) => {
    expect(problem(values, level)).toBeNull()
  })

  test.each<[Record<string, string>, DynamicLevel, RegExp]>([
    [{ 'broker.id': '4' }, 'broker', /^Cannot update these configs dynamically: \[broker.id\]$/],
    [{ 'num.partitions': '4', 'log.dirs': '/x' }, 'cluster', /\[num.partitions, log.dirs\]/],
    [{ 'ssl.keystore.type': 'JKS' }, 'broker', /only per-listener/],
    [{ 'sasl.jaas.config': 'x' }, 'cluster', /at default cluster level: \[sasl.jaas.config\]/],
    [{ 'message.max.bytes': 'abc' }, 'broker', /Invalid value abc .*message.max.bytes/],
    [{ 'leader.replication.throttled.rate': 'abc' }, 'broker', /Not a number of type LONG/],
    [{ 'log.retention.ms': '0' }, 'cluster', /log.retention.ms/],
    [{ listeners: 'PLAINTEXT://localhost:9093' }, 'broker', /listeners cannot change/],
  ])('%o is refused at the %s level', (values, level, message) => {
    expect(problem(values, level)).toMatch(message)
  })
})
