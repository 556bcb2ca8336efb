import { BatchBuilder } from '../../../src/protocol/records/build.ts'
import type { Append } from '../../../src/storage/write-queue.ts'
import { Dice } from '../../simulate/dice.ts'

/** Partitions 1 to so many. */
export const partitionCount = 5
/** The group whose body tells how many commits there were. */
export const counterGroup = 'counter'

/** The writer notes so what it found, and each commit by its mere number. */
export const foundPrefix = 'found '

/** Where a partition begins and ends after some commit. */
export interface Extent {
  readonly start: number
  readonly end: number
}

/** A batch of the plan: everything that its bytes follow from. */
export interface PlannedBatch {
  readonly partitionId: number
  readonly baseOffset: number
  readonly records: number
  readonly valueBytes: number
  readonly seed: number
}

export interface PlannedCommit {
  readonly number: number
  readonly batches: readonly PlannedBatch[]
  /** What is deleted with it. */
  readonly advance: { readonly partitionId: number; readonly offset: number } | undefined
  /** By partition id, 0 unused: how it is afterwards. */
  readonly extents: readonly Extent[]
}

/** Small ones are synced by the thread that makes them, large ones by another; both kinds have to mix. */
const largeBytes = 600 * 1024

/** What is written, commit by commit, as a function of the seed: so that any state can be checked to the byte. */
export class Plan {
  readonly #dice: Dice
  readonly #commits: PlannedCommit[] = []

  constructor(seed: string) {
    this.#dice = new Dice(`plan ${seed}`)
  }

  /** Commits that were asked for so far. */
  get planned(): number {
    return this.#commits.length
  }

  /** Commits count from 1; before the first one everything is empty. */
  commit(number: number): PlannedCommit {
    while (this.#commits.length < number) this.#commits.push(this.#next())
    return this.#commits[number - 1]!
  }

  extents(afterCommit: number): readonly Extent[] {
    if (afterCommit > 0) return this.commit(afterCommit).extents
    return Array.from({ length: partitionCount + 1 }, () => ({ start: 0, end: 0 }))
  }

  #next(): PlannedCommit {
    const dice = this.#dice
    const number = this.#commits.length + 1
    const extents = [...this.extents(number - 1)]
    const batches = Array.from({ length: dice.between(0, 4) }, (): PlannedBatch => {
      const partitionId = dice.between(1, partitionCount)
      const { start, end } = extents[partitionId]!
      const records = dice.between(1, 3)
      const bytes = dice.percent(2)
        ? largeBytes
        : dice.percent(20)
          ? dice.between(10_000, 60_000)
          : dice.between(1, 4_000)
      extents[partitionId] = { start, end: end + records }
      return { partitionId, baseOffset: end, records, valueBytes: Math.ceil(bytes / records), seed: number }
    })
    const partitionId = dice.between(1, partitionCount)
    const { start, end } = extents[partitionId]!
    // What is kept stays small, and pages are used again.
    const isAdvanced = end - start > 60 && dice.percent(30)
    const most = dice.percent(10) ? end : end - 20
    const offset = isAdvanced ? dice.between(start, most) : start
    extents[partitionId] = { start: offset, end }
    return { number, batches, extents, advance: isAdvanced ? { partitionId, offset } : undefined }
  }
}

/** The batch as it is stored. */
export function plannedAppend({ partitionId, baseOffset, records, valueBytes, seed }: PlannedBatch): Append {
  const builder = new BatchBuilder({ bytesMax: Number.POSITIVE_INFINITY })
  for (let record = 0; record < records; record++) {
    const value = Buffer.alloc(valueBytes, `${seed} ${partitionId} ${baseOffset + record};`)
    builder.append(seed, null, value)
  }
  const data = builder.build({ leaderEpoch: 0, baseOffset })
  return { partitionId, baseOffset, lastOffset: baseOffset + records - 1, maxTimestamp: seed, data }
}
