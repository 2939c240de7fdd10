// Small texts from elsewhere: over HTTP by Node's fetch, or out of a file. For key sets.
import { readFile } from 'node:fs/promises'

const timeoutMs = 10_000
const textCharsMax = 1024 * 1024

/**
 * The text behind an https, http or file URL. @throws Error when it cannot be had within 10 s, or is
 * longer than a million characters
 */
export async function fetchText(url: string): Promise<string> {
  const target = new URL(url)
  const text = target.protocol === 'file:' ? await readFile(target, 'utf8') : await download(target)
  if (text.length > textCharsMax) throw new Error('it is too long')
  return text
}

async function download(url: URL): Promise<string> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return response.text()
}
