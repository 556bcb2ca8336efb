import type { DoWork } from './work.ts'

/** What screens can have done, by kind. A new one: a function, a line here. */
export const works: Readonly<Record<string, DoWork>> = {}
