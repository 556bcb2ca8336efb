import { markdownTable, median } from '../bench/table.ts'
import type { Run } from './measure.ts'

type Found = ReadonlyMap<string, readonly Run[]>

/** What is asked, events or records a second. */
const goals: Readonly<Record<string, number>> = {
  q0: 100_000,
  count: 80_000,
  join: 30_000,
  session: 20_000,
  restore: 200_000,
}
const ratioAsked = 0.6
const intervalCostMax = 0.1
const p99MaxMs = 150

/** Everything that was measured, as tables: a cell is the median of the runs, the goal in brackets. */
export function resultTables(found: Found): string {
  return [throughput(found), interval(found), latency(found), memory(found)].filter(table => table !== '').join('\n\n')
}

function throughput(found: Found): string {
  const rows = [...found]
    .filter(([name]) => name === 'raw' || name in goals)
    .map(([name, runs]) => [
      name === 'raw' ? 'raw: a client by hand' : name,
      goals[name] ? `${whole(runs, 'perSecond')} (>= ${goals[name]})` : whole(runs, 'perSecond'),
      ratioToRaw(found, name),
      middle(runs, 'cpuSeconds').toFixed(1),
      middle(runs, 'nodeCpuSeconds').toFixed(1),
      middle(runs, 'commitMs').toFixed(1),
      (middle(runs, 'peakBytes') / 2 ** 20).toFixed(0),
      stolenText(runs),
    ])
  const per = ['CPU s per million', 'of the node']
  return table(['exactly-once', 'events/s', 'of raw', ...per, 'commit ms', 'peak MiB', 'stolen %'], rows)
}

function ratioToRaw(found: Found, name: string): string {
  const raw = found.get('raw')
  if (!raw || name !== 'q0') return '-'
  const ratio = middle(found.get(name)!, 'perSecond') / middle(raw, 'perSecond')
  return `${ratio.toFixed(2)} (>= ${ratioAsked})`
}

function interval(found: Found): string {
  const rows = ['q0', 'count'].flatMap(name => {
    const [short, long] = [found.get(`${name} every 100 ms`), found.get(`${name} every 1000 ms`)]
    if (!short || !long) return []
    const cost = 1 - middle(short, 'perSecond') / middle(long, 'perSecond')
    const stolen = stolenText([...short, ...long])
    const costText = `${(cost * 100).toFixed(0)} % (<= ${intervalCostMax * 100} %)`
    return [[name, whole(short, 'perSecond'), whole(long, 'perSecond'), costText, stolen]]
  })
  return table(['commits', 'events/s, every 100 ms', 'every 1000 ms', 'cost', 'stolen %'], rows)
}

function latency(found: Found): string {
  const rows = [...found].flatMap(([name, runs]) => {
    if (!name.startsWith('latency ')) return []
    const of = (key: 'p50' | 'p99' | 'max'): number => median(runs.map(({ latencyMs }) => latencyMs![key]))
    const p99 = `${of('p99')} (< ${p99MaxMs})`
    return [[name.replace('latency ', ''), String(of('p50')), p99, String(of('max')), stolenText(runs)]]
  })
  return table(['10,000 events/s, end to end', 'p50 ms', 'p99 ms', 'max ms', 'stolen %'], rows)
}

function memory(found: Found): string {
  const runs = found.get('keys')
  if (!runs) return ''
  const peak = (middle(runs, 'peakBytes') / 2 ** 20).toFixed(0)
  return table(
    ['many keys in a store', 'peak MiB', 'events/s', 'stolen %'],
    [['count by a key of its own each', peak, whole(runs, 'perSecond'), stolenText(runs)]],
  )
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : markdownTable(header, rows)
}

type Figure = 'perSecond' | 'cpuSeconds' | 'nodeCpuSeconds' | 'peakBytes' | 'commitMs'

function middle(runs: readonly Run[], figure: Figure): number {
  return median(runs.map(run => run[figure]))
}

function whole(runs: readonly Run[], figure: Figure): string {
  return Math.round(middle(runs, figure)).toString()
}

function stolenText(runs: readonly Run[]): string {
  const shares = runs.map(({ stolen }) => Math.round(stolen * 100))
  const [least, most] = [Math.min(...shares), Math.max(...shares)]
  return least === most ? String(least) : `${least}-${most}`
}
