// npm run behaviour -- --bootstrap host:port [--only prefix]: puts the recorded questions to a fresh
// broker (Ottla or Apache Kafka) and prints where its answers differ from the recording.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parseCases } from './behaviour-cases.ts'
import { replay } from './behaviour-replay.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092' },
    only: { type: 'string', default: '' },
  },
})
const recording = new URL('../conformance/vectors/behaviour.jsonl', import.meta.url)
const cases = parseCases(readFileSync(recording, 'utf8')).filter(
  (one) => one.case.startsWith(values.only) || one.case.startsWith('setup/'),
)
const shownCharsMax = 160
const shown = (value: unknown): string =>
  (JSON.stringify(value) ?? 'nothing').slice(0, shownCharsMax)

const differences = await replay(cases, {
  bootstrap: values.bootstrap,
  onCase: (name, found) => {
    console.log(`${found.length === 0 ? 'same' : 'DIFF'} ${name}`)
    for (const { step, path, recorded, live } of found) {
      console.log(`     step ${step} ${path}: recorded ${shown(recorded)}, live ${shown(live)}`)
    }
  },
})
const differing = new Set(differences.map((difference) => difference.case)).size
console.log(`behaviour: ${cases.length - differing} cases the same, ${differing} differ`)
