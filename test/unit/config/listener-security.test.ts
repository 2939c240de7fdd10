import { describe, expect, test } from 'vitest'
import { brokerConfigWith, brokerEntry } from '../../../src/config/broker-config.ts'
import { describeBrokerConfigs } from '../../../src/config/describe.ts'

const plainLine = 'x.PlainLoginModule required user_alice="secret-word";'
const base = {
  listeners: 'PLAINTEXT://localhost:9092,OUT://localhost:9093',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,OUT:SASL_SSL',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
  'listener.name.out.plain.sasl.jaas.config': plainLine,
  'ssl.keystore.location': '/keys.p12',
}

function securityOf(changes: Record<string, string> = {}) {
  const listener = brokerConfigWith({ ...base, ...changes }).listeners[1]
  if (listener === undefined) throw new Error('there are two listeners')
  return listener.security
}

function refusalOf(changes: Record<string, string>): string {
  try {
    brokerConfigWith({ ...base, ...changes })
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('the settings of a listener', () => {
  test('are those behind its prefix before those for all', () => {
    const { tls, sasl } = securityOf({
      'listener.name.out.ssl.keystore.location': '/own.p12',
      'connections.max.reauth.ms': '1000',
      'listener.name.out.scram-sha-256.connections.max.reauth.ms': '5000',
    })
    expect(tls?.keyStore.location).toBe('/own.p12')
    expect(sasl?.mechanisms).toEqual(['PLAIN', 'SCRAM-SHA-256'])
    expect(sasl?.byMechanism.get('PLAIN')?.maxReauthMs).toBe(1000)
    expect(sasl?.byMechanism.get('SCRAM-SHA-256')?.maxReauthMs).toBe(5000)
  })

  test('are none for PLAINTEXT', () => {
    expect(brokerConfigWith(base).listeners[0]?.security).toEqual({ tls: null, sasl: null })
  })

  test('ask clients of SASL_SSL for a certificate only behind the prefix, as in Kafka', () => {
    expect(securityOf({ 'ssl.client.auth': 'required' }).tls?.clientAuth).toBe('none')
    const own = { 'listener.name.out.ssl.client.auth': 'required' }
    expect(securityOf(own).tls?.clientAuth).toBe('required')
  })
})

describe('a login file', () => {
  const { 'listener.name.out.plain.sasl.jaas.config': _, ...rest } = base
  const userNames = (changes: Record<string, string>): readonly string[] => {
    const { sasl } = brokerConfigWith({ ...rest, ...changes }).listeners[1]?.security ?? {}
    const lines = sasl?.byMechanism.get('PLAIN')?.jaas ?? []
    return lines.flatMap(({ options }) => [...options.keys()])
  }
  const all = 'KafkaServer { x.PlainLoginModule required user_bob="secret-word"; };'

  test('says who logs in where no line is set for the mechanism', () => {
    expect(userNames({ 'ottla.jaas.config': all })).toEqual(['user_bob'])
    const own = `${all} out.KafkaServer { x.PlainLoginModule required user_carol=c; };`
    expect(userNames({ 'ottla.jaas.config': own })).toEqual(['user_carol'])
    const line = { 'listener.name.out.plain.sasl.jaas.config': plainLine }
    expect(userNames({ ...line, 'ottla.jaas.config': all })).toEqual(['user_alice'])
  })

  test('without users for PLAIN, or damaged, is refused, and no secret is shown', () => {
    const of = (text: string): (() => unknown) => {
      return () => userNames({ 'ottla.jaas.config': text })
    }
    expect(of('Client {};')).toThrow(/PLAIN is enabled and has no users; there are none in given/)
    expect(of(all.slice(0, -3))).toThrow(/^ottla.jaas.config=\[hidden\] .*login module is expected/)
  })
})

describe('a listener is refused', () => {
  test('without users, keys or a mechanism that is served, and no secret is shown', () => {
    const noUsers = refusalOf({ 'listener.name.out.plain.sasl.jaas.config': 'secret-word' })
    expect(noUsers).toContain('listener.name.out.plain.sasl.jaas.config')
    expect(noUsers).not.toContain('secret-word')
    expect(refusalOf({ 'sasl.enabled.mechanisms': 'GSSAPI' })).toContain('Kerberos')
    const noKeys = { listeners: 'OUT://:1', 'ssl.keystore.location': '' }
    expect(refusalOf({ ...noKeys, 'ssl.client.auth': 'perhaps' })).toContain('ssl.client.auth')
    const tokens = refusalOf({ 'sasl.enabled.mechanisms': 'OAUTHBEARER' })
    expect(tokens).toContain('sasl.oauthbearer.jwks.endpoint.url')
  })
})

test('unsigned tokens are accepted only where that is configured', () => {
  const own = 'listener.name.out.oauthbearer.'
  const mechanism = { 'sasl.enabled.mechanisms': 'OAUTHBEARER' }
  const line = 'x.OAuthBearerLoginModule required'
  const bare = { ...mechanism, [`${own}sasl.jaas.config`]: `${line};` }
  expect(refusalOf(bare)).toContain('no keys')
  const asked = {
    ...mechanism,
    [`${own}sasl.jaas.config`]: `${line} unsecuredLoginStringClaim_sub="a";`,
  }
  expect(refusalOf(asked)).toBe('accepted')
})

test('a prefixed secret stays secret in DescribeConfigs', () => {
  const name = 'listener.name.out.plain.sasl.jaas.config'
  expect(brokerEntry(name)?.type).toBe('PASSWORD')
  const dynamic = { broker: new Map(), cluster: new Map() }
  const [described] = describeBrokerConfigs({ broker: brokerConfigWith(base), dynamic }, [name])
  expect(described).toMatchObject({ name, value: null, isSensitive: true })
})
