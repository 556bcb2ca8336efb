import { Module } from 'node:module'

interface CompilingModule {
  filename: string
  paths: readonly string[]
  exports: unknown
  _compile(source: string, filename: string): void
}

type Import = (specifier: string) => Promise<Readonly<Record<string, unknown>>>

let nativeImport: Import | undefined

/**
 * Imports a module through Node's own loader and its hooks. A module of ours cannot always do that itself: what transforms
 * it (a test runner) puts its own import in place of Node's, and the executable's main script may import built-in modules only.
 */
export function importNatively(url: string): Promise<Readonly<Record<string, unknown>>> {
  if (!nativeImport) {
    const name = 'streamctl-import'
    const loader = new (Module as unknown as new (name: string) => CompilingModule)(name)
    loader.filename = name
    loader.paths = []
    loader._compile('module.exports = specifier => import(specifier)', name)
    nativeImport = loader.exports as Import
  }
  return nativeImport(url)
}
