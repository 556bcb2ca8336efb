import type { WriteQueue } from '../storage/write-queue.ts'

/** What waits to be committed when producers are at full speed: some commit groups of small batches. */
const fullBytes = 256 * 1024

/**
 * How busy the disk is with what producers send, from 0 to 1. A few small batches that wait, as on a disk with slow syncs, are
 * not much: who works beside producers should not stand still for them.
 */
export function writeLoad({ pendingBytes }: Pick<WriteQueue, 'pendingBytes'>): number {
  return Math.min(1, pendingBytes / fullBytes)
}
