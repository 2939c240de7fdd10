// Which function carries out which task.
import type { Figures } from '../figures.ts'
import { runConnections, runHold } from './connections.ts'
import { runFetch, runFill, runLatency, runProduce, runUntilReadable } from './data.ts'
import { runGroups } from './groups.ts'
import { runPartitions } from './partitions.ts'
import { runSustained } from './sustained.ts'
import type { Task } from './tasks.ts'

/** Throws when the broker answers with an error or closes a connection. */
export function runTask(task: Task): Promise<Figures> {
  switch (task.kind) {
    case 'produce':
      return runProduce(task)
    case 'fetch':
      return runFetch(task)
    case 'fill':
      return runFill(task)
    case 'sustained':
      return runSustained(task)
    case 'latency':
      return runLatency(task)
    case 'connections':
      return runConnections(task)
    case 'hold':
      return runHold(task)
    case 'partitions':
      return runPartitions(task)
    case 'groups':
      return runGroups(task)
    case 'until-readable':
      return runUntilReadable(task)
  }
}
