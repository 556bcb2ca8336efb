/** What is wrong with stored data, and where. */
export interface FindingLine {
  readonly kind: string
  readonly severity: 'damage' | 'notice'
  readonly message: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly row?: number
}

/** `damage    batch-crc  orders-3 offset 1200 row 55: the batch has …`. */
export function findingLine({ kind, severity, message, ...place }: FindingLine): string {
  const where = placeText(place)
  return `${severity.padEnd(8)}  ${kind}  ${where === '' ? '' : `${where}: `}${message}`
}

function placeText({ topic, partition, offset, row }: Omit<FindingLine, 'kind' | 'severity' | 'message'>): string {
  const log = [topic, partition].filter(part => part !== undefined).join('-')
  const parts = [log, offset === undefined ? '' : `offset ${offset}`, row === undefined ? '' : `row ${row}`]
  return parts.filter(part => part !== '').join(' ')
}
