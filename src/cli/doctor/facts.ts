// What the doctor's rules know: the configuration, and what the machine says about its addresses,
// directories and limits. Gathering is here, judging is in the rules.
import { dirname, join, resolve } from 'node:path'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { ConfigNotice } from '../../config/load.ts'
import { parseProperties } from '../../config/properties.ts'
import type { Clock } from '../../io/clock.ts'
import type { Disk } from '../../io/disk.ts'
import { lockFile, metaPropertiesFile } from '../../log/checkpoint.ts'
import type { ProbeTarget } from '../../network/probe.ts'
import { readTlsMaterial, TlsProblem } from '../../security/tls-material.ts'

/** An address that the broker is to listen on. */
export interface AddressFacts {
  readonly address: string
  /** What binding it answers; null: it is free. */
  readonly bindError: string | null
  /** Where it is taken: a Kafka broker answers there. */
  readonly brokerAnswers: boolean
}

export interface DirectoryFacts {
  readonly path: string
  readonly exists: boolean
  /** Why nothing can be written there; null: it can. */
  readonly obstacle: string | null
  /** The type of the file system (ext4, tmpfs, …); null where the system does not say. */
  readonly fileSystem: string | null
  readonly freeBytes: number
  readonly totalBytes: number
  /** Another process holds the lock. */
  readonly inUse: boolean
  /** meta.properties; null without one. */
  readonly meta: ReadonlyMap<string, string> | null
}

/** The certificate of a TLS listener. */
export interface CertificateFacts {
  readonly listenerName: string
  /** The key to blame and why, where the material cannot be used. */
  readonly problem: { readonly key: string; readonly reason: string } | null
  readonly expiresAtMs: number
}

export interface Facts {
  readonly config: BrokerConfig
  readonly notices: readonly ConfigNotice[]
  readonly addresses: readonly AddressFacts[]
  readonly directories: readonly DirectoryFacts[]
  readonly certificates: readonly CertificateFacts[]
  /** Advertised names that this machine cannot resolve. */
  readonly unresolvedHosts: readonly string[]
  /** ulimit -n; null where the system does not say. */
  readonly openFilesMax: number | null
  readonly nowMs: number
}

/** The machine, as gathering sees it. */
export interface Machine {
  readonly disk: Disk
  /** Whether this user may make files in a directory. */
  readonly mayWriteIn: (directory: string) => boolean
  readonly clock: Pick<Clock, 'nowMs'>
  readonly probe: (target: ProbeTarget) => Promise<string | null>
  readonly canBind: (host: string, port: number) => Promise<string | null>
  readonly resolves: (host: string) => Promise<boolean>
}

export async function gatherFacts(
  config: BrokerConfig,
  notices: readonly ConfigNotice[],
  machine: Machine,
): Promise<Facts> {
  const { disk } = machine
  const mounts = readSystemFile(disk, '/proc/mounts')
  const hosts = new Set((config.advertisedListeners ?? []).map(({ host }) => host))
  const unresolvedHosts: string[] = []
  for (const host of hosts) if (!(await machine.resolves(host))) unresolvedHosts.push(host)
  return {
    config,
    notices,
    addresses: await addressFacts(config, machine),
    directories: config.logDirs.map((path) => directoryFacts(path, machine, mounts)),
    certificates: certificateFacts(config, disk),
    unresolvedHosts,
    openFilesMax: parseOpenFilesMax(readSystemFile(disk, '/proc/self/limits')),
    nowMs: machine.clock.nowMs(),
  }
}

async function addressFacts(
  config: BrokerConfig,
  { canBind, probe }: Machine,
): Promise<readonly AddressFacts[]> {
  const found: AddressFacts[] = []
  for (const { hosts, port, securityProtocol } of config.listeners) {
    if (port === 0) continue
    for (const host of hosts) {
      const bindError = await canBind(host, port)
      const tls = securityProtocol.endsWith('SSL')
      const target = { host: host === '0.0.0.0' ? '127.0.0.1' : host, port, tls }
      const brokerAnswers = bindError === 'EADDRINUSE' && (await probe(target)) === null
      found.push({ address: `${host}:${port}`, bindError, brokerAnswers })
    }
  }
  return found
}

function directoryFacts(path: string, machine: Machine, mounts: string): DirectoryFacts {
  const { disk } = machine
  const exists = disk.isDirectory(path)
  const onDisk = exists ? path : nearestParent(path, disk)
  const space = disk.space(onDisk)
  const metaPath = join(path, metaPropertiesFile)
  return {
    path,
    exists,
    obstacle: obstacleOf(path, machine),
    fileSystem: fileSystemOf(resolve(onDisk), mounts),
    ...space,
    inUse: isInUse(join(path, lockFile), disk),
    meta: exists && disk.exists(metaPath) ? readMeta(disk, metaPath) : null,
  }
}

/** Looks at the place itself, or at the nearest above it that is there. */
function obstacleOf(path: string, { disk, mayWriteIn }: Machine): string | null {
  let place = resolve(path)
  while (!disk.exists(place) && place !== dirname(place)) place = dirname(place)
  if (!disk.isDirectory(place)) return `${place} is no directory`
  return mayWriteIn(place) ? null : `this user may not write in ${place}`
}

function certificateFacts(config: BrokerConfig, disk: Disk): readonly CertificateFacts[] {
  return config.listeners.flatMap(({ name: listenerName, security }): CertificateFacts[] => {
    if (security.tls === null) return []
    try {
      const { expiresAtMs } = readTlsMaterial(security.tls, (path) => disk.readFile(path))
      return [{ listenerName, problem: null, expiresAtMs }]
    } catch (error) {
      if (!(error instanceof TlsProblem)) throw error
      const problem = { key: error.key, reason: error.message }
      return [{ listenerName, problem, expiresAtMs: Infinity }]
    }
  })
}

function nearestParent(path: string, disk: Disk): string {
  let parent = join(path, '..')
  while (!disk.isDirectory(parent) && parent !== join(parent, '..')) parent = join(parent, '..')
  return parent
}

function isInUse(path: string, disk: Disk): boolean {
  if (!disk.exists(path)) return false
  const lock = disk.lock(path)
  lock?.release()
  return lock === null
}

function readMeta(disk: Disk, path: string): ReadonlyMap<string, string> {
  const properties = parseProperties(disk.readFile(path).toString('utf8'))
  return new Map(properties.map(({ key, value }) => [key, value]))
}

function readSystemFile(disk: Disk, path: string): string {
  return disk.exists(path) ? disk.readFile(path).toString('latin1') : ''
}

/** The type of the file system that holds the absolute `path`, out of the text of /proc/mounts. */
export function fileSystemOf(path: string, mounts: string): string | null {
  let best: { readonly point: string; readonly type: string } | null = null
  for (const line of mounts.split('\n')) {
    const [, point, type] = line.split(' ')
    if (point === undefined || type === undefined) continue
    const holds = point === '/' || path === point || path.startsWith(`${point}/`)
    if (holds && (best === null || point.length >= best.point.length)) best = { point, type }
  }
  return best?.type ?? null
}

/** The soft limit of open files in the text of /proc/self/limits; null: not said, or no limit. */
export function parseOpenFilesMax(limits: string): number | null {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  return soft === undefined ? null : Number(soft)
}
