// Kafka's DumpLogSegments over every file of a log directory, with every check that it has.
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runJava } from '../support/java.ts'

const tool = 'org.apache.kafka.tools.DumpLogSegments'
/** What the tool says when something is wrong; it ends with code 0 all the same. */
const complaint = new RegExp(
  'mismatch|corrupt|exception|found .*error|not found|out of order|invalid|unable' +
    '|isvalid: false|failed|could not',
  'i',
)

/** Everything that the tool complains of in log directories; also that it read nothing at all. */
export async function dumpComplaints(
  classPath: string,
  directories: readonly string[],
): Promise<string[]> {
  const partitions = directories.flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => /-\d+$/.test(name))
      .map((name) => join(directory, name))
      .filter((path) => statSync(path).isDirectory()),
  )
  const found: string[] = []
  const check = async (files: readonly string[], flags: readonly string[]): Promise<void> => {
    if (files.length === 0) return
    const args = [...flags, '--files', files.join(',')]
    const run = await runJava(classPath, tool, args)
    if (run.code !== 0) found.push(`code ${run.code} for ${flags.join(' ')}: ${run.stderr}`)
    const dumped = run.lines.filter((line) => line.startsWith('Dumping ')).length
    if (dumped !== files.length) found.push(`${dumped} of ${files.length} files were dumped`)
    const lines = [...run.lines, ...run.stderr.split('\n')]
    found.push(...lines.filter((line) => complaint.test(withoutData(line))))
  }
  const filesOf = (which: (partition: string) => boolean, ends: RegExp): string[] =>
    partitions
      .filter((path) => which(basename(path)))
      .flatMap((path) =>
        readdirSync(path)
          .filter((name) => ends.test(name))
          .map((name) => join(path, name)),
      )
  const any = (): boolean => true
  const isOf = (topic: string) => (name: string) => name.startsWith(`${topic}-`)
  const isMetadata = isOf('__cluster_metadata')
  const isNotMetadata = (name: string): boolean => !isMetadata(name)
  await check(filesOf(isNotMetadata, /\.log$/), ['--deep-iteration'])
  await check(filesOf(any, /\.(index|timeindex|txnindex)$/), ['--index-sanity-check'])
  await check(filesOf(any, /\.(index|timeindex)$/), ['--verify-index-only'])
  await check(filesOf(any, /\.snapshot$/), [])
  await check(filesOf(isOf('__consumer_offsets'), /\.log$/), ['--offsets-decoder'])
  await check(filesOf(isOf('__transaction_state'), /\.log$/), ['--transaction-log-decoder'])
  await check(filesOf(isOf('__share_group_state'), /\.log$/), ['--share-group-state-decoder'])
  const metadata = filesOf(isMetadata, /\.(log|checkpoint)$/)
  await check(metadata, ['--cluster-metadata-decoder', '--deep-iteration'])
  return found
}

/** Without what the records themselves say, which may hold any word. */
function withoutData(line: string): string {
  return line.replace(/isvalid: true/, '').replace(/ (payload|key): .*/s, '')
}
