// Kafka's description of a topology shows sets in the order in which Java's HashSet happens to walk them. To print the same
// text we walk them in that order.

const startCapacity = 16
const loadFactor = 0.75

/** The strings in the order of a java.util.HashSet to which they were added one by one. */
export function javaHashOrder(values: readonly string[]): string[] {
  let capacity = startCapacity
  const distinct = [...new Set(values)]
  while (distinct.length > capacity * loadFactor) capacity *= 2
  const bucket = (value: string): number => spread(javaHash(value)) & (capacity - 1)
  return distinct
    .map((value, at) => ({ value, at }))
    .sort((a, b) => bucket(a.value) - bucket(b.value) || a.at - b.at)
    .map(({ value }) => value)
}

function javaHash(value: string): number {
  let hash = 0
  for (let at = 0; at < value.length; at++) hash = (Math.imul(hash, 31) + value.charCodeAt(at)) | 0
  return hash
}

function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}

interface Branch<T> {
  readonly value: T
  less: Branch<T> | undefined
  more: Branch<T> | undefined
}

/**
 * The order of a java.util.TreeSet whose comparison changes while it grows: each value is put where it belongs at that
 * moment. (Java also rebalances the tree; with as few values as a node has neighbours that moves none of them.)
 */
export class InsertionTree<T> {
  #root: Branch<T> | undefined
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  add(value: T): void {
    const branch: Branch<T> = { value, less: undefined, more: undefined }
    let at = this.#root
    if (!at) this.#root = branch
    while (at) {
      const order = this.#compare(value, at.value)
      if (order === 0) return
      const side: 'less' | 'more' = order < 0 ? 'less' : 'more'
      const next: Branch<T> | undefined = at[side]
      if (!next) at[side] = branch
      at = next
    }
  }

  values(): T[] {
    const walk = (branch: Branch<T> | undefined): T[] =>
      branch ? [...walk(branch.less), branch.value, ...walk(branch.more)] : []
    return walk(this.#root)
  }
}
