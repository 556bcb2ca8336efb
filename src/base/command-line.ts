import path from 'node:path'

/** What the process was asked to do. Under the name kcat it is kcat: by a link to the executable, or to the script. */
export function commandLine({ argv0, argv }: { readonly argv0: string; readonly argv: readonly string[] }): string[] {
  const called = path.basename(argv0) === 'kcat' ? argv0 : (argv[1] ?? '')
  const applet = path.basename(called) === 'kcat' ? ['kcat'] : []
  return [...applet, ...argv.slice(2)]
}
