import { Command, CommanderError, Option } from 'commander'
import { AssertionError, ExitCode, OperatorError } from '../base/errors.ts'
import type { CommandContext, CommandSpec, Invocation, OptionSpec, ProgramIo } from './command.ts'
import { commandsFor } from './commands/registry.ts'
import { Output } from './output.ts'
import { prepareLayers } from './profile/load-layers.ts'
import { meantCommand } from './suggestion.ts'

/** What a shell shows for a program that Ctrl-C ended: 128 + SIGINT. */
const interruptedExitCode = 130
const terminatedExitCode = 143

/** Runs a command line (without the program's name) and answers the exit code. Never throws, never exits. */
export async function run(argv: readonly string[], io: ProgramIo, known?: readonly CommandSpec[]): Promise<number> {
  const specs = known ?? (await commandsFor(argv))
  const abort = new AbortController()
  const output = new Output(io, () => abort.abort())
  const interruption = watchSignals(io, abort)
  const release = keepAlive()
  try {
    const { exitCode, endsBySignal } = await Promise.race([
      execute(argv, { env: io.env, io, output, signal: abort.signal, commands: specs }, specs),
      interruption.again.then(code => ({ exitCode: code, endsBySignal: false })),
    ])
    await output.flush()
    if (exitCode !== ExitCode.ok) return exitCode
    return output.closedCode ?? (endsBySignal ? exitCode : (interruption.exitCode() ?? exitCode))
  } catch (error) {
    if (output.isClosed || interruption.exitCode() !== undefined)
      return output.closedCode ?? interruption.exitCode() ?? 1
    const exitCode = report(error, output, io)
    return failureCode(argv, specs) ?? exitCode
  } finally {
    output.clearProgress()
    interruption.stop()
    release()
  }
}

interface Outcome {
  readonly exitCode: number
  readonly endsBySignal: boolean
}

async function execute(
  argv: readonly string[],
  context: CommandContext,
  specs: readonly CommandSpec[],
): Promise<Outcome> {
  let outcome: Outcome = { exitCode: ExitCode.ok, endsBySignal: false }
  const raw = specs.find(({ name, takesRawArguments }) => takesRawArguments && name === argv[0])
  if (raw?.run) {
    const exitCode = (await raw.run(context, { arguments: [argv.slice(1)], options: {} })) ?? ExitCode.ok
    return { exitCode, endsBySignal: false }
  }
  const program = new Command('streamctl')
  configure(program, context)
  program
    .description('A durable streaming node that speaks the Apache Kafka protocol, and the commands to use it with.')
    .addCommand(helpCommand(program, context), { hidden: true })
  if (context.io.version) program.version(context.io.version, '-V, --version', 'show the version')
  program.addHelpText('after', '\nstreamctl help COMMAND shows the options of a command, with examples.')
  for (const spec of specs) {
    program.addCommand(
      build(spec, context, ended => (outcome = ended)),
      { hidden: spec.hidden },
    )
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help and version were asked for; everything else that commander throws is a command line it cannot read.
    const exitCode = error.exitCode === 0 ? ExitCode.ok : (failureCode(argv, specs) ?? ExitCode.usage)
    return { exitCode, endsBySignal: false }
  }
  return outcome
}

/** What the command that is meant wants to end with when it fails, if it does not want the usual codes. */
function failureCode(argv: readonly string[], specs: readonly CommandSpec[]): number | undefined {
  return specs.find(({ name }) => name === argv[0])?.failureCode
}

function build(spec: CommandSpec, context: CommandContext, finish: (outcome: Outcome) => void): Command {
  const command = new Command(spec.name).summary(spec.summary)
  // Only empty lines part paragraphs: commander breaks lines where the terminal ends.
  const paragraphs = (spec.description ?? '').replace(/(\S)\n(?=\S)/g, '$1 ')
  const summary = `${spec.summary.charAt(0).toUpperCase()}${spec.summary.slice(1)}.`
  command.description([summary, paragraphs].filter(Boolean).join('\n\n'))
  configure(command, context)
  for (const argument of spec.arguments ?? []) command.argument(argument.name, argument.help)
  for (const option of spec.options ?? []) command.addOption(buildOption(option))
  if (spec.examples) command.addHelpText('after', examplesText(spec))
  for (const subcommand of spec.subcommands ?? []) command.addCommand(build(subcommand, context, finish))
  const { run: action } = spec
  if (!action) return command
  return command.action(async () => {
    const invocation: Invocation = { arguments: command.processedArgs, options: optionsOf(command, spec, context) }
    await prepareLayers(context.io)
    const exitCode = (await action(context, invocation)) ?? ExitCode.ok
    finish({ exitCode, endsBySignal: spec.endsBySignal ?? false })
  })
}

