// Files, environment dialects and overrides: which wins, how keys are written, where a value came
// from.
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { parseProperties } from '../../../src/config/properties.ts'
import { loginFilePath, provide, type ConfigSources } from '../../../src/config/sources.ts'

const nothing: ConfigSources = { file: null, environment: {}, overrides: [] }

function valuesOf(sources: Partial<ConfigSources>): Record<string, string> {
  const provided = provide({ ...nothing, ...sources })
  return Object.fromEntries([...provided].map(([key, { value }]) => [key, value]))
}

describe('a properties file', () => {
  // The same text, read by java.util.Properties, gives these pairs.
  test('is read as Java reads it', () => {
    const text = [
      '# comment',
      '! other',
      'a=1',
      'b : 2',
      'c   3',
      'd=',
      'e',
      '  f = x y  ',
      'g\\=h=1\\:2',
      'i=one,\\',
      '   two,\\',
      '   # not comment',
      'j = \\u00e9\\t\\q',
      'k=trailing\\\\',
      'l==x',
      'm = = y',
      'n:\\ lead',
      'o\\ p=sp',
      'q=a\\',
      'r=1\\',
      '',
    ].join('\n')
    expect(Object.fromEntries(parseProperties(text).map(({ key, value }) => [key, value]))).toEqual(
      {
        a: '1',
        b: '2',
        c: '3',
        d: '',
        e: '',
        f: 'x y  ',
        'g=h': '1:2',
        i: 'one,two,# not comment',
        j: 'é\tq',
        k: 'trailing\\',
        l: '=x',
        m: '= y',
        n: ' lead',
        'o p': 'sp',
        q: 'ar=1',
      },
    )
  })

  test('has lines that end in any way, and may begin with a byte order mark', () => {
    const pairs = parseProperties('\uFEFFa=1\r\nb=2\rc=3\n\n')
    expect(pairs).toEqual([
      { key: 'a', value: '1', line: 1 },
      { key: 'b', value: '2', line: 2 },
      { key: 'c', value: '3', line: 3 },
    ])
    expect(parseProperties('')).toEqual([])
  })

  test('gives its last value of a key, and its line', () => {
    const file = { path: 'conf/a.properties', text: 'a=1\n\na=2\n' }
    expect(provide({ ...nothing, file }).get('a')).toEqual({
      value: '2',
      origin: 'conf/a.properties line 3',
    })
  })
})

describe('the environment', () => {
  test('names keys as the images of apache/kafka and Confluent do', () => {
    const environment = {
      KAFKA_LOG_RETENTION_MS: '5',
      KAFKA_MY__KEY: 'underscore',
      KAFKA_MY___KEY: 'dash',
      KAFKA_NUM_PARTITIONS: '3',
    }
    expect(valuesOf({ environment })).toEqual({
      'log.retention.ms': '5',
      my_key: 'underscore',
      'my-key': 'dash',
      'num.partitions': '3',
    })
  })

  test('names keys as Bitnami’s image does', () => {
    const environment = { KAFKA_CFG_NUM_PARTITIONS: '3', KAFKA_CFG_LOG_DIRS: '/d' }
    expect(valuesOf({ environment })).toEqual({ 'num.partitions': '3', 'log.dirs': '/d' })
  })

  test.each([
    'KAFKA_HEAP_OPTS',
    'KAFKA_OPTS',
    'KAFKA_HOME',
    'KAFKA_VERSION',
    'KAFKA_JMX_PORT',
    'KAFKA_LOG4J_ROOT_LOGLEVEL',
    'KAFKA_PORT',
    'KAFKA_PORT_9092_TCP_ADDR',
    'KAFKA_SERVICE_HOST',
    'KAFKA_BOOTSTRAP_SERVERS',
    'PATH',
    'MY_KAFKA_LISTENERS',
  ])('%s is no configuration', (name) => {
    expect(valuesOf({ environment: { [name]: 'x' } })).toEqual({})
  })

  test('gives the cluster id', () => {
    expect(valuesOf({ environment: { CLUSTER_ID: 'abc' } })).toEqual({ 'ottla.cluster.id': 'abc' })
    expect(valuesOf({ environment: { KAFKA_KRAFT_CLUSTER_ID: 'abc', CLUSTER_ID: '' } })).toEqual({
      'ottla.cluster.id': 'abc',
    })
  })
})

