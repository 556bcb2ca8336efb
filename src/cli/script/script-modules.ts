import { existsSync } from 'node:fs'
import { type LoadHookContext, type ModuleHooks, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import * as streamctl from '../../streams/script.ts'
import { knowScript } from '../../streams/script-place.ts'
import * as streamctlTest from '../../streams/testing/test-module.ts'

/** What a script imports from this program, by name. */
const ownModules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  streamctl,
  'streamctl/test': streamctlTest,
}

/** Node's own test runner and assertions, for those who have no types of Node at hand. */
const alsoExported: Readonly<Record<string, string>> = {
  'streamctl/test':
    "export { after, afterEach, before, beforeEach, describe, it, test } from 'node:test'\n" +
    "export { default as assert } from 'node:assert/strict'\n",
}

const ownPrefix = 'streamctl-module:'
const shared = Symbol.for('streamctl.modules')

let hooks: ModuleHooks | undefined

/**
 * Lets modules of this thread import `streamctl` and `streamctl/test`, without a package of that name: they get the modules
 * that this program itself runs on. Besides, TypeScript is found and read as its users are used to: every .ts file outside
 * node_modules is an ES module, whatever a package.json near it says, and a relative import may leave out its ending, or name
 * the .js that a compiler would make.
 */
export function offerScriptModules(): void {
  if (hooks) return
  Object.defineProperty(globalThis, shared, { value: ownModules })
  hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier in ownModules) return { url: ownPrefix + specifier, format: 'module', shortCircuit: true }
      const found = resolved(specifier, context.parentURL, name => next(name, context))
      return isOwnTypeScript(found.url) ? { ...found, format: 'module-typescript' } : found
    },
    load(url, context, next) {
      if (url.startsWith(ownPrefix)) {
        return { format: 'module', source: ownSource(url.slice(ownPrefix.length)), shortCircuit: true }
      }
      if (isUsersFile(url)) knowScript(url)
      return next(url, asModule(url, context))
    },
  })
}

/** Names that a script may import from a module of this program; undefined for other modules. */
export function exportsOf(specifier: string): readonly string[] | undefined {
  return Object.hasOwn(ownModules, specifier) ? Object.keys(ownModules[specifier]!) : undefined
}

/** A module that passes on what this thread already has: one instance of everything, however the program was built. */
function ownSource(specifier: string): string {
  const names = Object.keys(ownModules[specifier]!)
  const more = alsoExported[specifier] ?? ''
  const from = `globalThis[Symbol.for('streamctl.modules')][${JSON.stringify(specifier)}]`
  return `${more}const own = ${from}\n${names.map(name => `export const ${name} = own.${name}`).join('\n')}`
}

function resolved<R>(specifier: string, parentUrl: string | undefined, next: (specifier: string) => R): R {
  try {
    return next(specifier)
  } catch (error) {
    const meant = parentUrl && /^\.{1,2}\//.test(specifier) ? meantFile(new URL(specifier, parentUrl)) : undefined
    if (meant === undefined) throw error
    return next(meant)
  }
}

/** The file that is meant by a relative import as other tools take it. */
function meantFile(url: URL): string | undefined {
  if (url.protocol !== 'file:') return undefined
  const { href } = url
  const candidates = /\.[mc]?js$/.test(href)
    ? [href.replace(/js$/, 'ts')]
    : [`${href}.ts`, `${href}.js`, `${href}.mjs`, `${href}/index.ts`, `${href}/index.js`]
  return candidates.find(candidate => existsSync(fileURLToPath(candidate)))
}

function isUsersFile(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/')
}

function isOwnTypeScript(url: string): boolean {
  return isUsersFile(url) && /\.m?ts(\?.*)?$/.test(url)
}

function asModule(url: string, context: LoadHookContext): LoadHookContext {
  return isOwnTypeScript(url) ? { ...context, format: 'module-typescript' } : context
}
