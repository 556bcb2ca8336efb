/** So many commits count for the latency that is shown. */
const latenciesKept = 256

/** What a thread counts of itself, since its start. */
export class ThreadMeter {
  records = 0
  commits = 0
  committedMs = 0
  /** Of the last commits. */
  readonly latenciesMs: number[] = []
  readonly droppedBy = new Map<string, number>()
  deadLetters = 0

  committed(milliseconds: number): void {
    this.commits++
    this.committedMs += milliseconds
    this.latenciesMs.push(milliseconds)
    if (this.latenciesMs.length > latenciesKept) this.latenciesMs.shift()
  }

  /** A record was left out, by an operator or because it is invalid. */
  dropped(node: string, reason: string): void {
    const key = `${node}\0${reason}`
    this.droppedBy.set(key, (this.droppedBy.get(key) ?? 0) + 1)
  }

  deadLettered(): void {
    this.deadLetters++
  }
}

/** The latency that this share of commits does not exceed; undefined without commits. */
export function percentile(latenciesMs: readonly number[], share: number): number | undefined {
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}
