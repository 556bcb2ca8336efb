import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { planReset, reset } from '../../streams/runtime/reset.ts'
import type { Application } from '../../streams/topology/application.ts'
import { agreed } from '../admin/confirm.ts'
import type { CommandContext } from '../command.ts'

/**
 * Shows what a script would forget, asks on a terminal, and lets it begin anew. Answers whether it was done. Throws
 * OperatorErrors while instances run.
 */
export async function resetApplication(
  context: CommandContext,
  cluster: Cluster,
  { application, stateBase, yes }: { application: Application; stateBase: string; yes: boolean },
): Promise<boolean> {
  const { output } = context
  const plan = await planReset(cluster, application, stateBase)
  const { topics, committed, directory } = plan
  const [deletes, reads] = yes ? ['deleting', 'reading'] : ['would delete', 'would read']
  for (const topic of topics) output.note(`${deletes} topic '${topic}'`)
  if (directory !== undefined) output.note(`${deletes} the state in ${directory}`)
  const read = Map.groupBy(committed, ({ topic }) => topic)
  for (const [topic, partitions] of read) {
    const records = partitions.reduce((sum, { offset }) => sum + offset, 0)
    output.note(
      `${reads} topic '${topic}' from its start again: ${partitions.length} partitions, up to ${records} records`,
    )
  }
  if (topics.length + committed.length === 0 && directory === undefined) {
    output.note(`${application.name} has nothing to forget`)
    return true
  }
  output.note('what it has written to other topics stays there')
  if (!yes && context.io.stdin.isTTY !== true) {
    throw new OperatorError('a reset cannot be undone, and there is no terminal to ask at', { hint: 'add --yes' })
  }
  if (!(await agreed(context, `Let ${application.name} begin anew?`, { yes }))) return false
  await reset(cluster, application, { plan, stateBase })
  output.note(`${application.name} begins anew`)
  return true
}
