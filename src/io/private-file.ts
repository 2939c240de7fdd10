// Files that hold secrets: readable by their owner alone from the first byte on.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const ownerOnlyFile = 0o600
const ownerOnlyDirectory = 0o700

/** Writes a new file. Errors are Node's; EEXIST when it is there. */
export function writePrivateFile(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: ownerOnlyDirectory })
  writeFileSync(path, bytes, { mode: ownerOnlyFile, flag: 'wx' })
}
