// Listener strings: where to bind, what to advertise, and the words of a refusal.
import { describe, expect, test } from 'vitest'
import {
  listenersFromAdvertised,
  planListeners,
  type ListenerPlan,
  type ListenerProblem,
  type ListenerSettings,
} from '../../../src/config/listeners.ts'

const plainOnly: ListenerSettings = {
  listeners: ['PLAINTEXT://localhost:9092'],
  advertised: null,
  protocolMap: 'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
  controllerNames: ['CONTROLLER'],
}

function plan(changes: Partial<ListenerSettings>): ListenerPlan {
  const outcome = planListeners({ ...plainOnly, ...changes })
  if ('reason' in outcome) throw new Error(outcome.reason)
  return outcome
}

function problem(changes: Partial<ListenerSettings>): ListenerProblem {
  const outcome = planListeners({ ...plainOnly, ...changes })
  if ('reason' in outcome) return outcome
  throw new Error('it was accepted')
}

function bindsOf(text: string): string {
  const [listener] = plan({ listeners: [text] }).listeners
  return `${listener?.name} ${listener?.hosts.join(' ')} ${listener?.port}`
}

describe('a listener', () => {
  test.each([
    ['PLAINTEXT://localhost:9092', 'PLAINTEXT 127.0.0.1 ::1 9092'],
    ['PLAINTEXT://:9092', 'PLAINTEXT 0.0.0.0 :: 9092'],
    ['PLAINTEXT://0.0.0.0:9092', 'PLAINTEXT 0.0.0.0 9092'],
    ['PLAINTEXT://[::1]:9092', 'PLAINTEXT ::1 9092'],
    ['PLAINTEXT://[::]:9092', 'PLAINTEXT :: 9092'],
    ['plaintext://127.0.0.1:0', 'PLAINTEXT 127.0.0.1 0'],
    ['PLAINTEXT://broker-1.my_net.example:19092', 'PLAINTEXT broker-1.my_net.example 19092'],
    ['://:9092', 'PLAINTEXT 0.0.0.0 :: 9092'],
  ])('%s binds %s', (text, binds) => {
    expect(bindsOf(text)).toBe(binds)
  })

  test.each([
    'localhost:9092',
    'PLAINTEXT://localhost',
    'PLAINTEXT://localhost:',
    'PLAINTEXT://localhost:99999',
    'PLAINTEXT://::1:9092',
    'PLAINTEXT://host:-1',
    'PLAINTEXT://a b:1',
    'PLAIN TEXT://a:1',
    '',
  ])('"%s" is refused with an example', (text) => {
    const { key, remedy } = problem({ listeners: [text] })
    expect(key).toBe('listeners')
    expect(remedy).toContain('PLAINTEXT://localhost:9092')
  })
})

describe('several listeners', () => {
  const protocolMap = 'INTERNAL:PLAINTEXT, external:plaintext ,CONTROLLER:PLAINTEXT,TLS:SSL'

  test('have names that the map gives a protocol', () => {
    const listeners = ['INTERNAL://:29092', 'EXTERNAL://0.0.0.0:9092']
    const names = plan({ listeners, protocolMap }).listeners.map(({ name }) => name)
    expect(names).toEqual(['INTERNAL', 'EXTERNAL'])
    expect(problem({ listeners: ['OTHER://:1'], protocolMap })).toMatchObject({
      key: 'listener.security.protocol.map',
      remedy: 'Add OTHER:PLAINTEXT to listener.security.protocol.map',
    })
  })

  test('leave the controllers’ out', () => {
    const listeners = ['PLAINTEXT://:9092', 'CONTROLLER://:9093']
    expect(plan({ listeners }).listeners).toHaveLength(1)
    expect(plan({ listeners }).controllerOnly).toEqual(['CONTROLLER://:9093'])
    const own = { listeners: ['PLAINTEXT://:9092', 'QUORUM://:9093'], controllerNames: ['quorum'] }
    expect(plan(own).controllerOnly).toEqual(['QUORUM://:9093'])
    expect(problem({ listeners: ['CONTROLLER://:9093'] }).reason).toContain(
      'no listener for clients',
    )
  })

  test('have names and addresses of their own', () => {
    const twice = ['PLAINTEXT://a:1', 'PLAINTEXT://b:2']
    expect(problem({ listeners: twice }).reason).toContain('two listeners are called PLAINTEXT')
    const clash = ['INTERNAL://127.0.0.1:9092', 'EXTERNAL://localhost:9092']
    expect(problem({ listeners: clash, protocolMap }).reason).toContain('127.0.0.1:9092')
    const anyPort = ['INTERNAL://127.0.0.1:0', 'EXTERNAL://127.0.0.1:0']
    expect(plan({ listeners: anyPort, protocolMap }).listeners).toHaveLength(2)
    const families = ['INTERNAL://127.0.0.1:9092', 'EXTERNAL://[::1]:9092']
    expect(plan({ listeners: families, protocolMap }).listeners).toHaveLength(2)
  })

  test('speak what the map says, and nothing that is no protocol of Kafka’s', () => {
    const listeners = ['TLS://:1', 'SASL_SSL://:2']
    const map = `${protocolMap},SASL_SSL:SASL_SSL`
    const protocols = plan({ listeners, protocolMap: map }).listeners.map(
      ({ securityProtocol }) => securityProtocol,
    )
    expect(protocols).toEqual(['SSL', 'SASL_SSL'])
    const unknown = problem({ listeners: ['A://:1'], protocolMap: 'A:KERBEROS' })
    expect(unknown.reason).toContain('A speaks KERBEROS')
  })
})

describe('advertised listeners', () => {
  test('are what clients of that name are told', () => {
    const { advertised } = plan({ advertised: ['PLAINTEXT://kafka.example:19092'] })
    expect(advertised).toEqual([{ name: 'PLAINTEXT', host: 'kafka.example', port: 19092 }])
  })

  test('leave the controllers’ out, and are nothing when they are empty', () => {
    expect(plan({ advertised: ['CONTROLLER://a:1'] }).advertised).toBeNull()
    expect(plan({ advertised: [] }).advertised).toBeNull()
  })

  test.each([
    ['PLAINTEXT://0.0.0.0:9092', 'cannot connect'],
    ['PLAINTEXT://:9092', 'cannot connect'],
    ['EXTERNAL://a:9092', 'no listener called EXTERNAL (there is PLAINTEXT)'],
    ['a:9092', 'not NAME://host:port'],
  ])('%s is refused', (text, reason) => {
    expect(problem({ advertised: [text] })).toMatchObject({ key: 'advertised.listeners' })
    expect(problem({ advertised: [text] }).reason).toContain(reason)
  })
})

test('a map that is no map is refused', () => {
  expect(problem({ protocolMap: 'PLAINTEXT' })).toMatchObject({
    key: 'listener.security.protocol.map',
    reason: '"PLAINTEXT" is not NAME:PROTOCOL',
  })
})

test('what a container advertises is listened to on every interface', () => {
  expect(listenersFromAdvertised('PLAINTEXT://broker:29092,HOST://localhost:9092')).toBe(
    'PLAINTEXT://0.0.0.0:29092,HOST://0.0.0.0:9092',
  )
  expect(listenersFromAdvertised('PLAINTEXT://[2001:db8::1]:9092')).toBe('PLAINTEXT://0.0.0.0:9092')
})
