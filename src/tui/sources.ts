import { applicationSource } from './data/application-source.ts'
import { applicationsSource } from './data/applications-source.ts'
import { clientsSource } from './data/clients-source.ts'
import { clusterSource } from './data/cluster-source.ts'
import { groupSource } from './data/group-source.ts'
import { groupsSource } from './data/groups-source.ts'
import { recordsSource } from './data/records-source.ts'
import { settingsSource } from './data/settings-source.ts'
import { tailSource } from './data/tail-source.ts'
import { topicSource } from './data/topic-source.ts'
import { topicsSource } from './data/topics-source.ts'
import { transactionsSource } from './data/transactions-source.ts'
import { recordSource } from './data/whole-record.ts'
import type { RunSource } from './source.ts'

/** What screens can ask for, by kind. A new one: a function, a line here. */
export const sources: Readonly<Record<string, RunSource>> = {
  topics: topicsSource,
  topic: topicSource,
  records: recordsSource,
  tail: tailSource,
  record: recordSource,
  groups: groupsSource,
  group: groupSource,
  applications: applicationsSource,
  application: applicationSource,
  cluster: clusterSource,
  clients: clientsSource,
  settings: settingsSource,
  transactions: transactionsSource,
}
