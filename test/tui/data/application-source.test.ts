import { expect, test } from 'vitest'
import { pictureOf } from '../../../src/tui/data/application-source.ts'

const store = { name: 'counts', kind: 'window', changelog: 'app-counts-changelog', partitions: 2 }
const task = { task: '0_0', state: 'running', partition: 0, thread: 0, lag: 5, restored: 1, recordsPerSecond: 9 }

test('what the processes say is put together; one that says nothing is named with its reason', () => {
  const answer = { state: 'running', threads: 2, picture: 'a\n└─ b\n', stores: [store], tasks: [task] }
  const asked = [
    { endpoint: 'a:1', host: '10.0.0.1', answer, failure: null },
    { endpoint: 'b:1', host: '10.0.0.2', answer: { ...answer, picture: '' }, failure: null },
    { endpoint: 'c:1', host: '10.0.0.3', answer: null, failure: 'gone' },
  ]
  const picture = pictureOf('Stable', asked, [])
  expect(picture.picture).toEqual(['a', '└─ b'])
  expect(picture.stores).toEqual([store])
  expect(picture.tasks.map(({ endpoint }) => endpoint)).toEqual(['a:1', 'b:1'])
  expect(picture.instances.map(({ state, failure }) => [state, failure])).toEqual([
    ['running', null],
    ['running', null],
    ['-', 'gone'],
  ])
})

test('a process of another version may leave out anything', () => {
  const picture = pictureOf('Stable', [{ endpoint: 'a:1', host: 'h', answer: {}, failure: null }], [])
  expect(picture).toMatchObject({ tasks: [], stores: [], instances: [{ state: '-', threads: 0, rate: null }] })
})
