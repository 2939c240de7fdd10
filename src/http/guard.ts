// Which requests are not answered: names that a web page on the internet could have brought (DNS
// rebinding), calls from pages of others, methods that change something. Pure.
import { isIP } from 'node:net'

/** What a refused request is told. */
export interface HttpRefusal {
  readonly status: 400 | 403 | 405
  readonly reason: string
}

export interface GuardedRequest {
  readonly method: string | undefined
  readonly host: string | undefined
  readonly origin: string | undefined
  /** Sec-Fetch-Site: set by browsers alone. */
  readonly fetchSite: string | undefined
}

const everyName = '*'

/** Null: the request may be answered. `allowedHosts` are names in lower case. */
export function refusalOf(
  request: GuardedRequest,
  allowedHosts: ReadonlySet<string>,
): HttpRefusal | null {
  const { method, host, origin, fetchSite } = request
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, reason: 'only GET and HEAD are answered' }
  }
  const name = hostName(host ?? '')
  if (name === null) return { status: 400, reason: 'the Host header is missing or malformed' }
  if (!isAllowed(name, allowedHosts)) {
    const reason = `the host "${name}" is not known here; name it in ottla.http.allowed.hosts`
    return { status: 403, reason }
  }
  if (origin !== undefined && !isOwnOrigin(origin, host ?? '')) {
    return { status: 403, reason: 'pages of other origins may not read this one' }
  }
  // A link on another page may lead here; a script there may not call.
  if (fetchSite === 'cross-site' && origin !== undefined) {
    return { status: 403, reason: 'pages of other sites may not read this one' }
  }
  return null
}

/** The name without the port, in lower case; null when it is none. */
function hostName(host: string): string | null {
  const [, bracketed, plain] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(host) ?? []
  const name = bracketed ?? plain
  return name === undefined ? null : name.toLowerCase().replace(/\.$/, '')
}

/**
 * Addresses cannot be rebound, and a name without a dot (localhost, a container's) is none that
 * somebody on the internet owns.
 */
function isAllowed(name: string, allowedHosts: ReadonlySet<string>): boolean {
  if (isIP(name) !== 0 || !name.includes('.')) return true
  return name.endsWith('.localhost') || allowedHosts.has(name) || allowedHosts.has(everyName)
}

function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`
}
