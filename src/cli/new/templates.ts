/** A script to start from: the files in `templates/NAME`. */
export interface Template {
  readonly name: string
  readonly summary: string
  /** The topics that it reads, to be made before it runs. */
  readonly inputs: readonly string[]
}

/** Every template, the default first. A new one: a folder in templates, a line here; tests run and compile it. */
export const templates: readonly Template[] = [
  { name: 'page-views', summary: 'website activity: views of each page by the minute', inputs: ['page-views'] },
  {
    name: 'fraud',
    summary: 'card fraud: two streams joined, what does not fit or never comes is an alert',
    inputs: ['card-auth', 'card-settle'],
  },
  {
    name: 'enrichment',
    summary: 'orders with their customers and products: versioned and global tables, branches',
    inputs: ['orders', 'customers', 'products'],
  },
  { name: 'brute-force', summary: 'SIEM: failed logins and then a success, as a pattern', inputs: ['auth-log'] },
  {
    name: 'ad-pacing',
    summary: 'ad spend against budget, with what is still in flight',
    inputs: ['ad-wins', 'ad-impressions', 'ad-budgets'],
  },
  {
    name: 'metrics',
    summary: 'measurements rolled up by the minute, alerts above limits, without repetition',
    inputs: ['metrics', 'metric-limits'],
  },
  { name: 'log-errors', summary: 'log lines: the share of errors of each service', inputs: ['logs'] },
]
