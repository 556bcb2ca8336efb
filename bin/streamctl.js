#!/usr/bin/env node
// Starts the built program with a Node that can run it: this one if it is new enough, else the one among the packages.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const bundledNode = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))

if (!existsSync(program)) {
  process.stderr.write('streamctl is not built yet\nhint: run `npm run setup` in its directory\n')
  process.exit(2)
}

if (Number.parseInt(process.versions.node, 10) >= 26) await import(program)
else {
  // The other Node sees the program's own name, not the link's.
  const applet = basename(process.argv[1]) === 'kcat' ? ['kcat'] : []
  // With room to start V8 does not clear up before there is anything to see.
  const child = spawn(bundledNode, ['--min-semi-space-size=8', program, ...applet, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  // A terminal sends Ctrl-C to both processes: this one must only wait for the other.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', error => {
    process.stderr.write(`cannot start Node 26: ${error.message}\nhint: run \`npm run setup\`\n`)
    process.exit(2)
  })
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exit(code ?? 1)
  })
}
