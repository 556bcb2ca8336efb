import type { ThreadReport } from './thread-handle.ts'

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: (report: ThreadReport) => readonly Sample[]
}

const ofThread =
  (value: (report: ThreadReport) => number) =>
  (report: ThreadReport): readonly Sample[] => [{ labels: { thread: report.thread }, value: value(report) }]

/** Every metric of a running script. */
const families: readonly Family[] = [
  {
    name: 'streamctl_stream_records_total',
    type: 'counter',
    help: 'Records processed.',
    samples: ofThread(({ records }) => records),
  },
  {
    name: 'streamctl_stream_commits_total',
    type: 'counter',
    help: 'Commits: of transactions, where each record counts exactly once.',
    samples: ofThread(({ commits }) => commits),
  },
  {
    name: 'streamctl_stream_commit_seconds_total',
    type: 'counter',
    help: 'Time spent on commits.',
    samples: ofThread(({ commitSeconds }) => commitSeconds),
  },
  {
    name: 'streamctl_stream_restored_records_total',
    type: 'counter',
    help: 'Records of changelogs read into state, also of standbys.',
    samples: ofThread(({ restoredRecords }) => restoredRecords),
  },
  {
    name: 'streamctl_stream_dead_letters_total',
    type: 'counter',
    help: 'Records put aside.',
    samples: ofThread(({ deadLetters }) => deadLetters),
  },
  {
    name: 'streamctl_stream_dropped_records_total',
    type: 'counter',
    help: 'Records that an operator left out, by the reason.',
    samples: ({ thread, dropped }) =>
      dropped.map(([node, reason, value]) => ({ labels: { thread, node, reason }, value })),
  },
  {
    name: 'streamctl_stream_task_lag_records',
    type: 'gauge',
    help: 'Records that a task has not processed yet; of a standby, not taken over.',
    samples: ({ thread, tasks }) =>
      tasks.flatMap(({ task, state, lag }) => (lag === null ? [] : [{ labels: { thread, task, state }, value: lag }])),
  },
  {
    name: 'streamctl_stream_task_restored_ratio',
    type: 'gauge',
    help: 'The share of its state that a task has built up.',
    samples: ({ thread, tasks }) =>
      tasks.map(({ task, state, restored }) => ({ labels: { thread, task, state }, value: restored })),
  },
]

/** The metrics of a running script in Prometheus' text form. */
export function applicationMetrics(application: string, reports: readonly ThreadReport[]): string {
  return families
    .map(({ name, type, help, samples }) => {
      const lines = reports
        .flatMap(samples)
        .map(({ labels, value }) => `${name}{${text({ application, ...labels })}} ${value}`)
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
    })
    .join('')
}

function text(labels: Readonly<Record<string, string | number>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${String(value).replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
    .join(',')
}
