import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { liveNode } from '../live-node.ts'

const node = liveNode()

test('a request is answered by a command, whose failure is told', async () => {
  const script = 'echo "$STREAMCTL_KEY" >&2; tr a-z A-Z; test "$STREAMCTL_KEY" != bad'
  const replier = node.start(['reply', 'shout', '-c', '2', '--', 'sh', '-c', script])
  await until(() => replier.io.err().includes('answering 1 partition of shout'))
  expect(await node.command(['request', 'shout', 'how are you', '-q'])).toEqual({
    ...{ code: 0, out: 'HOW ARE YOU\n', err: '' },
  })
  const failed = await node.command(['request', 'shout', '-k', 'bad', '--json'], { input: 'x' })
  expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('the answer tells of an error: exit code 1') })
  expect(JSON.parse(failed.out)).toMatchObject({ key: 'bad', value: 'X', topic: 'shout.replies' })
  const many = await Promise.all(Array.from({ length: 8 }, (_, at) => node.ok('request', 'shout', `r${at}`, '-q')))
  expect(many).toEqual(Array.from({ length: 8 }, (_, at) => `R${at}\n`))
  replier.io.signal('SIGINT')
  expect(await replier.finished).toBe(130)
  expect(replier.io.err()).toMatch(/bad\n(?:.*\n)*10 requests answered, 1 of them with an error\n$/)
})

test('a request that nobody answered in time: 4; it is still there for who comes later', async () => {
  const silent = await node.command(['request', 'shout', 'late', '--timeout', '1', '-q'])
  expect(silent).toEqual({
    code: 4,
    out: '',
    err: expect.stringMatching(/^streamctl: no answer from 'shout' in 1 s\n/),
  })
  expect(await node.command(['reply', 'shout', '-n', '1', '--', 'cat'])).toMatchObject({
    code: 0,
    err: expect.stringContaining('1 request answered'),
  })
  expect(await node.ok('consume', 'shout.replies', '-o', '-1', '-e')).toBe('late\n')
})

test('requests with other headers, and without any', async () => {
  await node.command(['produce', 'plain', '-H', 'reply_to=answers', '-H', 'correlation_id=17'], { input: 'a\n' })
  await node.command(['produce', 'plain'], { input: 'b\nc\n' })
  const args = ['reply', 'plain', '--reset', 'start', '--', 'cat']
  const first = await node.command([...args.slice(0, 4), '-n', '2', ...args.slice(4)])
  expect(first).toMatchObject({ code: 0, err: expect.stringContaining('1 request answered, 1 left out') })
  const second = await node.command([...args.slice(0, 4), '-n', '1', '--to', 'answers', ...args.slice(4)])
  expect(second).toMatchObject({ code: 0 })
  expect(await node.ok('consume', 'answers', '-e', '-f', '%v %h{%k=%v}\\n')).toBe('a correlation_id=17\nc \n')
})

test.each<[string, string[], number, RegExp]>([
  [
    'a command that is not there',
    ['reply', 'plain', '-g', 'new', '--reset', 'start', '--', 'no-such'],
    2,
    /cannot run/,
  ],
  ['no command', ['reply', 'plain'], 2, /missing/],
  ['a request to a topic that is not there', ['request', 'nowhere', 'x'], 1, /topic 'nowhere'/],
  ['a request to nobody', ['request', 'x', 'x', '-b', '127.0.0.1:1'], 4, /127\.0\.0\.1:1/],
])('%s: what is wrong, and the exit code', async (_, args, code, message) => {
  if (code === 2 && args.includes('no-such')) {
    await node.command(['produce', 'plain', '-H', 'reply_to=answers'], { input: 'd\n' })
  }
  expect(await node.command(args)).toMatchObject({ code, out: '', err: expect.stringMatching(message) })
})