describe('later sources win', () => {
  test('file, then environment, then override', () => {
    const file = { path: 'f', text: 'a=file\nb=file\nc=file\n' }
    const environment = { KAFKA_B: 'environment', KAFKA_C: 'environment' }
    const provided = provide({ file, environment, overrides: ['c=x', 'c=override=2'] })
    expect([...provided]).toEqual([
      ['a', { value: 'file', origin: 'f line 1' }],
      ['b', { value: 'environment', origin: 'environment variable KAFKA_B' }],
      ['c', { value: 'override=2', origin: '--override' }],
    ])
  })

  test.each(['novalue', '=x', ''])('an override "%s" is refused', (override) => {
    expect(() => provide({ ...nothing, overrides: [override] })).toThrow('it is not key=value')
  })
})

describe('advertised.listeners without listeners', () => {
  test('from the environment listens on those ports of every interface, as the images do', () => {
    const environment = {
      KAFKA_ADVERTISED_LISTENERS: 'INSIDE://broker:29092,OUTSIDE://localhost:9092',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT',
    }
    const { config } = loadConfig({ ...nothing, environment })
    expect(config.listeners.map(({ name, hosts, port }) => [name, hosts, port])).toEqual([
      ['INSIDE', ['0.0.0.0'], 29092],
      ['OUTSIDE', ['0.0.0.0'], 9092],
    ])
    expect(config.advertisedListeners).toHaveLength(2)
  })

  test('from a file listens on Kafka’s default, which clients elsewhere can reach', () => {
    const overrides = ['advertised.listeners=PLAINTEXT://host.example:19092']
    expect(valuesOf({ overrides })['listeners']).toBe('PLAINTEXT://:9092')
    expect(valuesOf({ overrides: ['advertised.listeners='] })['listeners']).toBeUndefined()
    const both = [...overrides, 'listeners=PLAINTEXT://:1']
    expect(valuesOf({ overrides: both })['listeners']).toBe('PLAINTEXT://:1')
  })
})

describe('what the user is told', () => {
  const eventsOf = (...overrides: string[]): unknown[] =>
    loadConfig({ ...nothing, overrides }).notices.map(({ level, fields, event }) => [
      level,
      event,
      fields['key'] ?? fields['keys'],
    ])

  test('is nothing when all is understood', () => {
    expect(eventsOf('num.partitions=3', 'ottla.durability=fsync')).toEqual([])
  })

  test('is one warning for each unknown key', () => {
    expect(eventsOf('no.such=1', 'nor.this=2')).toEqual([
      ['warn', 'unknown configuration key', 'no.such'],
      ['warn', 'unknown configuration key', 'nor.this'],
    ])
  })

  test('names the key that a misspelt one was meant to be', () => {
    const { notices } = loadConfig({ ...nothing, overrides: ['num.partitoins=5'] })
    expect(notices[0]?.fields['remedy']).toBe('did you mean num.partitions?')
  })

  test('is the broker’s key where a topic’s key was meant', () => {
    const { notices } = loadConfig({ ...nothing, overrides: ['retention.ms=5'] })
    expect(notices[0]?.fields['remedy']).toContain('log.retention.ms')
  })

  test('is one line for all the plumbing of a KRaft or ZooKeeper configuration', () => {
    expect(
      eventsOf(
        'process.roles=broker,controller',
        'listeners=PLAINTEXT://localhost:9092,CONTROLLER://:9093',
        'controller.listener.names=CONTROLLER',
        'controller.quorum.voters=1@localhost:9093',
        'inter.broker.listener.name=PLAINTEXT',
        'zookeeper.connect=zoo:2181',
        'num.network.threads=3',
      ),
    ).toEqual([
      [
        'info',
        'configuration that one node does not need is ignored',
        [
          'listeners CONTROLLER://:9093',
          'process.roles',
          'controller.listener.names',
          'controller.quorum.voters',
          'inter.broker.listener.name',
          'zookeeper.connect',
          'num.network.threads',
        ],
      ],
    ])
  })

  test('is a warning where a key would protect something and does not', () => {
    expect(eventsOf('principal.builder.class=a.B', 'ssl.engine.factory.class=c.D')).toEqual([
      [
        'warn',
        'configuration keys without effect',
        ['principal.builder.class', 'ssl.engine.factory.class'],
      ],
    ])
  })

  test('names the authorizer that an older name means', () => {
    const old = 'authorizer.class.name=kafka.security.authorizer.AclAuthorizer'
    expect(eventsOf(old)).toEqual([['info', 'older name of the authorizer understood', undefined]])
  })

  test('is a warning where other machines reach the broker and need not log in', () => {
    const open = 'listeners=PLAINTEXT://:9092'
    expect(eventsOf(open)).toEqual([
      ['warn', expect.stringContaining('without logging in'), undefined],
    ])
    expect(eventsOf('listeners=PLAINTEXT://127.0.0.1:9092')).toEqual([])
  })
})

