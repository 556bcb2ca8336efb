/** How a transaction ended, for those who keep something of it besides batches. */
export interface ParticipantEnd {
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
}

/**
 * Who keeps something of transactions besides batches: the groups, with offsets. `broker.ts` brings them together, so
 * that neither side knows the other.
 */
export interface Participant {
  /**
   * Makes what it keeps of the transaction hold, or forgets it. Called within `WriteQueue.together`: what it writes lands
   * in the commit of the markers. It must neither wait nor throw.
   */
  end(end: ParticipantEnd): void
}
