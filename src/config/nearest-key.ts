// Finds the key that was meant by a misspelt one.
import { nearest } from '../base/nearest.ts'
import { knownBrokerConfigTable } from './broker-known.ts'
import { brokerConfigTable } from './broker-table.ts'

const wrongLettersMax = 3

/** The broker's key that differs from `name` by the fewest letters, at most three; null: none. */
export function nearestKey(name: string): string | null {
  const keys = Object.keys({ ...brokerConfigTable, ...knownBrokerConfigTable })
  return nearest(name.toLowerCase(), keys, wrongLettersMax)
}
