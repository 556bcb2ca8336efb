// npm run simulate -- --seed N [--seeds COUNT] [--steps M] [--canary NAME] [--trace]: a node, its clients and everything that
// may go wrong, as a function of the seed. Ends with 1 when a promise was broken, and says which.
import { parseArgs } from 'node:util'
import { canaries } from './simulate/faults.ts'
import { type SimulationResult, simulate } from './simulate/simulation.ts'

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '20000' },
    canary: { type: 'string' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (options.help) {
  process.stdout.write('simulate --seed N [--seeds COUNT] [--steps M] [--canary NAME] [--trace]\n\ncanaries:\n')
  for (const [name, { doc }] of Object.entries(canaries)) process.stdout.write(`  ${name}: ${doc}\n`)
} else await runAll()

async function runAll(): Promise<void> {
  const first = Number(options.seed)
  const totals = { steps: 0, requests: 0, restarts: 0, broken: 0 }
  for (let seed = first; seed < first + Number(options.seeds); seed++) {
    const result = await simulate({
      seed,
      steps: Number(options.steps),
      canary: options.canary,
      ...(options.trace ? { print: line => process.stdout.write(`${line}\n`) } : {}),
    })
    report(seed, result)
    totals.steps += result.steps
    totals.requests += result.requests
    totals.restarts += result.restarts
    if (result.violation) totals.broken++
  }
  const { steps, requests, restarts, broken } = totals
  process.stdout.write(
    `${options.seeds} seeds, ${steps} steps, ${requests} requests, ${restarts} restarts: ${broken} with a broken promise\n`,
  )
  if (broken > 0) process.exitCode = 1
}

function report(seed: number, result: SimulationResult): void {
  const { violation, steps, requests, restarts, simulatedMs, fingerprint } = result
  const time = `${(simulatedMs / 1000).toFixed(0)} s`
  process.stdout.write(
    `seed ${seed}: ${violation ? 'BROKEN' : 'ok'}, ${steps} steps, ${requests} requests, ${restarts} restarts, ${time} of simulated time, history ${fingerprint}\n`,
  )
  if (!violation) return
  if (!options.trace) for (const line of result.newest) process.stdout.write(`  ${line.slice(0, 240)}\n`)
  process.stdout.write(`  ${violation.message}\n`)
}
