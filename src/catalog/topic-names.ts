// Which names a topic may have, and which names collide. Pure.

/** A directory `<topic>-<partition>` must fit into a file name of 255 bytes. */
export const topicNameCharsMax = 249

const legalName = /^[a-zA-Z0-9._-]+$/

export const groupMetadataTopic = '__consumer_offsets'
export const transactionStateTopic = '__transaction_state'
export const shareGroupStateTopic = '__share_group_state'
export const clusterMetadataTopic = '__cluster_metadata'

const internalTopics: ReadonlySet<string> = new Set([
  groupMetadataTopic,
  transactionStateTopic,
  shareGroupStateTopic,
])

/** Topics that the coordinators write and clients only read. */
export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name)
}

/** Why `name` cannot be a topic's name, as a sentence for the client; null when it can. */
export function topicNameProblem(name: string): string | null {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`
  if (name.length > topicNameCharsMax) {
    return `Topic name is invalid: '${name}' has ${name.length} characters, ${topicNameCharsMax} are allowed`
  }
  if (!legalName.test(name)) {
    return `Topic name is invalid: '${name}' has characters other than ASCII letters, digits, '.', '_' and '-'`
  }
  return null
}

/** Kafka's metric names turn '.' into '_': two topics that differ only there collide. */
export function hasCollisionChars(name: string): boolean {
  return name.includes('.') || name.includes('_')
}

/** What colliding names have in common. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_')
}
