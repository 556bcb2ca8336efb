import { disk } from './disk.ts'
import { grid } from './grid.ts'
import type { Question } from './question.ts'
import { slowDisk } from './slow-disk.ts'

export const questions: readonly Question[] = [grid, disk, slowDisk]
