import { apiVersionsHandler } from './api-versions.ts'
import { fetch } from './fetch.ts'
import type { Handler } from './handle.ts'
import { initProducerId } from './init-producer-id.ts'
import { listOffsets } from './list-offsets.ts'
import { metadata } from './metadata.ts'
import { produce } from './produce.ts'

const others: readonly Handler[] = [produce, fetch, listOffsets, metadata, initProducerId]

/** Every API that this node serves. ApiVersions, dispatch and metrics follow from it. */
export const handlers: readonly Handler[] = [apiVersionsHandler(others), ...others]
