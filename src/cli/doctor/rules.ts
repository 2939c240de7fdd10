// What the doctor looks for: one rule a row, in the order in which findings are printed. Pure: facts
// in, findings out. An error is what keeps clients from being served; a warning is what hurts later.
import { dayMs, GiB, hourMs, MiB } from '../../base/units.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { listenerPrefix } from '../../config/listener-security.ts'
import type { ListenerPlace } from '../../config/listeners.ts'
import { scramProblem } from '../../security/scram-bootstrap.ts'
import type { DirectoryFacts, Facts } from './facts.ts'

export interface Finding {
  readonly severity: 'error' | 'warning'
  /** Key, directory or address that the finding is about. */
  readonly about: string
  readonly problem: string
  readonly remedy: string
}

export type Rule = (facts: Facts) => readonly Finding[]

/** Every rule by its name. */
export const rules: Readonly<Record<string, Rule>> = {
  'unknown-key': unknownKeys,
  'key-without-effect': keysWithoutEffect,
  'address-taken': takenAddresses,
  'directory-unusable': unusableDirectories,
  'directory-in-use': directoriesInUse,
  'directory-format': directoryFormats,
  'directory-of-another-node': directoriesOfOthers,
  'advertised-unknown-host': unknownHosts,
  'advertised-loopback': advertisedLoopback,
  'certificate-unusable': unusableCertificates,
  'certificate-expiry': expiringCertificates,
  'scram-users-unreadable': unreadableScramUsers,
  'public-without-tls': publicWithoutTls,
  'public-without-login': publicWithoutLogin,
  'replication-on-one-node': replication,
  'retention-below-segment': retention,
  'memory-file-system': memoryFileSystems,
  'disk-nearly-full': fullDisks,
  'few-open-files': openFiles,
  'wrong-clock': wrongClock,
}

function warning(about: string, problem: string, remedy: string): Finding {
  return { severity: 'warning', about, problem, remedy }
}

function failure(about: string, problem: string, remedy: string): Finding {
  return { severity: 'error', about, problem, remedy }
}

function unknownKeys({ notices }: Facts): readonly Finding[] {
  return notices
    .filter(({ event }) => event === 'unknown configuration key')
    .map(({ fields }) => {
      const key = String(fields['key'])
      const problem = `no key has this name (${String(fields['origin'])})`
      return warning(key, problem, String(fields['remedy']))
    })
}

function keysWithoutEffect({ notices }: Facts): readonly Finding[] {
  return notices
    .filter(({ level }) => level === 'warn')
    .flatMap(({ fields, event }) => {
      const names = fields['keys'] ?? fields['variables']
      if (!Array.isArray(names)) return []
      return [warning(names.join(', '), event, String(fields['remedy'] ?? 'remove them'))]
    })
}

function takenAddresses({ addresses }: Facts): readonly Finding[] {
  return addresses.flatMap(({ address, bindError, brokerAnswers }) => {
    if (bindError === null || bindError === 'EAFNOSUPPORT') return []
    if (bindError !== 'EADDRINUSE') {
      const remedy = 'name an address of this machine, and a port above 1023'
      return [failure(address, `it cannot be listened on (${bindError})`, remedy)]
    }
    const by = brokerAnswers ? 'a Kafka broker that answers there' : 'another process'
    const remedy = 'stop it, unless it is this broker, or set listeners to another port'
    return [failure(address, `it is in use by ${by}`, remedy)]
  })
}

function unusableDirectories({ directories }: Facts): readonly Finding[] {
  return directories.flatMap(({ path, obstacle }) => {
    const remedy = 'set log.dirs to a directory of the user that the broker runs as'
    return obstacle === null ? [] : [failure(path, `it cannot be written: ${obstacle}`, remedy)]
  })
}

function directoriesInUse({ directories }: Facts): readonly Finding[] {
  return directories
    .filter(({ inUse }) => inUse)
    .map(({ path }) => {
      const remedy = 'stop that broker, unless it is this one, or set another log.dirs'
      return failure(path, 'a running broker holds this data directory', remedy)
    })
}

const metaVersion = '1'
const formerMetaVersion = '0'

