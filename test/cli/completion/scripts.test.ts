// Completion in real shells: what a user sees when pressing TAB.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Shell, scripts, shells } from '../../../src/cli/completion/scripts.ts'
import { run, temporaryDirectory } from '../../support/processes.ts'
import { programDirectory, type RunningNode, startNode, streamctl } from '../../support/program.ts'

const missing = new Map(
  shells
    .filter(shell => spawnSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' }).status !== 0)
    .map(shell => [shell, `without ${shell}`] as const),
)

let node: RunningNode
beforeAll(async () => {
  node = await startNode({ data: 'ephemeral' })
  const environment = { STREAMCTL_BROKERS: node.address }
  await streamctl(['topic', 'create', 'web'], { environment })
  await streamctl(['group', 'seek', 'ns:billing', 'web', '--to', 'end', '--execute'], { environment })
})
afterAll(() => node.stop())

// Each prints what the shell would offer behind a line, one a line.
const drivers: Record<Shell, (line: string) => string> = {
  bash: line => `${scripts.bash}
COMP_LINE=${quoted(line)} COMP_POINT=\${#COMP_LINE}
# bash parts words at these signs, and they are words themselves.
read -r -a COMP_WORDS <<< "$(sed -E 's/([:=])/ \\1 /g' <<< "$COMP_LINE")"
if [[ $COMP_LINE == *[' :='] ]]; then COMP_WORDS+=(''); fi
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
compopt() { echo "option \${@: -1}"; }
_streamctl
printf '%s\\n' "\${COMPREPLY[@]}"`,
  // compadd is told what to offer at last.
  zsh: line => `autoload -Uz compinit && compinit -D -u
${scripts.zsh}
_describe() { shift; print -rl -- "\${(@P)1}" }
_files() { print option default }
words=(\${(z)$(print -r -- ${quoted(line)})})
if [[ ${quoted(line)} == *' ' ]]; then words+=(''); fi
CURRENT=\${#words}
_streamctl`,
  fish: line => `${scripts.fish}
complete -C ${quoted(line)}`,
}

function quoted(text: string): string {
  return `'${text}'`
}

async function offered(shell: Shell, line: string): Promise<readonly string[]> {
  const file = path.join(temporaryDirectory(), 'driver')
  writeFileSync(file, `${drivers[shell](line)}\n`)
  const { stdout, stderr } = await run(shell, [file], {
    environment: {
      PATH: `${programDirectory()}:${process.env.PATH}`,
      STREAMCTL_BROKERS: node.address,
      HOME: temporaryDirectory(),
    },
  })
  expect(stderr).toBe('')
  const lines = stdout.toString().split('\n')
  const words = lines.filter(text => text !== '').map(text => text.split('\t')[0] ?? '')
  // zsh has a colon before what is said of a word, and others escaped.
  return shell === 'zsh' ? words.map(word => word.replace(/(?<!\\):.*/, '').replaceAll('\\:', ':')) : words
}

/** What a shell offers behind a line; in bash only what stands behind the last colon or equals sign is replaced. */
const cases: readonly {
  readonly line: string
  readonly offers: readonly string[]
  readonly bash?: readonly string[]
}[] = [
  { line: 'streamctl topic de', offers: ['describe', 'delete'] },
  { line: 'streamctl group lag ns:', offers: ['ns:billing'], bash: ['billing'] },
  { line: 'streamctl topic list --format=y', offers: ['--format=yaml'], bash: ['yaml'] },
]

for (const shell of shells) {
  const reason = missing.get(shell)
  test.skipIf(reason !== undefined)(
    `${shell} completes commands, topics, groups and values${reason ? ` (${reason})` : ''}`,
    async () => {
      const found = await Promise.all(cases.map(({ line }) => offered(shell, line)))
      expect(found.map(words => words.toSorted())).toEqual(
        cases.map(({ offers, bash }) => ((shell === 'bash' && bash) || offers).toSorted()),
      )
    },
  )
}

test.skipIf(missing.has('bash'))('bash is told where files, and where an equals sign follow', async () => {
  expect(await offered('bash', 'streamctl produce web ')).toEqual(['option default'])
  expect(await offered('bash', 'streamctl topic create x -c retention.m')).toEqual(['option nospace', 'retention.ms='])
})

test.skipIf(missing.has('bash'))('a cluster that is not there offers nothing and says nothing', async () => {
  expect(await offered('bash', 'streamctl topic describe -b 127.0.0.1:1 w')).toEqual([])
})
