import { OperatorError } from '../../src/base/errors.ts'
import { StreamBuilder } from '../../src/streams/topology/stream.ts'
import { TableBuilder } from '../../src/streams/topology/table.ts'
import { joinerOf } from './joins.ts'
import type { Rebuilding } from './rebuilding.ts'
import { joinWindowOf } from './settings.ts'

/** The node that tells what comes out of a topology that was built from words. */
export const resultNode = 'result'

/** What upstream's tests of versioned stores keep: five minutes. */
const historyRetention = '5m'

/** Builds a case that has no topology text out of its operator's words: joins of two inputs, by what their sides are. */
export function buildFromWords(rebuilding: Rebuilding): void {
  const { semantics, builder, functions, topic, graph } = rebuilding
  const match = /^(stream|table)-(stream|table) (inner|left|outer) join/.exec(semantics.operator)
  if (!match) throw new OperatorError(`no topology text, and no way to build "${semantics.operator}" from its words`)
  const [, leftSide, rightSide, kind] = match
  const [leftTopic, rightTopic] = topicsOf(rebuilding)
  const params = semantics.params ?? {}
  const side = (what: string, name: string, versioned: unknown): StreamBuilder | TableBuilder =>
    what === 'stream'
      ? builder.stream(topic(name))
      : builder.table(topic(name), versioned ? { versioned: { historyRetention } } : {})
  const left = side(leftSide!, leftTopic, params.left_table_versioned)
  const right = side(rightSide!, rightTopic, params.right_table_versioned)
  const method = kind === 'inner' ? 'join' : kind === 'left' ? 'leftJoin' : 'outerJoin'
  const joiner = joinerOf(functions)
  let result: StreamBuilder
  if (left instanceof TableBuilder) result = left[method](right as TableBuilder, joiner).toStream()
  else if (right instanceof StreamBuilder) result = left[method](right, joiner, { ...joinWindowOf(semantics) })
  else {
    const grace = params.stream_side_grace_ms
    result = left[method](right, joiner, typeof grace === 'number' ? { grace } : {})
  }
  const to = semantics.steps.flatMap(step => step.out).find(record => record.to !== undefined)?.to
  graph.addProcessor({
    name: resultNode,
    parents: [result.state.name],
    create: () => (key, value, ts) => rebuilding.capture({ ...(to !== undefined && { to }), key, value, ts }),
  })
}

/** The left and the right input: by their names, else in the order in which records come. */
function topicsOf({ semantics }: Rebuilding): [string, string] {
  const topics = [...new Set(semantics.steps.flatMap(step => step.in?.topic ?? []))]
  const left = topics.find(name => /left/i.test(name)) ?? topics[0] ?? 'left'
  const right = topics.find(name => /right/i.test(name)) ?? topics.find(name => name !== left) ?? 'right'
  return [left, right]
}
