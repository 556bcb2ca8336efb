import { emptyList, type ListState, listLines, listStatus, listStep, listWith } from '../components/list.ts'
import { currentRow, type TableSpec, tableActions } from '../components/table.ts'
import type { ClientRow } from '../data/clients-source.ts'
import { defineScreen } from '../screen.ts'

const spec: TableSpec<ClientRow> = {
  key: ({ group, memberId }) => `${group} ${memberId}`,
  filterText: ({ clientId, host, group, topics }) => `${clientId} ${host} ${group} ${topics.join(' ')}`,
  columns: [
    { title: 'CLIENT', value: row => row.clientId, width: 18, grows: true },
    { title: 'HOST', value: row => row.host, width: 16 },
    { title: 'GROUP', value: row => row.group, width: 18, rank: 1 },
    {
      title: 'PARTS',
      value: row => row.partitions,
      look: row => (row.partitions === 0 ? 'dim' : 'plain'),
      align: 'right',
      width: 5,
      rank: 2,
    },
    { title: 'READS', value: row => row.topics.join(' '), width: 24, rank: 3 },
  ],
}

/** Who is connected, as far as the Kafka protocol tells: the members of all groups. */
export const clientsScreen = defineScreen<ListState<ClientRow>>({
  name: 'clients',
  aliases: ['connections', 'members'],
  summary: 'clients that are connected as members of groups',
  open: () => emptyList(),
  title: () => 'Clients',
  status: listStatus,
  actions: ['open', 'filter', 'copy', ...tableActions, 'back'],
  sources: () => [{ kind: 'clients' }],
  update: (state, event, context) => {
    if (event.kind === 'data') return { state: listWith(spec, state, event.data as readonly ClientRow[]) }
    const step = listStep(spec, state, event, context)
    if (step) return step
    const row = currentRow(state.table)
    if (event.kind !== 'action' || !row) return { state }
    if (event.action === 'open') return { state, effects: [{ kind: 'open', screen: 'group', argument: row.group }] }
    if (event.action !== 'copy') return { state }
    return {
      state,
      effects: [{ kind: 'copy', text: `${row.clientId} ${row.host} ${row.memberId}`, what: 'the client' }],
    }
  },
  view: (state, context) =>
    listLines(spec, state, context, {
      kind: 'clients',
      whenEmpty: ['no group has members', 'clients without a group cannot be seen by the Kafka protocol'],
    }),
})
