// The page for people who open the broker in a browser: what it holds and who reads it. Plain HTML
// without scripts; no record is shown.
import { version } from '../base/version.ts'
import type { MonitoredBroker } from '../monitoring/metric.ts'
import { groupPositions } from '../monitoring/unread-ages.ts'
import { describeDurability } from '../storage/durability.ts'
import { healthOf } from './health.ts'
import type { Health } from './health.ts'

/** Longer tables are cut, with a line that says so. */
const rowsMax = 500

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
  padding: 0 1rem; color: #1c2430; background: #fff }
h1 { font-size: 1.5rem; margin: 0 }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { margin: .3rem 0; color: #5a6572 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e4e8ec }
th { font-weight: 600; color: #5a6572; font-size: .85rem }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.bad { color: #b3261e; font-weight: 600 }
a { color: #0b57d0 }
@media (prefers-color-scheme: dark) {
  body { color: #e3e6ea; background: #14181d }
  p, th { color: #9aa4af }
  th, td { border-color: #2a313a }
  .bad { color: #ff8a80 }
  a { color: #8ab4f8 }
}
`

/** A cell: text is escaped, numbers stand right. */
type Cell = string | number

export function statusPage(broker: MonitoredBroker): Buffer {
  const body = [
    heading(broker),
    ...section('Listeners', listenerTable(broker)),
    ...section('Topics', topicTable(broker)),
    ...section('Groups', groupTable(broker)),
    ...section('Storage', storageTable(broker)),
  ]
  const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Ottla</title><style>${style}</style></head><body>
${body.join('\n')}
</body></html>
`
  return Buffer.from(page)
}

function heading(broker: MonitoredBroker): string {
  const { config, clock, catalog } = broker.services
  const health = healthOf(broker)
  const uptime = duration(clock.nowMs() - broker.startedAtMs)
  const { residentBytes, cpuSeconds } = broker.process()
  const identity = `node ${catalog.nodeId}, cluster ${catalog.clusterId}`
  return [
    `<h1>Ottla ${escape(version)}</h1>`,
    paragraph(`${health.phase}, up ${uptime}, ${identity}`, !health.ready),
    paragraph(`${size(residentBytes)} of memory, ${cpuSeconds.toFixed(1)} s of processor time`),
    paragraph(`Durability ${config.ottlaDurability}: ${describeDurability(config)}`),
    ...trouble(health),
    '<p><a href="/metrics">metrics</a> · <a href="/health/ready">health</a></p>',
  ].join('\n')
}

function trouble({ offlineDirectoryCount, offlinePartitionCount }: Health): string[] {
  if (offlineDirectoryCount + offlinePartitionCount === 0) return []
  const directories = `${offlineDirectoryCount} log directories`
  return [paragraph(`${directories} and ${offlinePartitionCount} partitions are offline`, true)]
}

function paragraph(text: string, isBad = false): string {
  return `<p${isBad ? ' class="bad"' : ''}>${escape(text)}</p>`
}

function listenerTable(broker: MonitoredBroker): string {
  const rows = broker
    .listeners()
    .map(({ name, securityProtocol, connectionCount, tally }): Cell[] => {
      return [name, securityProtocol, connectionCount, tally.accepted]
    })
  return table(['Listener', 'Protocol', '#Connections', '#Since the start'], rows)
}

function topicTable({ services }: MonitoredBroker): string {
  const { catalog, storage, instruments } = services
  const rows: Cell[][] = []
  let byteLength = 0
  for (const { name, partitions } of catalog.topics()) {
    let [topicBytes, recordCount, offlineCount] = [0, 0, 0]
    for (const { partition } of partitions) {
      const store = storage.partition(name, partition)
      if (store?.online !== true) offlineCount += 1
      if (store === undefined) continue
      topicBytes += store.byteLength
      recordCount += store.highWatermark - store.logStartOffset
    }
    byteLength += topicBytes
    if (rows.length >= rowsMax) continue
    const { messagesIn, bytesOut } = instruments.topics.peek(name)
    const state = offlineCount === 0 ? '' : `${offlineCount} offline`
    rows.push([
      name,
      partitions.length,
      recordCount,
      size(topicBytes),
      messagesIn,
      size(bytesOut),
      state,
    ])
  }
  const { topicCount, partitionCount } = catalog
  const sum = `<p>${topicCount} topics, ${partitionCount} partitions, ${size(byteLength)}</p>`
  const columns = ['Topic', '#Partitions', '#Offsets kept', '#Size', '#Records in', '#Sent', '']
  return sum + table(columns, rows) + left(topicCount - rows.length, 'topics')
}

function groupTable(broker: MonitoredBroker): string {
  const { groups } = broker.services.groups.list({ states: [], types: [] })
  const lags = new Map<string, number>()
  for (const { groupId, lag } of groupPositions(broker.services)) {
    lags.set(groupId, (lags.get(groupId) ?? 0) + lag)
  }
  const rows = groups.slice(0, rowsMax).map(({ groupId, type, state }): Cell[] => {
    return [
      groupId,
      type,
      state,
      broker.services.groups.memberCount(groupId),
      lags.get(groupId) ?? 0,
    ]
  })
  return (
    table(['Group', 'Type', 'State', '#Members', '#Lag'], rows) +
    left(groups.length - rows.length, 'groups')
  )
}

function storageTable({ services }: MonitoredBroker): string {
  const rows = services.storage.logDirectories().map((directory): Cell[] => {
    const { path, online, freeBytes, totalBytes, partitions } = directory
    const space = freeBytes < 0 ? '' : `${size(freeBytes)} of ${size(totalBytes)}`
    return [path, online ? 'in use' : 'offline', partitions.length, space]
  })
  return table(['Directory', 'State', '#Partitions', '#Free'], rows)
}

function section(title: string, content: string): string[] {
  return [`<h2>${title}</h2>`, content]
}

/** Columns that begin with # hold numbers. */
function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '<p>none</p>'
  const isNumber = columns.map((column) => column.startsWith('#'))
  const mark = (index: number): string => (isNumber[index] === true ? ' class="n"' : '')
  const head = columns.map((column, at) => `<th${mark(at)}>${escape(column.replace('#', ''))}</th>`)
  const lines = rows.map(
    (row) => `<tr>${row.map((cell, at) => `<td${mark(at)}>${shown(cell)}</td>`).join('')}</tr>`,
  )
  return `<table><tr>${head.join('')}</tr>\n${lines.join('\n')}</table>`
}

function left(count: number, what: string): string {
  return count > 0 ? `<p>and ${count} more ${what}: see <a href="/metrics">metrics</a></p>` : ''
}

function shown(cell: Cell): string {
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : escape(cell)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

function size(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < byteUnits.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${unit === 0 ? value : value.toFixed(1)} ${byteUnits[unit]}`
}

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}
