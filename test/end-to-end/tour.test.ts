// The tour of the README, typed as it stands there.
import { readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/processes.ts'
import { programDirectory, shell } from '../support/program.ts'

const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')

interface Step {
  readonly commands: string
  /** What the README shows as its output; undefined if it shows nothing. */
  readonly output: string | undefined
}

function steps(): Step[] {
  const tour = readme.split('<!-- tour -->')[1]?.split('<!-- /tour -->')[0] ?? ''
  const blocks = [...tour.matchAll(/^```(sh|text)\n(.*?)^```$/gms)].map(([, kind, text]) => ({
    kind,
    text: text ?? '',
  }))
  return blocks.flatMap(({ kind, text }, i) => {
    if (kind !== 'sh') return []
    const next = blocks[i + 1]
    return [{ commands: text, output: next?.kind === 'text' ? next.text : undefined }]
  })
}

/** `...` stands for anything within its line, and for any lines where it is alone. */
function pattern(output: string): RegExp {
  const lines = output
    .split('\n')
    .slice(0, -1)
    .map(line => {
      if (line === '...') return '(?:.*\n)*'
      return `${line
        .split('...')
        .map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}\n`
    })
  return new RegExp(`^${lines.join('')}$`)
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

test('every command of the tour does what the README says', async () => {
  const tour = steps()
  expect(tour.length).toBeGreaterThan(3)
  const directory = temporaryDirectory()
  const port = await freePort()
  // The port of the README may be in use on this machine: `serve` listens on another, and the commands find it there.
  const program = path.join(programDirectory(), 'streamctl')
  const wrapper = `#!/bin/sh
if [ "$1" = serve ]; then shift; set -- serve --listen 127.0.0.1:${port} "$@"; fi
exec '${program}' "$@"
`
  writeFileSync(path.join(directory, 'streamctl'), wrapper, { mode: 0o755 })
  const script = tour.map(({ commands }, i) => `{\n${commands}\n} > step-${i}.out 2> step-${i}.err`).join('\n')
  // bash reports each command that fails; waiting for a process that was killed reports how it ended.
  const trap = `trap 'code=$?; [[ $BASH_COMMAND == wait* ]] || echo "$code $BASH_COMMAND" >> failures' ERR`
  const { stderr } = await shell(`set +e +o pipefail -E\n: > failures\n${trap}\n${script}`, {
    directory,
    environment: { STREAMCTL_BROKERS: `127.0.0.1:${port}`, PATH: `${directory}:${process.env.PATH}` },
  })
  const read = (name: string): string =>
    readFileSync(path.join(directory, name), 'utf8').replaceAll(`:${port}`, ':9092')
  expect({ failures: read('failures'), stderr }).toEqual({ failures: '', stderr: '' })
  for (const [i, { commands, output }] of tour.entries())
    if (output !== undefined) expect(read(`step-${i}.out`), `output of:\n${commands}`).toMatch(pattern(output))
})
