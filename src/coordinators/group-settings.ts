// The rules of each group: the broker's, and over them the group's own.
import type { ConsumerRules } from './consumer/step.ts'
import { consumerRulesOf } from './consumer-rules.ts'
import type { GroupCoordinatorOptions } from './coordinator-options.ts'
import { shareRulesOf } from './share-rules.ts'
import type { ShareRules } from './share/step.ts'
import { streamsRulesOf } from './streams-rules.ts'
import type { StreamsRules } from './streams/step.ts'

const nothing: ReadonlyMap<string, string> = new Map()

/** Read anew for each event: settings change while the broker runs. */
export class GroupSettings {
  readonly #options: Pick<GroupCoordinatorOptions, 'config' | 'groupConfigs'>

  constructor(options: Pick<GroupCoordinatorOptions, 'config' | 'groupConfigs'>) {
    this.#options = options
  }

  consumer(groupId: string): ConsumerRules {
    return consumerRulesOf(this.#options.config, this.#ownOf(groupId))
  }

  share(groupId: string): ShareRules {
    return shareRulesOf(this.#options.config, this.#ownOf(groupId))
  }

  streams(groupId: string): StreamsRules {
    return streamsRulesOf(this.#options.config, this.#ownOf(groupId))
  }

  #ownOf(groupId: string): ReadonlyMap<string, string> {
    return this.#options.groupConfigs?.(groupId) ?? nothing
  }
}
