// Topics for the tests of consumer groups: `orders` has three partitions, others are made by hand.
import type { TopicInfo, TopicsView } from '../../src/coordinators/consumer/step.ts'

export class TestTopics implements TopicsView {
  readonly #topics = new Map<string, TopicInfo>()
  version = 0
  lastCreation = 0

  constructor() {
    this.create('orders', 3)
  }

  /** The id is made of the name, so that tests can tell it. */
  static idOf(name: string): string {
    return Buffer.from(name.padEnd(16, '.')).subarray(0, 16).toString('base64url')
  }

  create(name: string, partitionCount: number): void {
    this.version += 1
    this.lastCreation = this.version
    this.#topics.set(name, { id: TestTopics.idOf(name), name, partitionCount })
  }

  grow(name: string, partitionCount: number): void {
    this.version += 1
    this.#topics.set(name, { id: TestTopics.idOf(name), name, partitionCount })
  }

  delete(name: string): void {
    this.version += 1
    this.#topics.delete(name)
  }

  byName(name: string): TopicInfo | undefined {
    return this.#topics.get(name)
  }

  byId(id: string): TopicInfo | undefined {
    return [...this.#topics.values()].find((topic) => topic.id === id)
  }

  names(): Iterable<string> {
    return this.#topics.keys()
  }
}
