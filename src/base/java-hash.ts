// What of Java's hashing shows in Kafka: where a group lies, and in which order a HashMap is listed.

/** The hash of Java's String.hashCode: over UTF-16 units, wrapping at 32 bits. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(hash, hashFactor) + text.charCodeAt(index)) | 0
  }
  return hash
}

/**
 * The order in which Java's HashMap lists `entries` of different keys that were put into it in their
 * order. `capacity`: what it was made with, a power of two; it grows beyond three quarters of that.
 */
export function hashMapOrder<T extends { readonly key: string }>(
  entries: readonly T[],
  capacity: number,
): T[] {
  let buckets = capacity
  while (entries.length > buckets * loadFactor) buckets *= 2
  const bucketOf = ({ key }: T): number => {
    const hash = javaStringHash(key)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return entries.toSorted((a, b) => bucketOf(a) - bucketOf(b))
}

const hashFactor = 31
const loadFactor = 0.75
