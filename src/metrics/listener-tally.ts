// Counts what became of the connections of one listener, for metrics.

export class ListenerTally {
  /** Connections since the start; so are the others. */
  accepted = 0
  /** Log-ins that succeeded. */
  authenticated = 0
  /** Log-ins and TLS handshakes that failed. */
  refused = 0
}
