// Says what a peer speaks that does not speak Kafka, so that the log line names cause and remedy.

const tlsHandshake = 0x16
const sslv3Major = 0x03
const httpMethods = ['GET ', 'POST', 'PUT ', 'HEAD', 'OPTI', 'DELE', 'PATC', 'CONN', 'TRAC']

/** `size`: what the first four bytes say when read as a frame's size. */
export function describeForeignBytes(size: number, firstBytes: Buffer): string {
  if (firstBytes[0] === tlsHandshake && firstBytes[1] === sslv3Major) {
    return 'the client speaks TLS and this listener is PLAINTEXT: set security.protocol=PLAINTEXT in the client'
  }
  const text = firstBytes.toString('latin1', 0, 4)
  if (httpMethods.includes(text)) {
    return 'the client speaks HTTP and this listener speaks the Kafka protocol'
  }
  return `a frame of ${size} bytes was declared, which is not between 1 and socket.request.max.bytes`
}
