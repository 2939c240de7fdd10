// What someone is told who speaks HTTP to a port that speaks TLS, as web servers tell it: the bytes would
// be no more than a handshake that failed.
import type { Socket } from 'node:net'

const body = 'This port speaks TLS: use https:// instead of http://.\n'
const answer = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${body.length}`,
  'Connection: close',
  '',
  body,
].join('\r\n')

/** Answers, and ends the connection. */
export function refusePlainHttp(socket: Pick<Socket, 'end' | 'resume'>): void {
  // What still comes is read, lest the system answer it with a reset that overtakes the answer.
  socket.resume()
  socket.end(answer)
}
