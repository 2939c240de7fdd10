// What `ottla <noun> <verb> --json` is made of: a question to the cluster whose answer is one JSON document.
import type { Cluster } from '../../client/cluster.ts'
import type { Options, OptionTable } from '../tools/options.ts'

/** A listing or a description. Names of fields are promises: they may become more, and never change. */
export interface Report {
  /** What the document tells, in one sentence. */
  readonly text: string
  /** The flag whose values may also stand alone: `ottla topics describe orders --json`. */
  readonly subject?: string
  /** Flags beside those of every report. */
  readonly options?: OptionTable
  /** Each field as a path, `topics[].name`, and what it says. */
  readonly fields: Readonly<Record<string, string>>
  readonly read: (cluster: Cluster, asked: Asked) => Promise<object>
}

export interface Asked {
  /** What the report is about, in the order given; none: everything. */
  readonly names: readonly string[]
  readonly options: Options<string>
}

/** `names`, or where there are none, all. */
export async function namesOr(
  names: readonly string[],
  all: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  return names.length > 0 ? [...new Set(names)] : all()
}
