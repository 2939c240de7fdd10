// Sends bytes elsewhere over HTTP by Node's fetch. For metrics that are pushed.

export interface BytesToPost {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Gives up when it is aborted. */
  readonly signal: AbortSignal
}

/** Resolves with the status of the answer, whatever it is. @throws Error when there is none */
export type PostBytes = (url: string, request: BytesToPost) => Promise<number>

const timeoutMs = 10_000

/** Waits 10 s for the answer at most. */
export async function postBytes(url: string, request: BytesToPost): Promise<number> {
  const { headers, body, signal } = request
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const response = await fetch(url, { method: 'POST', headers, body, signal: giveUp })
  // The connection is free for the next request once the answer is read.
  await response.arrayBuffer()
  return response.status
}
