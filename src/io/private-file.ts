// Files that hold secrets: readable by their owner alone from the first byte on.
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDirectories } from './system-disk.ts'

const ownerOnlyFile = 0o600

/** Writes a new file. Errors are Node's; EEXIST when it is there. */
export function writePrivateFile(path: string, bytes: Uint8Array): void {
  makeDirectories(dirname(path))
  writeFileSync(path, bytes, { mode: ownerOnlyFile, flag: 'wx' })
}
