import { builtinModules } from 'node:module'
import type { Plugin } from 'esbuild'

/** What Node does not need for itself and takes milliseconds to set up: only once a command uses it. */
const loadedAtUse: ReadonlySet<string> = new Set([
  ...[
    'child_process',
    'crypto',
    'dns/promises',
    'fs/promises',
    'http',
    'https',
    'net',
    'os',
    'perf_hooks',
    'tls',
    'v8',
  ],
  ...['worker_threads', 'zlib'],
])

/**
 * Bundled modules take Node's own ones from `process.getBuiltinModule` instead of by `import`. An import reads every export,
 * and with it loads what only some of them need: of `fs` its promises, of `crypto` all of WebCrypto.
 */
export function builtinsWithoutImport(): Plugin {
  const names = builtinModules.filter(name => !name.startsWith('_'))
  const filter = new RegExp(`^(node:)?(${names.map(name => name.replace(/^node:/, '')).join('|')})$`)
  return {
    name: 'builtins',
    setup(plugins) {
      plugins.onResolve({ filter }, ({ path, kind }) =>
        kind === 'import-statement' ? { path: path.replace(/^node:/, ''), namespace: 'builtin' } : undefined,
      )
      plugins.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
        loader: 'js',
        contents: loadedAtUse.has(path) ? laterModule(path) : moduleAtOnce(path),
      }))
    },
  }
}

/** CommonJS, since the bundler reads its properties only where an importer uses them. */
function laterModule(name: string): string {
  return `let found
    for (const key of ${JSON.stringify(exportsOf(name))})
      Object.defineProperty(exports, key, { enumerable: true, get: () => (found ??= ${getCall(name)})[key] })`
}

/** An ES module; the exports that nobody imports are left out of the bundle. */
function moduleAtOnce(name: string): string {
  const exports = exportsOf(name).map(key => `export const ${key} = /* @__PURE__ */ (() => found.${key})()`)
  return [`const found = ${getCall(name)}`, 'export default found', ...exports].join('\n')
}

/** The modules that exist with their prefix only are asked for by it; the others may be, too. */
function getCall(name: string): string {
  return `process.getBuiltinModule('node:${name}')`
}

function exportsOf(name: string): readonly string[] {
  const found = process.getBuiltinModule(`node:${name}`) ?? {}
  return Object.keys(found).filter(key => key !== 'default' && /^[A-Za-z_$][\w$]*$/.test(key))
}
