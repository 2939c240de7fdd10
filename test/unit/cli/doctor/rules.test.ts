// Each rule of the doctor: what it finds, and what it leaves alone.
import { describe, expect, test } from 'vitest'
import type {
  AddressFacts,
  CertificateFacts,
  DirectoryFacts,
  Facts,
} from '../../../../src/cli/doctor/facts.ts'
import { rules } from '../../../../src/cli/doctor/rules.ts'
import { loadConfig } from '../../../../src/config/load.ts'
import { dayMs, GiB, MiB } from '../../../../src/base/units.ts'

const directory: DirectoryFacts = {
  path: '/data',
  exists: true,
  obstacle: null,
  fileSystem: 'ext4',
  freeBytes: 50 * GiB,
  totalBytes: 100 * GiB,
  inUse: false,
  meta: null,
}

interface Given extends Partial<Omit<Facts, 'addresses' | 'directories'>> {
  readonly settings?: Readonly<Record<string, string>>
  readonly directory?: Partial<DirectoryFacts>
  readonly address?: Partial<AddressFacts>
}

function factsOf(given: Given): Facts {
  const { settings = {}, directory: one = {}, address = {}, ...others } = given
  const overrides = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  const loaded = loadConfig({ file: null, environment: {}, overrides })
  return {
    ...loaded,
    addresses: [{ address: '127.0.0.1:9092', bindError: null, brokerAnswers: false, ...address }],
    directories: [{ ...directory, ...one }],
    certificates: [],
    unresolvedHosts: [],
    openFilesMax: 65536,
    nowMs,
    ...others,
  }
}

const nowMs = 1_790_000_000_000

function certificateOf(leftMs: number): CertificateFacts {
  return { listenerName: 'SSL', problem: null, expiresAtMs: nowMs + leftMs }
}

const open = { listeners: 'PLAINTEXT://:9092' }
const meta = (text: Readonly<Record<string, string>>) => new Map(Object.entries(text))

/** Rule, what it must find, what it must say. */
const found: readonly (readonly [string, Given, string])[] = [
  ['unknown-key', { settings: { 'num.partitoins': '3' } }, 'did you mean num.partitions?'],
  [
    'key-without-effect',
    { settings: { 'principal.builder.class': 'a.B' } },
    'principal.builder.class',
  ],
  [
    'scram-users-unreadable',
    { settings: { 'ottla.scram.credentials': 'admin:secret' } },
    'SCRAM-SHA-256=[name=…,password=…]',
  ],
  [
    'directory-unusable',
    { directory: { obstacle: '/data is no directory' } },
    '/data is no directory',
  ],
  [
    'certificate-unusable',
    {
      certificates: [
        {
          listenerName: 'SSL',
          problem: { key: 'ssl.keystore.password', reason: 'it does not open the store' },
          expiresAtMs: Infinity,
        },
      ],
    },
    'listener.name.ssl.ssl.keystore.password',
  ],
  ['certificate-expiry', { certificates: [certificateOf(-1)] }, 'has expired'],
  ['certificate-expiry', { certificates: [certificateOf(9.5 * dayMs)] }, 'expires in 9 days'],
  ['address-taken', { address: { bindError: 'EADDRINUSE', brokerAnswers: true } }, 'Kafka broker'],
  ['address-taken', { address: { bindError: 'EADDRINUSE' } }, 'another process'],
  ['address-taken', { address: { bindError: 'EACCES' } }, 'EACCES'],
  ['directory-in-use', { directory: { inUse: true } }, 'a running broker'],
  ['directory-format', { directory: { meta: meta({ version: '2' }) } }, 'version=2'],
  ['directory-format', { directory: { meta: meta({ version: '0' }) } }, 'ZooKeeper'],
  [
    'directory-of-another-node',
    { directory: { meta: meta({ version: '1', 'node.id': '7' }) } },
    'set node.id=7',
  ],
  [
    'directory-of-another-node',
    {
      settings: { 'ottla.cluster.id': 'mine' },
      directory: { meta: meta({ version: '1', 'cluster.id': 'theirs' }) },
    },
    'theirs',
  ],
  ['advertised-unknown-host', { unresolvedHosts: ['kafka.nowhere'] }, 'kafka.nowhere'],
  [
    'advertised-loopback',
    { settings: { ...open, 'advertised.listeners': 'PLAINTEXT://localhost:9092' } },
    'localhost:9092',
  ],
  ['public-without-tls', { settings: open }, 'nothing is encrypted'],
  ['public-without-login', { settings: open }, 'whoever reaches it'],
  ['replication-on-one-node', { settings: { 'min.insync.replicas': '2' } }, '2 copies'],
  ['replication-on-one-node', { settings: { 'default.replication.factor': '3' } }, '3 copies'],
  ['retention-below-segment', { settings: { 'log.retention.bytes': '1000' } }, 'more is kept'],
  ['retention-below-segment', { settings: { 'log.retention.ms': '60000' } }, 'log.roll.ms'],
  ['memory-file-system', { directory: { fileSystem: 'tmpfs' } }, 'a reboot loses everything'],
  ['disk-nearly-full', { directory: { freeBytes: 500 * MiB } }, '500 MiB'],
  ['few-open-files', { openFilesMax: 256 }, '256 files'],
  ['wrong-clock', { nowMs: 0 }, 'before this program was written'],
]

describe('a rule', () => {
  test.each(found)('%s finds %o', (name, given, text) => {
    const findings = rules[name]?.(factsOf(given)) ?? []
    expect(findings).toHaveLength(1)
    expect(JSON.stringify(findings)).toContain(text)
  })

  test.each(Object.keys(rules))('%s has a case, and finds nothing in the defaults', (name) => {
    expect(found.map(([rule]) => rule)).toContain(name)
    expect(rules[name]?.(factsOf({}))).toEqual([])
  })
})

test('a disk that cannot take another message is an error', () => {
  const findings = rules['disk-nearly-full']?.(factsOf({ directory: { freeBytes: 1000 } }))
  expect(findings?.map(({ severity }) => severity)).toEqual(['error'])
})

test('two listeners, one of them advertised as localhost, are the usual port mapping', () => {
  const settings = {
    listeners: 'PLAINTEXT://:29092,HOST://:9092',
    'advertised.listeners': 'PLAINTEXT://kafka:29092,HOST://localhost:9092',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT',
  }
  expect(rules['advertised-loopback']?.(factsOf({ settings }))).toEqual([])
})
