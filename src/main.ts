// The composition root: the real process handed to the program, its exit code handed back.
import { commandLine } from './base/command-line.ts'
import { openCompileCache } from './base/compile-cache.ts'
import { ExitCode } from './base/errors.ts'
import { logLevel, standardErrorLog, systemEnv } from './base/system-env.ts'
import type { ProgramIo } from './cli/command.ts'
import { placePicture, scriptPlace } from './streams/script-place.ts'

declare global {
  /** Put in by the bundler. */
  var streamctlVersion: string | undefined
}

/** What must be put right before the program ends in a crash: a terminal that a screen has taken. */
const restores = new Set<() => void>()

const io: ProgramIo = {
  env: systemEnv({ log: standardErrorLog(logLevel(process.env.STREAMCTL_LOG)) }),
  // Node opens it, with the modules that this takes, for whoever looks: most commands do not.
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  variables: process.env,
  directory: process.cwd(),
  version: globalThis.streamctlVersion ?? 'unbuilt',
  onSignal(name, handler) {
    process.on(name, handler)
    return () => process.off(name, handler)
  },
  onCrash(restore) {
    restores.add(restore)
    return () => restores.delete(restore)
  },
}

// Nothing may go on after an error that nobody caught: memory may be in any state. A restart recovers.
process.on('uncaughtException', error => {
  const place = scriptPlace(error)
  if (place) {
    // Not ours: an async callback of a script, or what it does on its own.
    const { file, line, column } = place
    process.stderr.write(`streamctl: ${file}:${line}:${column}: ${error}\n${placePicture(place)}\n`)
    process.stderr.write(
      '  hint: nothing waits for what callbacks promise: an async one must catch its errors itself\n',
    )
    process.exit(ExitCode.failure)
  }
  for (const restore of restores) restore()
  process.stderr.write(`internal error: ${error.stack ?? error}\n`)
  process.exit(ExitCode.internal)
})

// What Node has to say about its own features is for who works on this program, and would stand in the middle of a screen.
process.removeAllListeners('warning')
process.on('warning', ({ name, message }) => io.env.log.debug(`${name}: ${message}`))

// Only now, so that these modules come out of the cache, too.
openCompileCache(process.env)
void import('./cli/program.ts').then(async ({ run }) => {
  const exitCode = await run(commandLine(process), io)
  // A node leaves sockets and threads behind that have nothing more to say.
  process.exit(exitCode)
})
