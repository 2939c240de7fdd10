// What Apache Kafka 4.4 says of its own configuration keys: copied facts, one JSON object per line.
import { readFileSync } from 'node:fs'

export interface KafkaConfigFact {
  readonly name: string
  readonly type: string
  readonly default?: string | null
  readonly required?: boolean
  readonly validValues: string | null
  readonly importance: string
  readonly scope: 'topic' | 'broker' | 'group'
  readonly internal?: boolean
  readonly dynamic?: string
  readonly serverConfig?: string | null
}

export function kafkaConfigFacts(file: 'topic' | 'broker'): readonly KafkaConfigFact[] {
  const text = readFileSync(new URL(`kafka-${file}-configs.jsonl`, import.meta.url), 'utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as KafkaConfigFact)
}
