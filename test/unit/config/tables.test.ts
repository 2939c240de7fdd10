// The tables against what Kafka says of its keys: no key is missing, and every difference is a
// listed one.
import { describe, expect, test } from 'vitest'
import { brokerEntry } from '../../../src/config/broker-config.ts'
import { brokerConfigTable } from '../../../src/config/broker-table.ts'
import { knownBrokerConfigTable } from '../../../src/config/broker-known.ts'
import { differencesFromKafka } from '../../../src/config/document.ts'
import { camelCase, type ConfigEntry } from '../../../src/config/entry.ts'
import { groupBrokerKey, groupConfigTable } from '../../../src/config/group-config.ts'
import { topicConfigTable, type TopicConfigEntry } from '../../../src/config/topic-table.ts'
import { kafkaConfigFacts, type KafkaConfigFact } from './kafka-facts.ts'

const topicFacts = kafkaConfigFacts('topic')
const brokerFacts = kafkaConfigFacts('broker').filter(({ scope }) => scope === 'broker')
const groupFacts = kafkaConfigFacts('broker').filter(({ scope }) => scope === 'group')
const topicTable: Readonly<Record<string, TopicConfigEntry<unknown>>> = topicConfigTable
const brokerTable: Readonly<Record<string, ConfigEntry<unknown>>> = brokerConfigTable

/** What Kafka's facts and an entry must agree on. */
function shapeOfFact(fact: KafkaConfigFact): object {
  return {
    type: fact.type,
    validValues: fact.validValues,
    importance: fact.importance.toLowerCase(),
    internal: fact.internal ?? false,
  }
}

function shapeOf(entry: ConfigEntry<unknown> | undefined): object {
  const { type, validValues, importance, internal } = entry ?? {}
  return { type, validValues, importance, internal }
}

describe('topic keys', () => {
  test('are exactly those of Kafka', () => {
    expect(Object.keys(topicTable).sort()).toEqual(topicFacts.map(({ name }) => name).sort())
    expect(Object.keys(topicTable)).toHaveLength(38)
  })

  test.each(topicFacts)('$name has Kafka’s type, default, range and broker key', (fact) => {
    const entry = topicTable[fact.name]
    expect(shapeOf(entry)).toEqual(shapeOfFact(fact))
    expect(entry?.fallback).toBe(fact.default)
    expect(entry?.brokerKey).toBe(fact.serverConfig)
  })

  test('take their broker key from the keys that the broker obeys', () => {
    const keys = Object.values(topicTable).flatMap(({ brokerKey }) => brokerKey ?? [])
    expect(keys.filter((key) => brokerTable[key] === undefined)).toEqual([])
  })
})

describe('broker keys', () => {
  const differing = new Set(differencesFromKafka.map(({ key }) => key))

  test('are all of Kafka’s, and our own', () => {
    const names = [...Object.keys(brokerTable), ...Object.keys(knownBrokerConfigTable)]
    const isUnlisted = (name: string) => brokerEntry(name)?.unlisted === true
    const foreign = names.filter((name) => !name.startsWith('ottla.') && !isUnlisted(name))
    expect(foreign.sort()).toEqual(brokerFacts.map(({ name }) => name).sort())
    expect(new Set(names).size).toBe(names.length)
  })

  test.each(brokerFacts)('$name has Kafka’s type, range and way to change', (fact) => {
    const entry = brokerEntry(fact.name)
    const validValues =
      fact.name === 'listeners' || fact.name === 'log.dir' ? 'non-empty list' : fact.validValues
    expect(shapeOf(entry)).toEqual(shapeOfFact({ ...fact, validValues }))
    expect(entry?.update).toBe(fact.dynamic)
    if (!differing.has(fact.name)) expect(entry?.fallback).toBe(fact.default)
  })

  test('differ from Kafka’s default only where the list of differences says so', () => {
    for (const { key, kafka } of differencesFromKafka) {
      const fact = brokerFacts.find(({ name }) => name === key)
      expect(fact?.required === true ? 'required' : fact?.default).toBe(kafka)
      expect(brokerEntry(key)?.fallback).not.toBe(kafka)
    }
  })

  test('become fields whose names are all different', () => {
    const fields = Object.keys(brokerTable).map(camelCase)
    expect(new Set(fields).size).toBe(fields.length)
    expect(camelCase('log.segment.bytes')).toBe('logSegmentBytes')
  })
})

describe('group keys', () => {
  test.each(groupFacts)('$name has Kafka’s type, default and range', (fact) => {
    const entry = groupConfigTable[fact.name]
    expect({ ...shapeOf(entry), importance: 'any' }).toEqual({
      ...shapeOfFact(fact),
      importance: 'any',
    })
    expect(entry?.fallback).toBe(fact.default)
  })

  test('are exactly those of Kafka, and those that have a broker key name a known one', () => {
    expect(Object.keys(groupConfigTable).sort()).toEqual(groupFacts.map(({ name }) => name).sort())
    const keys = Object.keys(groupConfigTable).flatMap((name) => groupBrokerKey(name) ?? [])
    expect(keys.filter((key) => brokerEntry(key) === undefined)).toEqual([])
    const own = Object.keys(groupConfigTable).filter((name) => groupBrokerKey(name) === null)
    expect(own.filter((name) => brokerEntry(`group.${name}`) !== undefined)).toEqual([])
  })
})

test('every default reads back as itself, as the value of an unset key', () => {
  const tables = [topicTable, brokerTable, knownBrokerConfigTable, groupConfigTable]
  for (const [name, entry] of tables.flatMap((table) => Object.entries(table))) {
    const ownRule = entry.validValues === 'non-empty list' && entry.fallback === ''
    if (entry.fallback === null || ownRule) continue
    expect([name, entry.parse(entry.fallback)]).toEqual([
      name,
      { ok: true, value: entry.unset, text: entry.fallback },
    ])
  }
})

test('every key that is obeyed says what it means', () => {
  const entries = [...Object.values(topicTable), ...Object.values(brokerTable)]
  expect(entries.filter(({ doc }) => !/^[A-Za-z].*\.$/.test(doc))).toEqual([])
})
