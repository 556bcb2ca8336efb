import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { workerSources } from '../src/base/threads.ts'
import { templateFiles } from '../src/cli/new/template-files.ts'
import { builtinsWithoutImport } from './builtin-modules.ts'

export const root = path.resolve(import.meta.dirname, '..')

/** Addons stay outside the bundle: they are found in node_modules, or inside the executable. */
export const addonPackages = ['better-sqlite3', '@node-rs/crc32', 'snappy', 'lz4-napi'] as const

/** Each is a script of its own: what people start most, and wait for. */
export const commandsInOneFile = ['serve', 'produce', 'consume', 'tail'] as const

/** These threads run scripts, and need most of the program. */
const largeWorkers: readonly string[] = ['run-worker', 'test-worker']

/**
 * Bundles the program and every worker thread into `outdir`. `main.js` is what starts; `program.js` is all of it, in ES modules
 * that commands share; what has to start quickly is whole: threads, and commands as scripts that `main.js` runs, `serve.cjs` for
 * instance.
 */
export async function bundle(options: BuildOptions & { outdir: string }): Promise<void> {
  const workers = Object.entries(workerSources).map(([name, source]) => ({
    in: path.resolve(root, 'src/base', source),
    out: name,
  }))
  const [large, small] = [true, false].map(is => workers.filter(({ out }) => largeWorkers.includes(out) === is))
  const main = path.join(root, 'src/main.ts')
  const start = { in: path.join(root, 'src/start.ts'), out: 'main' }
  await bundleEntries([{ in: main, out: 'program' }, ...large!], { ...options, splitting: true })
  await bundleEntries([start, ...small!], options)
  for (const name of commandsInOneFile) {
    await bundleEntries([{ in: main, out: name }], {
      ...options,
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      banner: {},
      define: { 'import.meta.url': 'importMetaUrl' },
      plugins: [onlyCommand(name), ...(options.plugins ?? [])],
    })
  }
}

async function bundleEntries(
  entryPoints: readonly { in: string; out: string }[],
  options: BuildOptions,
): Promise<void> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const defined = {
    'globalThis.streamctlVersion': JSON.stringify(version),
    'globalThis.commandsInOneFile': JSON.stringify(commandsInOneFile),
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
  }
  await build({
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    jsx: 'automatic',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    ...options,
    define: { ...defined, ...options.define },
    entryPoints: [...entryPoints],
    plugins: [templatesInside(), builtinsWithoutImport(), ...(options.plugins ?? [])],
    external: ['react-devtools-core', ...(options.external ?? [])],
  })
}

/** Leaves out the other commands; `start.ts` takes this file for no other. */
function onlyCommand(name: string): Plugin {
  return {
    name: 'only one command',
    setup(plugins) {
      plugins.onResolve({ filter: /^\.\/[a-z-]+\.ts$/ }, ({ path: module, importer, kind }) =>
        kind === 'dynamic-import' && /commands[\\/]registry\.ts$/.test(importer) && module !== `./${name}.ts`
          ? { path: module, namespace: 'other command' }
          : undefined,
      )
      plugins.onLoad({ filter: /.*/, namespace: 'other command' }, () => ({ contents: 'module.exports = {}' }))
    },
  }
}

/** Puts the texts of the templates in the place of the module that reads them from the source's folder. */
function templatesInside(): Plugin {
  return {
    name: 'templates',
    setup(plugins) {
      plugins.onLoad({ filter: /src[\\/]cli[\\/]new[\\/]template-files\.ts$/ }, () => ({
        loader: 'js',
        contents: `const files = ${JSON.stringify(templateFiles())}\nexport const templateFiles = () => files`,
      }))
    },
  }
}
