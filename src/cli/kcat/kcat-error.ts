import { ConnectionLostError, RequestError, UnreachableError } from '../../client/failures.ts'

/** What ends kcat, in its own words; the exit code is 1. `usage`: the command line cannot be read. */
export class KcatError extends Error {
  readonly kind: 'fatal' | 'usage' | 'plain'

  constructor(kind: KcatError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KcatError'
    this.kind = kind
  }
}

/** librdkafka's words for what brokers answer, so far as scripts look for them. */
const brokerWords: ReadonlyMap<number, string> = new Map([
  [1, 'Broker: Offset out of range'],
  [2, 'Broker: Invalid message'],
  [3, 'Broker: Unknown topic or partition'],
  [5, 'Broker: Leader not available'],
  [6, 'Broker: Not leader for partition'],
  [7, 'Broker: Request timed out'],
  [10, 'Broker: Message size too large'],
  [16, 'Broker: Not coordinator'],
  [17, 'Broker: Invalid topic'],
  [18, 'Broker: Message batch larger than configured server segment size'],
  [19, 'Broker: Not enough in-sync replicas'],
  [29, 'Broker: Topic authorization failed'],
  [30, 'Broker: Group authorization failed'],
  [31, 'Broker: Cluster authorization failed'],
  [44, 'Broker: Policy violation'],
  [87, 'Broker: Broker failed to validate record'],
])

export const unknownTopicCode = 3
export const leaderNotAvailableCode = 5

export function brokerWord(code: number): string {
  return brokerWords.get(code) ?? `Broker: error ${code}`
}

/** What librdkafka would call a failure. */
export function failureWord(error: unknown): string {
  if (error instanceof RequestError) return brokerWord(error.code)
  if (error instanceof UnreachableError || error instanceof ConnectionLostError)
    return 'Local: Broker transport failure'
  return error instanceof Error ? error.message : String(error)
}
