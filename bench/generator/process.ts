// The load generator as a process of its own, so that it shares no event loop with whoever started it.
// Takes one LoadTask per message and answers each with its Sample, or with what went wrong.
import type { Sample } from '../loads.ts'
import { runLoad, type LoadTask } from './run-load.ts'

export type GeneratorAnswer = { readonly sample: Sample } | { readonly error: string }

process.on('message', (task: LoadTask) => {
  runLoad(task).then(
    (sample) => answer({ sample }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

function answer(message: GeneratorAnswer): void {
  process.send?.(message)
}
