// The names of cipher suites: Kafka's configurations have those of the IANA, OpenSSL has its own.

/** A list for OpenSSL. Names that are OpenSSL's already, and those of TLS 1.3, stay as they are. */
export function opensslSuites(names: readonly string[]): string {
  return names.map(opensslSuite).join(':')
}

function opensslSuite(name: string): string {
  const [, exchange, cipher] = /^TLS_(\w+)_WITH_(\w+)$/.exec(name) ?? []
  if (exchange === undefined || cipher === undefined) return name
  const prefix = exchange === 'RSA' ? '' : `${exchange.replace('_anon', '').replaceAll('_', '-')}-`
  const short = cipher
    .replace(/^(AES|ARIA|CAMELLIA)_(\d+)/, '$1$2')
    .replace('_CBC', '')
    .replace('CHACHA20_POLY1305_SHA256', 'CHACHA20_POLY1305')
    .replaceAll('_', '-')
  return `${prefix}${short}`
}
