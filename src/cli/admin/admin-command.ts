import type { Cluster } from '../../client/cluster.ts'
import { type CommandContext, type CommandSpec, defineCommand } from '../command.ts'
import { type BrokerOptions, brokerOptions, openCluster, quietOption } from '../options.ts'
import { type FormatOptions, formatOptions, Report } from '../table/report.ts'

/** What a command that administers a cluster works with. */
export interface AdminSession extends CommandContext {
  readonly cluster: Cluster
  readonly report: Report
}

interface AdminOptions extends BrokerOptions, FormatOptions {
  readonly quiet?: boolean
}

/** Defines a command that asks or changes a cluster: it gets the options that all of them have, a client and a report. */
export function defineAdminCommand<Options extends object, Arguments extends readonly unknown[]>(
  spec: Omit<CommandSpec, 'run' | 'subcommands'> & {
    readonly run: (session: AdminSession, options: Options, ...given: Arguments) => Promise<number | undefined>
  },
): CommandSpec {
  return defineCommand<AdminOptions & Options, Arguments>({
    ...spec,
    options: [...(spec.options ?? []), ...brokerOptions, ...formatOptions, quietOption],
    run: async (context, options, ...given) => {
      if (options.quiet) context.output.quiet()
      const report = new Report(context.output, options)
      const cluster = openCluster(context, options)
      try {
        return await spec.run({ ...context, cluster, report }, options, ...given)
      } finally {
        cluster.close()
      }
    },
  })
}