function directoryFormats({ directories }: Facts): readonly Finding[] {
  return directories.flatMap(({ path, meta }) => {
    const version = meta?.get('version')
    if (meta === null || version === metaVersion) return []
    if (version === formerMetaVersion) {
      const remedy = 'take it through Kafka’s migration to KRaft, or start with an empty directory'
      return [failure(path, 'it is from the days of ZooKeeper (version=0)', remedy)]
    }
    const remedy = 'use the program that wrote it, or start with an empty directory'
    const problem = `its meta.properties says version=${version ?? 'nothing'}, this broker knows 1`
    return [failure(path, problem, remedy)]
  })
}

function directoriesOfOthers({ directories, config }: Facts): readonly Finding[] {
  return directories.flatMap(({ path, meta }) => {
    const findings: Finding[] = []
    const nodeId = meta?.get('node.id')
    if (nodeId !== undefined && nodeId !== String(config.nodeId)) {
      const problem = `it belongs to node.id ${nodeId}, and the configuration says ${config.nodeId}`
      findings.push(failure(path, problem, `set node.id=${nodeId}, or another log.dirs`))
    }
    const clusterId = meta?.get('cluster.id')
    if (clusterId !== undefined && config.clusterId !== null && clusterId !== config.clusterId) {
      const problem = `it belongs to cluster ${clusterId}, not to ${config.clusterId}`
      findings.push(failure(path, problem, 'unset ottla.cluster.id (CLUSTER_ID)'))
    }
    return findings
  })
}

function unknownHosts({ unresolvedHosts }: Facts): readonly Finding[] {
  return unresolvedHosts.map((host) => {
    const remedy = 'name a host that clients can resolve, or leave advertised.listeners out'
    return warning('advertised.listeners', `this machine does not know the name ${host}`, remedy)
  })
}

function advertisedLoopback({ config }: Facts): readonly Finding[] {
  return (config.advertisedListeners ?? []).flatMap(({ name, host, port }) => {
    const listener = config.listeners.find((candidate) => candidate.name === name)
    if (!isLoopback(host) || listener === undefined || !isPublic(listener)) return []
    // A port mapping: who comes through it is on the machine that maps.
    if (config.listeners.length > 1) return []
    const problem = `clients of other machines are told ${host}:${port}, which is their own machine`
    const remedy = 'leave advertised.listeners out: each client is told the address it came by'
    return [warning('advertised.listeners', problem, remedy)]
  })
}

function unusableCertificates({ certificates }: Facts): readonly Finding[] {
  return certificates.flatMap(({ listenerName, problem }) => {
    if (problem === null) return []
    const remedy = 'name a key store that can be opened; ottla dev-certs makes one for trying out'
    const about = `${listenerPrefix(listenerName)}${problem.key}`
    return [failure(about, `the listener cannot speak TLS: ${problem.reason}`, remedy)]
  })
}

function unreadableScramUsers({ config }: Facts): readonly Finding[] {
  const { ottlaScramCredentials: text } = config
  const problem = text === null ? null : scramProblem(text)
  if (problem === null) return []
  const remedy = 'separate users by semicolons; docs/security.md has an example'
  return [failure('ottla.scram.credentials', problem, remedy)]
}

const expirySoonMs = 30 * dayMs

function expiringCertificates({ certificates, nowMs }: Facts): readonly Finding[] {
  return certificates.flatMap(({ listenerName, expiresAtMs }) => {
    const leftMs = expiresAtMs - nowMs
    if (leftMs > expirySoonMs) return []
    const remedy = 'replace the key store’s file; a running broker takes it up'
    if (leftMs < 0) return [failure(listenerName, 'its certificate has expired', remedy)]
    const days = Math.floor(leftMs / dayMs)
    return [warning(listenerName, `its certificate expires in ${days} days`, remedy)]
  })
}

function publicWithoutTls({ config }: Facts): readonly Finding[] {
  return config.listeners
    .filter((listener) => isPublic(listener) && !listener.securityProtocol.endsWith('SSL'))
    .map(({ text }) => {
      const remedy =
        'use SSL or SASL_SSL (ottla dev-certs makes certificates), or listen on localhost'
      return warning(text, 'other machines reach it, and nothing is encrypted', remedy)
    })
}

