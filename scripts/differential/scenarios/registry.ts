import type { Scenario } from '../scenario.ts'
import { administration } from './administration.ts'
import { groups } from './groups.ts'
import { markers } from './markers.ts'
import { records } from './records.ts'
import { topics } from './topics.ts'
import { fencing, transactionsOne, transactionsTwo } from './transactions.ts'
import { versions } from './versions.ts'

/** Every conversation. A new one: a file here, a line below. */
export const scenarios: readonly Scenario[] = [
  versions,
  topics,
  records,
  groups,
  transactionsOne,
  transactionsTwo,
  fencing,
  markers,
  administration,
]
