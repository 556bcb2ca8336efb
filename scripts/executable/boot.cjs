'use strict'
// The executable's main script, and the first script of each of its threads: serves the bundled modules at URLs "inside"
// the executable (file:///usr/bin/streamctl/main.js). No such file can exist on disk, and Node's loaders cope with them.
const { Module, registerHooks } = require('node:module')
const { pathToFileURL } = require('node:url')
const { isMainThread, threadName } = require('node:worker_threads')
const sea = require('node:sea')

const inside = `${pathToFileURL(process.execPath).href}/`
const found = name => ({ url: inside + name, format: 'module', shortCircuit: true })

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith(inside)) return found(specifier.slice(inside.length))
    if (specifier.startsWith('./') && context.parentURL?.startsWith(inside)) return found(specifier.slice(2))
    return next(specifier, context)
  },
  load(url, context, next) {
    if (!url.startsWith(inside)) return next(url, context)
    return { format: 'module', source: sea.getAsset(url.slice(inside.length), 'utf8'), shortCircuit: true }
  },
})

// A module of the ordinary loader: its import() is not limited to built-in modules, as the executable's own main is.
const loader = new Module(process.execPath)
loader.filename = process.execPath
loader.paths = []
loader._compile('module.exports = specifier => import(specifier)', process.execPath)
loader.exports(`${inside}${isMainThread ? 'main' : threadName}.js`).catch(error =>
  setImmediate(() => {
    throw error
  }),
)
