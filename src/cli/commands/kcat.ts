import { OperatorError } from '../../base/errors.ts'
import type { CommandContext, CommandSpec } from '../command.ts'
import { consumeKcat } from '../kcat/kcat-consume.ts'
import { failureWord, KcatError } from '../kcat/kcat-error.ts'
import { consumeAsGroup } from '../kcat/kcat-group.ts'
import { listMetadata, queryOffsets } from '../kcat/kcat-metadata.ts'
import { type KcatOptions, parseKcat } from '../kcat/kcat-options.ts'
import { produceKcat } from '../kcat/kcat-produce.ts'
import { kcatVoice } from '../kcat/kcat-say.ts'
import { kcatSettings, knownProperties } from '../kcat/kcat-settings.ts'
import { kcatUsage, kcatVersion } from '../kcat/kcat-usage.ts'
import { openCluster } from '../options.ts'

export const kcatCommand: CommandSpec = {
  name: 'kcat',
  summary: "kcat's own command line: -P, -C, -L, -Q, -G with its options and its output",
  description:
    'For scripts that use kcat: `streamctl kcat …`, or this executable under the name kcat. `kcat -h` lists the options.',
  arguments: [{ name: '[options...]', help: "kcat's" }],
  takesRawArguments: true,
  examples: [
    { command: 'streamctl kcat -b 127.0.0.1:9092 -L', does: 'brokers, topics and partitions' },
    { command: "streamctl kcat -b 127.0.0.1:9092 -C -t web -e -f '%k %s\\n'", does: 'key and value of all records' },
  ],
  run: (context, { arguments: [argv] }) => kcat(context, argv as readonly string[]),
}

async function kcat(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { output } = context
  try {
    const options = parseKcat(argv)
    return options.asks ? answer(context, options) : await work(context, options)
  } catch (error) {
    if (error instanceof KcatError && error.kind === 'usage') {
      output.note(`Error: ${error.message}\n\n${kcatUsage}`)
    } else if (error instanceof KcatError) {
      output.note(`% ${error.kind === 'plain' ? '' : 'ERROR: '}${error.message}`)
    } else if (error instanceof OperatorError) {
      output.note(`% ERROR: ${failureWord(error)}`)
    } else throw error
    return 1
  }
}

function answer({ output, io }: CommandContext, options: KcatOptions): number {
  if (options.asks === 'help') output.write(`${kcatUsage}\n`)
  else if (options.asks === 'version') output.write(`${kcatVersion(io.version)}\n`)
  else if (options.asks === 'properties') output.write(`${knownProperties().join('\n')}\n`)
  else output.write(`${options.properties.map(([name, value]) => `${name} = ${value}`).join('\n')}\n`)
  return 0
}

async function work(context: CommandContext, options: KcatOptions): Promise<number> {
  const { io, output } = context
  const settings = kcatSettings(options, io.variables)
  const voice = kcatVoice(context, options)
  const hasBrokers = options.brokers !== undefined || settings.hasBrokers
  if (!hasBrokers) throw new KcatError('usage', '-b <broker,..> missing')
  const mode = options.mode ?? (io.stdin.isTTY ? 'C' : 'P')
  if (!options.mode) {
    voice.info(1, `Auto-selecting ${mode === 'C' ? 'Consumer' : 'Producer'} mode (use -P or -C to override)`)
  }
  if ((mode === 'C' || mode === 'P') && options.topic === undefined) throw new KcatError('usage', '-t <topic> missing')
  if (mode === 'Q' && options.queries.length === 0) {
    throw new KcatError('usage', '-t <topic>:<partition>:<offset_or_timestamp> missing')
  }
  if (options.operands.length > 0 && mode !== 'P' && mode !== 'G') {
    throw new KcatError('usage', 'file/topic list only allowed in producer(-P)/kafkaconsumer(-G) mode')
  }
  if (mode === 'P' && options.lines && options.operands.length > 1) {
    throw new KcatError('fatal', 'Only one file allowed for line mode (-l)')
  }
  if (mode === 'G' && (options.startMs || options.stopMs)) {
    throw new KcatError('fatal', "-o ..@ timestamps can't be used with -G mode")
  }
  const cluster = openCluster(context, settings.broker)
  const input = { options, settings, voice }
  try {
    switch (mode) {
      case 'C':
        await consumeKcat(context, cluster, input)
        return 0
      case 'G':
        await consumeAsGroup(context, cluster, input)
        return 0
      case 'P':
        return await produceKcat(context, cluster, input)
      case 'L':
        await listMetadata(cluster, output, options)
        return 0
      case 'Q':
        await queryOffsets(cluster, output, options)
        return 0
    }
  } finally {
    cluster.close()
  }
}
