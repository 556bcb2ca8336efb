import { expect, test } from 'vitest'
import { alterEffect, createEffect } from '../../../src/tui/screens/topic-forms.ts'

test('a new topic: what is left empty is the default of the cluster', () => {
  expect(createEffect({ name: ' web ', partitions: '', replicas: '', settings: '' })).toEqual({
    kind: 'work',
    work: { kind: 'createTopic', changes: true, name: 'web', partitions: undefined, replicas: undefined, settings: [] },
  })
  expect(createEffect({ name: 'web', partitions: '3', settings: 'a=1\n b = x=y ' })).toMatchObject({
    work: {
      partitions: 3,
      settings: [
        ['a', '1'],
        ['b', 'x=y'],
      ],
    },
  })
})

test.each([
  [{ name: '' }, 'name'],
  [{ name: 'web', partitions: '0' }, 'partitions'],
  [{ name: 'web', partitions: 'many' }, 'partitions'],
  [{ name: 'web', replicas: '-1' }, 'replicas'],
  [{ name: 'web', settings: 'retention.ms' }, 'settings'],
])('%j is wrong at %s', (values, field) => {
  expect(createEffect(values)).toMatchObject({ kind: 'formError', field })
})

const facts = {
  name: 'web',
  partitions: 3,
  settings: [
    ['retention.ms', '1'],
    ['cleanup.policy', 'compact'],
  ] as const,
}

test('altering changes what differs, and takes back what was deleted', () => {
  expect(alterEffect(facts, { partitions: '3', settings: 'retention.ms=2\nsegment.ms=5' })).toMatchObject({
    work: {
      partitions: undefined,
      settingChanges: [
        { name: 'retention.ms', operation: 'set', value: '2' },
        { name: 'segment.ms', operation: 'set', value: '5' },
        { name: 'cleanup.policy', operation: 'unset', value: null },
      ],
    },
  })
  expect(alterEffect(facts, { partitions: '5', settings: 'retention.ms=1\ncleanup.policy=compact' })).toMatchObject({
    work: { partitions: 5, settingChanges: [] },
  })
})

test('nothing is done where nothing was changed, and partitions cannot be taken away', () => {
  const same = 'retention.ms=1\ncleanup.policy=compact'
  expect(alterEffect(facts, { partitions: '3', settings: same })).toMatchObject({ kind: 'flash' })
  expect(alterEffect(facts, { partitions: '2', settings: same })).toMatchObject({ field: 'partitions' })
})
