// The access rules that the metadata log adds up to, by id and by what they say.
import { assert, defined } from '../base/assert.ts'
import type {
  AccessControlEntryRecord,
  RemoveAccessControlEntryRecord,
} from '../../protocol/codecs/metadata-records.ts'
import { aclKey } from './acl.ts'
import type { Acl } from './acl.ts'

export class AclImage {
  readonly #byId = new Map<string, Acl>()
  readonly #keys = new Set<string>()

  get size(): number {
    return this.#byId.size
  }

  /** True where a rule of this key (`aclKey`) is there. O(1). */
  has(key: string): boolean {
    return this.#keys.has(key)
  }

  byId(id: string): Acl | undefined {
    return this.#byId.get(id)
  }

  /** Ids and rules in the order of creation. */
  entries(): IterableIterator<[string, Acl]> {
    return this.#byId.entries()
  }

  /** In the order of creation. */
  all(): IterableIterator<Acl> {
    return this.#byId.values()
  }

  add(record: AccessControlEntryRecord): void {
    const { id, ...acl } = record
    assert(!this.#byId.has(id), 'the id of an access rule is given once')
    this.#byId.set(id, acl)
    this.#keys.add(aclKey(acl))
  }

  remove({ id }: RemoveAccessControlEntryRecord): void {
    const acl = defined(this.#byId.get(id), 'an access rule that is removed exists')
    this.#byId.delete(id)
    this.#keys.delete(aclKey(acl))
    assert(this.#keys.size <= this.#byId.size, 'a rule is known by its id')
  }
}
