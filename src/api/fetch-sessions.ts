/** The incremental fetch sessions of KIP-227. */
export class FetchSessions {}
