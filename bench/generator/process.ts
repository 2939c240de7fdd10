// The load generator as a process of its own, so that it shares no event loop with whoever started it.
// Takes one task per message and answers each with its figures, or with what went wrong.
import type { Figures } from '../figures.ts'
import { runTask } from './run-task.ts'
import type { Task } from './tasks.ts'

export type GeneratorAnswer = { readonly figures: Figures } | { readonly error: string }

process.on('message', (task: Task) => {
  runTask(task).then(
    (figures) => answer({ figures }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

function answer(message: GeneratorAnswer): void {
  process.send?.(message)
}
