import { readFileSync } from 'node:fs'

/** Processor time of all processors since the machine started, in ticks. Linux only. */
export interface ProcessorTicks {
  readonly all: number
  readonly stolen: number
}

/** What /proc/stat says now. */
export function processorTicks(): ProcessorTicks {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  // user nice system idle iowait irq softirq steal; what guests used is part of user already.
  const ticks = first.split(/\s+/).slice(1, 9).map(Number)
  return { all: ticks.reduce((sum, count) => sum + count, 0), stolen: ticks[7] ?? 0 }
}

/** The share of processor time, 0 to 1, that the host gave to others since `before`. */
export function stolenSince(before: ProcessorTicks): number {
  const now = processorTicks()
  return (now.stolen - before.stolen) / Math.max(1, now.all - before.all)
}
