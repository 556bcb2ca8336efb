// dist/: what bin/streamctl.js starts.
import { existsSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { addonPackages, bundle, root } from './bundle.ts'
import { saveCompiled } from './compiled.ts'

const dist = path.join(root, 'dist')
const outdir = `${dist}.new`
rmSync(outdir, { recursive: true, force: true })
await bundle({
  outdir,
  sourcemap: 'linked',
  external: [...addonPackages],
  // Bundled CommonJS packages call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
})

await saveCompiled([process.execPath, path.join(outdir, 'main.js')], outdir)

// At once: whoever starts the program meanwhile finds the one before or this one.
const old = `${dist}.old`
rmSync(old, { recursive: true, force: true })
if (existsSync(dist)) renameSync(dist, old)
renameSync(outdir, dist)
rmSync(old, { recursive: true, force: true })
