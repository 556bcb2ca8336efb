/** The key of the row that says how far windows have been closed: shorter than that of any window, so it sorts before them. */
export const closedMark = ''

/** The first text that can be the key of a window. */
export const aboveMark = '\0'
