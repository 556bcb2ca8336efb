import type { Screen } from '../screen.ts'
import { applicationScreen } from './application.ts'
import { applicationsScreen } from './applications.ts'
import { clientsScreen } from './clients.ts'
import { clusterScreen } from './cluster.ts'
import { groupScreen } from './group.ts'
import { groupsScreen } from './groups.ts'
import { helpScreen } from './help.ts'
import { recordScreen } from './record.ts'
import { recordsScreen } from './records.ts'
import { settingsScreen } from './settings.ts'
import { topicScreen } from './topic.ts'
import { topicsScreen } from './topics.ts'
import { transactionsScreen } from './transactions.ts'

/** Every screen, in the order of the help. A new one: a file here, a line below. */
export const screens: readonly Screen[] = [
  topicsScreen,
  topicScreen,
  recordsScreen,
  recordScreen,
  groupsScreen,
  groupScreen,
  applicationsScreen,
  applicationScreen,
  clusterScreen,
  clientsScreen,
  settingsScreen,
  transactionsScreen,
  helpScreen,
]

/** The screen of that name or alias. */
export function screenCalled(name: string): Screen | undefined {
  return screens.find(screen => screen.name === name) ?? screens.find(screen => screen.aliases.includes(name))
}
