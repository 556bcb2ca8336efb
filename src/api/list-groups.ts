import { ErrorCode } from '../protocol/errors.ts'
import { listGroupsApi } from '../protocol/messages/list-groups.ts'
import { handler } from './handle.ts'

// ListGroups v0-5. States and types are compared without regard to case; one that does not exist matches nothing.

export const listGroups = handler(listGroupsApi, {
  handle(request, _call, services) {
    const hasState = filterOf(request.statesFilter)
    const hasType = filterOf(request.typesFilter)
    const groups = services.groups.list().filter(group => hasState(group.groupState) && hasType(group.groupType))
    return { throttleTimeMs: 0, errorCode: ErrorCode.none, groups }
  },
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode, groups: [] }),
})

/** An empty list lets everything pass. */
function filterOf(wanted: readonly string[]): (value: string) => boolean {
  const folded = new Set(wanted.map(value => value.trim().toLowerCase()))
  return value => folded.size === 0 || folded.has(value.toLowerCase())
}
