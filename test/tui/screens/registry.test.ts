import { expect, test } from 'vitest'
import { cellWidth } from '../../../src/tui/cells.ts'
import { screenCalled, screens } from '../../../src/tui/screens/registry.ts'
import type { Source } from '../../../src/tui/source.ts'
import { sources } from '../../../src/tui/sources.ts'
import { after, data, screenOf, someModel, topicRow } from '../some-model.ts'
import {
  applicationPicture,
  clusterPicture,
  groupPicture,
  groupRow,
  nowMs,
  setting,
  strange,
  topicPicture,
  transactionRow,
} from './pictures.ts'

/** Screens by name, with what they are told. */
const told: readonly (readonly [name: string, argument: string, source: Source, picture: unknown])[] = [
  ['topics', '', { kind: 'topics' }, [topicRow(strange), topicRow('web')]],
  ['topic', 'web', { kind: 'topic', topic: 'web' }, topicPicture],
  ['groups', '', { kind: 'groups' }, [groupRow(strange), groupRow('billing', { members: null, lag: null })]],
  ['group', 'billing', { kind: 'group', group: 'billing' }, groupPicture()],
  ['cluster', '', { kind: 'cluster' }, clusterPicture],
  [
    'config',
    'web',
    { kind: 'settings', ownerKind: 'topic', owner: 'web' },
    [setting('retention.ms'), setting(strange)],
  ],
  ['transactions', '', { kind: 'transactions' }, [transactionRow('pay'), transactionRow(strange)]],
  [
    'scripts',
    '',
    { kind: 'applications' },
    [
      {
        ...{ group: strange, state: 'Stable', processes: 1, members: 2, partitions: 6, lag: 7, rate: 5 },
        ...{ history: [1, 7], endpoints: ['127.0.0.1:4000'] },
      },
    ],
  ],
  [
    'clients',
    '',
    { kind: 'clients' },
    [{ clientId: strange, host: '10.0.0.7', group: 'billing', memberId: 'm-1', partitions: 3, topics: ['web'] }],
  ],
  ['application', 'app', { kind: 'application', group: 'app' }, applicationPicture],
]

const sizes = [
  [80, 24],
  [200, 50],
  [120, 30],
  [40, 10],
  [20, 5],
  [3, 2],
] as const

test.each(told)('%s fits every terminal, before and after it is told something', (name, argument, source, picture) => {
  for (const [columns, rows] of sizes) {
    const size = { columns, rows }
    const empty = someModel({ screen: name, argument, nowMs, size })
    const full = after(empty, data(source, picture)).model
    for (const model of [empty, full]) {
      const lines = screenOf(model)
      expect(lines).toHaveLength(rows)
      expect(lines.filter(line => cellWidth(line) > columns)).toEqual([])
      expect(lines.join('')).not.toMatch(/\p{Cc}/u)
    }
  }
})

test.each(told)(
  '%s says what is wrong where it cannot be told anything, and when it is tried again',
  (name, argument, source) => {
    const trouble = { message: 'no broker answers', hint: 'is it running?', retryAtMs: nowMs + 3_000 }
    const model = after(someModel({ screen: name, argument, nowMs }), { kind: 'trouble', source, trouble }).model
    const text = screenOf(model).join('\n')
    expect(text).toContain('no broker answers')
    expect(text).toContain('trying again in 3 s')
  },
)

test('names and aliases are those of one screen each', () => {
  const names = screens.flatMap(({ name, aliases }) => [name, ...aliases])
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  for (const name of names) expect(screenCalled(name)).toBeDefined()
})

test('there is a source for whatever a screen asks for', () => {
  const kinds = told.map(([, , { kind }]) => kind)
  expect(kinds.filter(kind => sources[kind] === undefined)).toEqual([])
})
