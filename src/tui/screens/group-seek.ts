import type { Effect, Form } from '../screen.ts'
import type { DeleteGroupWork, PlanSeekWork, SeekPlan, SeekWork } from '../works/group-works.ts'

type Values = Readonly<Record<string, string>>

/** Asks where a group shall go on to read. */
export function seekForm(group: string, topics = ''): Form {
  return {
    id: 'seek',
    title: `Move group ${group}: first the plan`,
    fields: [
      {
        name: 'to',
        label: 'To',
        value: '',
        help: 'start, end, start+N, end-N, an offset, @-10m, @2026-11-22T08:00:00Z, +N or -N from where it is',
      },
      {
        name: 'topics',
        label: 'Topics',
        value: topics,
        help: 'TOPIC, TOPIC:0,2-4; empty: all that it has committed for',
      },
    ],
  }
}

/** Works the plan out; what was typed wrong comes back as a message. */
export function planEffect(group: string, values: Values): Effect {
  const to = values.to?.trim() ?? ''
  if (to === '') return { kind: 'formError', field: 'to', message: 'say where to' }
  const work: PlanSeekWork = { kind: 'planSeek', changes: false, group, to, topics: values.topics?.trim() ?? '' }
  return { kind: 'work', work }
}

const movesShown = 12

/** Shows what a seek would change and asks for consent; while there are members nothing can be done, and it says so. */
export function planShown(group: string, { moves, members }: SeekPlan): Effect {
  const changed = moves.filter(({ committed, to }) => committed !== to)
  if (changed.length === 0) return { kind: 'flash', text: 'the group is there already: nothing would change' }
  if (members > 0) {
    const text = `${changed.length} partitions would move, but the group has ${members} members: stop them first`
    return { kind: 'flash', text, look: 'warning' }
  }
  const lines = changed.slice(0, movesShown).map(({ topic, partition, committed, to, remark }) => {
    const by = committed === null ? 'new' : to > committed ? `skips ${to - committed}` : `again ${committed - to}`
    return ` ${topic} [${partition}]  ${committed ?? '-'} → ${to}  ${by}${remark ? ` (${remark})` : ''}`
  })
  const more = changed.length > movesShown ? [` and ${changed.length - movesShown} more`] : []
  const work: SeekWork = { kind: 'seek', changes: true, group, moves: changed }
  const count = `${changed.length} ${changed.length === 1 ? 'partition' : 'partitions'}`
  return {
    kind: 'confirm',
    confirmation: { title: `Move group ${group} in ${count}?`, lines: [...lines, ...more], work },
  }
}

/** Deletes a group once its name was typed. */
export function deleteGroupEffect(group: string, members: number | null): Effect {
  if (members) {
    return { kind: 'flash', text: `group '${group}' has ${members} members: stop them first`, look: 'warning' }
  }
  const work: DeleteGroupWork = { kind: 'deleteGroup', changes: true, group }
  const lines = ['its committed offsets are lost: who joins it again begins anew']
  return { kind: 'confirm', confirmation: { title: `Delete group ${group}?`, lines, word: group, work } }
}
