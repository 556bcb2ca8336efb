// dist/: what bin/streamctl.js starts.
import { rmSync } from 'node:fs'
import path from 'node:path'
import { addonPackages, bundle, root } from './bundle.ts'

const outdir = path.join(root, 'dist')
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