/** `help topic create`, as deep as commands go. */
function helpCommand(program: Command, context: CommandContext): Command {
  const help = new Command('help').argument('[command...]').summary('show help for a command')
  configure(help, context)
  return help.action((names: readonly string[]) => {
    let command = program
    for (const [at, name] of names.entries()) {
      const next = command.commands.find(other => other.name() === name)
      command = next ?? help.error(`unknown command '${names.slice(0, at + 1).join(' ')}'`)
    }
    command.outputHelp()
  })
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}

function configure(command: Command, { io, output, commands }: CommandContext): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureHelp({ helpWidth: io.stdout.columns ?? 100, styleTitle: title => output.colour.bold(title) })
    .configureOutput({
      writeOut: text => output.write(text),
      writeErr: text => output.note(text.trimEnd()),
      outputError: text => {
        const [message = '', suggestion] = text
          .replace(/^error: /, '')
          .trimEnd()
          .split('\n')
        const meant = suggestCommand(message, command, commands) ?? suggestion?.replace(/^\(Did (.*)\)$/, 'did $1')
        output.failure(message, meant ?? `${pathOf(command)} --help`)
      },
    })
}

/** What a command that does not exist was meant to be. */
function suggestCommand(message: string, command: Command, commands: readonly CommandSpec[]): string | undefined {
  const typed = /^unknown command '(?<typed>.*)'$/.exec(message)?.groups?.typed?.split(' ')
  const word = typed?.at(-1)
  if (word === undefined) return undefined
  const path = pathOf(command).split(' ').slice(1)
  const meant = meantCommand(word, path[0] === 'help' ? typed?.slice(0, -1) : path, commands)
  return meant && `did you mean ${meant}?`
}

function buildOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.help)
  if (spec.choices) option.choices([...spec.choices])
  else if (spec.repeatable)
    option.argParser((text: string, before: readonly unknown[] = []) => [...before, read(spec, text)])
  else if (spec.parse) option.argParser(text => read(spec, text))
  if (spec.default !== undefined) option.default(spec.default, spec.defaultText)
  // Named in the help only: commander would read the real process's environment.
  if (spec.variable) option.description += ` (or ${spec.variable})`
  return spec.hidden ? option.hideHelp() : option
}

function optionsOf(command: Command, spec: CommandSpec, { io }: CommandContext): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = { ...command.opts() }
  for (const option of spec.options ?? []) {
    const text = option.variable === undefined ? undefined : io.variables[option.variable]
    const name = new Option(option.flags).attributeName()
    if (text && command.getOptionValueSource(name) !== 'cli') options[name] = option.parse ? option.parse(text) : text
  }
  return options
}

function read(spec: OptionSpec, text: string): unknown {
  return spec.parse ? spec.parse(text) : text
}

function examplesText({ examples = [] }: CommandSpec): string {
  const lines = examples.map(({ command, does }) => `  # ${does}\n  ${command}`)
  return `\nExamples:\n${lines.join('\n')}`
}

interface Interruption {
  /** Of the first signal, if there was one. */
  exitCode(): number | undefined
  /** Resolves at the second signal: the user does not want to wait. */
  readonly again: Promise<number>
  stop(): void
}

function watchSignals(io: ProgramIo, abort: AbortController): Interruption {
  let exitCode: number | undefined
  const { promise: again, resolve } = Promise.withResolvers<number>()
  const onSignal = (code: number) => (): void => {
    if (exitCode !== undefined) resolve(exitCode)
    exitCode ??= code
    abort.abort()
  }
  const stops = [
    io.onSignal('SIGINT', onSignal(interruptedExitCode)),
    io.onSignal('SIGTERM', onSignal(terminatedExitCode)),
  ]
  return { exitCode: () => exitCode, again, stop: () => stops.forEach(stop => void stop()) }
}

/**
 * Keeps the event loop alive until released: timers of `Env` do not, and a command that only waits to connect again has
 * nothing else.
 */
function keepAlive(): () => void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {}
  return () => {
    port1.close()
    port2.close()
  }
}

function report(error: unknown, output: Output, io: ProgramIo): number {
  if (error instanceof OperatorError) {
    output.failure(error.message, error.hint)
    return error.exitCode
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const showsStack = error instanceof AssertionError || Boolean(io.variables.STREAMCTL_DEBUG)
  output.failure(
    `internal error: ${showsStack ? stack : message}`,
    showsStack ? undefined : 'STREAMCTL_DEBUG=1 shows where',
  )
  return ExitCode.internal
}
