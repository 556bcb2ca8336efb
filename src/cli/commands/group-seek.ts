import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { commitForGroup, committedOffsets, describeGroup, isGroupMissing } from '../../client/group-admin.ts'
import { seekPartitions } from '../../client/seek-partitions.ts'
import {
  type PartitionChoice,
  parsePartitionChoice,
  parseSeekTarget,
  partitionKey,
  planSeek,
  type SeekMove,
  type SeekTarget,
} from '../../client/seek-plan.ts'
import { type AdminSession, defineAdminCommand } from '../admin/admin-command.ts'
import { parseOffsetFile } from '../admin/offset-file.ts'

interface SeekOptions {
  readonly to?: string
  readonly toGroup?: string
  readonly toFile?: string
  readonly execute?: boolean
}

export const groupSeekCommand = defineAdminCommand<SeekOptions, [group: string, topics: readonly string[]]>({
  name: 'seek',
  summary: 'move the committed offsets of a group that has no members',
  description:
    'Shows the plan; --execute applies it. Without topics it moves what the group has committed for. Offsets outside of ' +
    'what a partition holds become its start or end.\n\n' +
    'JSON fields: `group`, `topic`, `partition`, `committed`, `to`, `remark`.',
  arguments: [
    { name: '<group>', help: 'its name; one that does not exist yet is made, for the topics that are named' },
    { name: '[topics...]', help: 'only these: TOPIC, TOPIC:0 or TOPIC:0,2,4-6' },
  ],
  options: [
    { flags: '--to <place>', help: 'start, end, start+N, end-N, an offset, @TIME, or +N and -N from where it is' },
    { flags: '--to-group <group>', help: 'to where another group is' },
    {
      flags: '--to-file <file>',
      help: 'to the offsets of a file: TOPIC PARTITION OFFSET, or what group lag --json printed; - is standard input',
    },
    { flags: '--execute', help: 'do it' },
  ],
  examples: [
    { command: 'streamctl group seek billing --to start', does: 'what reading everything again would look like' },
    { command: 'streamctl group seek billing --to @-10m --execute', does: 'the last ten minutes again' },
    {
      command: 'streamctl group seek billing orders:0 --to +1 --execute',
      does: 'pass over one record that cannot be read',
    },
    {
      command: 'streamctl group seek copy --to-group billing --execute',
      does: 'another group begins where billing is',
    },
    { command: 'streamctl group seek billing --to-file offsets --execute', does: 'back to offsets that were saved' },
  ],
  run: async (session, options, group, topics) => {
    const { cluster, report, output } = session
    const target = await readTarget(session, options)
    const choices = topics.map(parsePartitionChoice)
    if (options.execute) await refuseMembers(session, group)
    const committed = await committedOffsets(cluster, group)
    const partitions = await seekPartitions(cluster, { committed, choices: choicesOf(choices, target), target })
    const moves = planSeek(partitions, target)
    if (moves.length === 0) throw nothingToMove(group, topics.length > 0)
    if (options.execute) {
      await commitForGroup(
        cluster,
        group,
        moves.map(({ topic, partition, to }) => ({ topic, partition, offset: to })),
      )
    }
    showMoves(session, group, moves)
    if (!report.isData) {
      output.note(options.execute ? `group '${group}' moved` : 'nothing was changed: add --execute to do it')
    }
    return undefined
  },
})

async function readTarget({ cluster, env, io }: AdminSession, options: SeekOptions): Promise<SeekTarget> {
  const { to, toGroup, toFile } = options
  if ([to, toGroup, toFile].filter(given => given !== undefined).length !== 1) {
    throw new OperatorError('say where to: one of --to, --to-group, --to-file', {
      hint: 'streamctl group seek billing --to start',
    })
  }
  if (to !== undefined) return parseSeekTarget(to, env.clock.now())
  if (toFile !== undefined) {
    const name = toFile === '-' ? 'standard input' : `'${toFile}'`
    const text = toFile === '-' ? await readAll(io.stdin) : await readOffsetFile(toFile)
    return { kind: 'each', offsets: parseOffsetFile(text, name) }
  }
  const other = await committedOffsets(cluster, toGroup!)
  const offsets = new Map(
    [...other].flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, offset]) => [partitionKey({ topic, partition }), offset] as const),
    ),
  )
  if (offsets.size === 0) {
    throw new OperatorError(`group '${toGroup}' has committed nothing`, {
      hint: 'streamctl group list shows what is there',
      exitCode: ExitCode.failure,
    })
  }
  return { kind: 'each', offsets }
}

async function readOffsetFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new OperatorError(`cannot read '${file}': ${(error as Error).message}`, { cause: error })
  }
}

/** Where each partition has an offset of its own, those partitions are meant, whether the group knows them or not. */
function choicesOf(choices: readonly PartitionChoice[], target: SeekTarget): readonly PartitionChoice[] {
  if (choices.length > 0 || target.kind !== 'each') return choices
  const keys = [...target.offsets.keys()].map(key => key.split(':') as [topic: string, partition: string])
  return [...Map.groupBy(keys, ([topic]) => topic)].map(([topic, chosen]) => ({
    topic,
    partitions: chosen.map(([, partition]) => Number(partition)),
  }))
}

/** Members would go on from where they are, and commit over what was moved. */
async function refuseMembers({ cluster }: AdminSession, group: string): Promise<void> {
  try {
    const { members } = await describeGroup(cluster, group)
    if (members.length === 0) return
    const named = members
      .slice(0, 3)
      .map(({ clientId, clientHost }) => `${clientId} at ${clientHost.replace(/^\//, '')}`)
    const more = members.length > 3 ? ` and ${members.length - 3} more` : ''
    throw new OperatorError(`group '${group}' has members: ${named.join(', ')}${more}`, {
      hint: 'stop them first: they would go on from where they are',
      exitCode: ExitCode.failure,
    })
  } catch (error) {
    if (!isGroupMissing(error)) throw error
  }
}

function nothingToMove(group: string, isChosen: boolean): OperatorError {
  return isChosen
    ? new OperatorError(`group '${group}' has committed nothing there to move from`, {
        hint: 'give an absolute place, as start or end',
        exitCode: ExitCode.failure,
      })
    : new OperatorError(`group '${group}' has committed nothing`, {
        hint: 'name the topics it shall read: streamctl group seek GROUP TOPIC --to start',
        exitCode: ExitCode.failure,
      })
}

function showMoves({ report }: AdminSession, group: string, moves: readonly SeekMove[]): void {
  const rows = moves.map(move => ({ group, ...move }))
  report.rows(rows, [
    { title: 'TOPIC', value: row => row.topic },
    { title: 'PARTITION', value: row => row.partition, as: 'number' },
    { title: 'COMMITTED', value: row => row.committed, as: 'number' },
    { title: 'TO', value: row => row.to, as: 'number' },
    { title: 'MOVE', value: row => (row.committed === null ? null : signed(row.to - row.committed)), as: 'number' },
    { title: 'REMARK', value: row => row.remark ?? '' },
  ])
}

function signed(number: number): string {
  return number > 0 ? `+${number}` : String(number)
}
