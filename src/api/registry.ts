import type { Handler } from './handle.ts'

/** Every API that this node serves, in the order of their keys. ApiVersions, dispatch and metrics follow from it. */
export const handlers: readonly Handler[] = []
