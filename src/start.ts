#!/usr/bin/env node
// What the built program begins with: it chooses the file that goes on. The commonest commands are one script each, with what
// V8 compiled of it when it ran at build time. So Node has no thirty modules to find and link before the first line, and V8 no
// function to compile that such a command always calls: Node's own cache has none of those, since it is made before they run.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { getRawAsset, isSea } from 'node:sea'
import { constants, Script } from 'node:vm'
import { commandLine } from './base/command-line.ts'
import { openCompileCache } from './base/compile-cache.ts'
import { unboundNursery } from './base/heap.ts'

declare global {
  /** The commands that are one script; put in by the bundler. */
  var commandsInOneFile: readonly string[]
}

const parameters = '(importMetaUrl, require) => {'

openCompileCache(process.env)
const [command = ''] = commandLine(process)
if (globalThis.commandsInOneFile.includes(command)) runScript(command)
else {
  // Built beside this file, and found at run time only.
  const everything = './program.js'
  await import(everything)
}

function runScript(name: string): void {
  const filename = path.join(import.meta.dirname, `${name}.cjs`)
  const script = new Script(`${parameters}${read(`${name}.cjs`)!.toString('latin1')}\n}`, {
    filename,
    columnOffset: -parameters.length,
    // Of another V8, it is passed over.
    cachedData: read(`${name}.compiled`),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  // The build asks for it (scripts/compiled.ts).
  const directory = process.env.STREAMCTL_SAVE_COMPILED
  if (directory)
    process.on('exit', () => {
      unboundNursery()
      writeFileSync(path.join(directory, `${name}.compiled`), script.createCachedData())
    })
  script.runInThisContext()(import.meta.url, require)
}

/** One of the files beside this one, or inside the executable. */
function read(name: string): Buffer | undefined {
  try {
    return isSea() ? Buffer.from(getRawAsset(name)) : readFileSync(path.join(import.meta.dirname, name))
  } catch {
    return undefined
  }
}