describe('the variables of the container images', () => {
  test('keep the protocol names in bitnami’s keys, and its older names', () => {
    const environment = {
      KAFKA_CFG_LISTENER_NAME_SASL_SSL_SSL_CLIENT_AUTH: 'none',
      KAFKA_LOGS_DIRS: '/data',
      KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND: 'true',
    }
    expect(valuesOf({ environment })).toMatchObject({
      'listener.name.sasl_ssl.ssl.client.auth': 'none',
      'log.dirs': '/data',
      'allow.everyone.if.no.acl.found': 'true',
    })
  })

  test('that mean nothing here are named in one line, those about logins in a warning', () => {
    const environment = {
      KAFKA_HEAP_OPTS: '-Xmx1g',
      ALLOW_PLAINTEXT_LISTENER: 'yes',
      KAFKA_CLIENT_USERS: 'user',
      KAFKA_VERSION: '3.9.0',
      KAFKA_PORT_9092_TCP: 'tcp://10.0.0.1:9092',
      KAFKA_OPTS: '',
    }
    const { notices } = loadConfig({ ...nothing, environment })
    expect(notices.map(({ level, fields }) => [level, fields['variables']])).toEqual([
      ['warn', ['KAFKA_CLIENT_USERS']],
      ['info', ['ALLOW_PLAINTEXT_LISTENER', 'KAFKA_HEAP_OPTS']],
    ])
  })
})

describe('the login file', () => {
  test.each([
    ['-Xmx1G -Djava.security.auth.login.config=/etc/kafka/jaas.conf -Dx=y', '/etc/kafka/jaas.conf'],
    ['-Djava.security.auth.login.config=="/a.conf"', '/a.conf'],
    ['-Dmy.-Djava.security.auth.login.config=/a.conf', null],
    ['-Xmx1G', null],
    [undefined, null],
  ])('is the one that Java would take of KAFKA_OPTS: %s', (options, path) => {
    expect(loginFilePath({ KAFKA_OPTS: options })).toBe(path)
  })

  test('gives way to every other source, and KAFKA_OPTS is then not among the ignored', () => {
    const loginFile = { origin: '/a.conf', text: 'KafkaServer {};' }
    expect(valuesOf({ loginFile })).toEqual({ 'ottla.jaas.config': 'KafkaServer {};' })
    expect(valuesOf({ loginFile, overrides: ['ottla.jaas.config=x {};'] })).toEqual({
      'ottla.jaas.config': 'x {};',
    })
    const environment = { KAFKA_OPTS: '-Djava.security.auth.login.config=/a.conf' }
    expect(loadConfig({ ...nothing, environment, loginFile }).notices).toEqual([])
  })
})