function publicWithoutLogin({ config }: Facts): readonly Finding[] {
  return config.listeners
    .filter((listener) => isPublic(listener) && !asksWhoClientsAre(config, listener))
    .map(({ text }) => {
      const remedy = 'use SASL_SSL, or SSL with ssl.client.auth=required, or listen on localhost'
      return warning(text, 'whoever reaches it may read, write and delete everything', remedy)
    })
}

function asksWhoClientsAre(config: BrokerConfig, listener: ListenerPlace): boolean {
  if (listener.securityProtocol.startsWith('SASL')) return true
  if (listener.securityProtocol === 'PLAINTEXT') return config.authorizerClassName !== 'none'
  const prefixed = `listener.name.${listener.name.toLowerCase()}.ssl.client.auth`
  const given = config.provided.get(prefixed) ?? config.provided.get('ssl.client.auth')
  return given?.value.trim().toLowerCase() === 'required'
}

function replication({ config }: Facts): readonly Finding[] {
  const factors = [
    'default.replication.factor',
    'min.insync.replicas',
    'offsets.topic.replication.factor',
    'transaction.state.log.replication.factor',
    'transaction.state.log.min.isr',
  ]
  return factors.flatMap((key) => {
    const given = config.provided.get(key)
    if (given === undefined || !(Number(given.value) > 1)) return []
    const problem = `${given.value} copies are asked for, and one node keeps one`
    return [warning(key, problem, `set ${key}=1; for copies, back up the data directory`)]
  })
}

function retention({ config }: Facts): readonly Finding[] {
  const findings: Finding[] = []
  const { logRetentionBytes, logSegmentBytes, logRetentionMs, logRollMs } = config
  if (logRetentionBytes >= 0 && logRetentionBytes < logSegmentBytes) {
    const problem = `the disk is given back by segments of ${logSegmentBytes} bytes, so more is kept`
    const remedy = `lower log.segment.bytes, to a quarter of ${logRetentionBytes} for example`
    findings.push(warning('log.retention.bytes', problem, remedy))
  }
  if (logRetentionMs >= 0 && logRetentionMs < hourMs && logRetentionMs < logRollMs) {
    const problem = `records go after ${logRetentionMs} ms, their disk space only when a segment is full or ${logRollMs} ms old`
    findings.push(warning('log.retention.ms', problem, 'lower log.roll.ms or log.segment.bytes'))
  }
  return findings
}

const memoryFileSystemTypes = ['tmpfs', 'ramfs']

function memoryFileSystems({ directories }: Facts): readonly Finding[] {
  return directories.flatMap(({ path, fileSystem }) => {
    if (fileSystem === null || !memoryFileSystemTypes.includes(fileSystem)) return []
    const problem = `it lies in memory (${fileSystem}): a reboot loses everything`
    return [warning(path, problem, 'set log.dirs to a directory on a disk')]
  })
}

const fullFraction = 0.05

function fullDisks({ directories, config }: Facts): readonly Finding[] {
  return directories.filter(isNearlyFull).map(({ path, freeBytes, totalBytes }) => {
    const free = `${Math.floor(freeBytes / MiB)} MiB of ${Math.floor(totalBytes / MiB)} MiB are free`
    const remedy = 'free space, or lower log.retention.bytes or log.retention.hours'
    const cannotWrite = freeBytes < config.messageMaxBytes
    return cannotWrite ? failure(path, free, remedy) : warning(path, free, remedy)
  })
}

function isNearlyFull({ freeBytes, totalBytes }: DirectoryFacts): boolean {
  return freeBytes < Math.min(totalBytes * fullFraction, GiB)
}

const openFilesMin = 1024

function openFiles({ openFilesMax }: Facts): readonly Finding[] {
  if (openFilesMax === null || openFilesMax >= openFilesMin) return []
  const problem = `${openFilesMax} files may be open, connections and logs together`
  return [warning('ulimit -n', problem, `raise it to ${openFilesMin} or more`)]
}

/** 2025-01-01: older than this program. */
const programMs = 1_735_689_600_000

function wrongClock({ nowMs }: Facts): readonly Finding[] {
  if (nowMs >= programMs) return []
  const problem = 'it is before this program was written: retention and timestamps follow it'
  return [warning('clock', problem, 'set the clock, or let NTP do it')]
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function isPublic({ hosts }: ListenerPlace): boolean {
  return hosts.some((host) => !isLoopback(host))
}
