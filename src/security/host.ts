// Addresses in the one form that access rules are compared in: as Java prints them.

/**
 * `127.0.0.1` as it is, `::1` as `0:0:0:0:0:0:0:1`, `::ffff:10.0.0.1` as `10.0.0.1`; a zone
 * (`%eth0`) is dropped, and what is no address stays.
 */
export function canonicalHost(host: string): string {
  if (!host.includes(':')) return host
  const address = host.toLowerCase().split('%')[0] ?? host
  const mapped = /^(?:0:0:0:0:0:|::)ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [head = '', tail, ...more] = address.split('::')
  if (more.length > 0) return host
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return host
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return host
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}

/** Whether the text is an IPv4 or IPv6 address. */
export function isAddress(text: string): boolean {
  if (text.includes(':'))
    return /^[0-9a-f.]+(:[0-9a-f.]+){7}$|^\d+\.\d+\.\d+\.\d+$/.test(canonicalHost(text))
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}
