import { readFileSync } from 'node:fs'

/** Processor time since the machine started, in ticks of all processors together. */
export interface ProcessorTimes {
  readonly all: number
  /** What the host of a virtual machine gave to others while this one wanted it. */
  readonly stolen: number
}

/** What Linux says now; elsewhere nothing is known to be stolen. */
export function processorTimes(): ProcessorTimes {
  try {
    const [line] = readFileSync('/proc/stat', 'utf8').split('\n', 1) as [string]
    // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of user and nice.
    const ticks = line.split(/\s+/).slice(1, 9).map(Number)
    return { all: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? 0 }
  } catch {
    return { all: 0, stolen: 0 }
  }
}

/** The share of processor time, 0 to 1, that was stolen between the two. */
export function stolenShare(before: ProcessorTimes, after: ProcessorTimes): number {
  const all = after.all - before.all
  return all > 0 ? (after.stolen - before.stolen) / all : 0
}
