#!/usr/bin/env node
// What the built program begins with: it chooses the file that goes on. To find, read and link a module costs half a
// millisecond and more, and before the program is there it would be thirty of them: the commonest commands are a file each.
import { commandLine } from './base/command-line.ts'
import { openCompileCache } from './base/compile-cache.ts'

declare global {
  /** The commands that have a file of their own, `NAME.js`; put in by the bundler. */
  var commandsInOneFile: readonly string[]
}

// Only then the rest, so that it comes out of the cache.
openCompileCache(process.env)
const [command = ''] = commandLine(process)
const specifier = globalThis.commandsInOneFile.includes(command) ? `./${command}.js` : './program.js'
await import(specifier)
