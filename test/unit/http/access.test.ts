import { expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { httpAccessOn } from '../../../src/http/access.ts'

const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="secret";'
const sasl = {
  listeners: 'SASL_PLAINTEXT://localhost:9092',
  'sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.sasl_plaintext.plain.sasl.jaas.config': jaas,
}
const authorizer = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
}

function accessWith(overrides: Record<string, string>): string | null {
  const config = brokerConfigWith(overrides)
  const [listener] = config.listeners
  if (listener === undefined) throw new Error('there is a listener')
  return httpAccessOn(listener, config)
}

test('whoever may do everything without a log-in sees every page', () => {
  expect(accessWith({})).toBe('full')
})

test('where clients log in, or rules say who may see what, HTTP tells of health alone', () => {
  expect(accessWith(sasl)).toBe('health')
  expect(accessWith(authorizer)).toBe('health')
})

test('the key opens and closes it all', () => {
  expect(accessWith({ ...sasl, 'ottla.http.on.kafka.port': 'on' })).toBe('full')
  expect(accessWith({ 'ottla.http.on.kafka.port': 'off' })).toBeNull()
})
