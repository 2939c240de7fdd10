// The attacker as a process of its own. Is told which attack to begin, and to end; answers with its counts.
import { attacks, type Counts, type Ports } from './attacks.ts'

export type Order = { readonly begin: string; readonly ports: Ports } | { readonly end: true }
export type Report = { readonly counts: Counts } | { readonly error: string }

let ended = new AbortController()

process.on('message', (order: Order) => {
  if ('end' in order) {
    ended.abort()
    return
  }
  ended = new AbortController()
  const attack = attacks.find(({ name }) => name === order.begin)
  if (attack === undefined) return answer({ error: `there is no attack ${order.begin}` })
  attack.run(order.ports, ended.signal).then(
    (counts) => answer({ counts }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

function answer(report: Report): void {
  process.send?.(report)
}
