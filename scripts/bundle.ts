import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { workerSources } from '../src/base/threads.ts'
import { templateFiles } from '../src/cli/new/template-files.ts'
import { builtinsWithoutImport } from './builtin-modules.ts'

export const root = path.resolve(import.meta.dirname, '..')

/** Addons stay outside the bundle: they are found in node_modules, or inside the executable. */
export const addonPackages = ['better-sqlite3', '@node-rs/crc32', 'snappy', 'lz4-napi'] as const

/** Bundles the program and every worker thread as ES modules with shared chunks into `outdir`. */
export async function bundle(options: BuildOptions & { outdir: string }): Promise<void> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const workers = Object.entries(workerSources).map(([name, source]) => ({
    in: path.resolve(root, 'src/base', source),
    out: name,
  }))
  await build({
    absWorkingDir: root,
    entryPoints: [{ in: path.join(root, 'src/main.ts'), out: 'main' }, ...workers],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    jsx: 'automatic',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    define: {
      'globalThis.streamctlVersion': JSON.stringify(version),
      'process.env.NODE_ENV': '"production"',
      'process.env.DEV': '"false"',
    },
    ...options,
    plugins: [templatesInside(), builtinsWithoutImport(), ...(options.plugins ?? [])],
    external: ['react-devtools-core', ...(options.external ?? [])],
  })
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
