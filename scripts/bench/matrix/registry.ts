import { catchUp } from './catch-up.ts'
import { disk } from './disk.ts'
import { grid } from './grid.ts'
import { latency } from './latency.ts'
import { mixed } from './mixed.ts'
import { peers } from './peers.ts'
import { producers } from './producers.ts'
import type { Question } from './question.ts'
import { slowDisk } from './slow-disk.ts'

export const questions: readonly Question[] = [disk, peers, latency, catchUp, mixed, producers, slowDisk, grid]
