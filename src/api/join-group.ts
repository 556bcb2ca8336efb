import { type JoinAnswer, joinRefusal } from '../group/classic-state.ts'
import { joinGroupApi } from '../protocol/messages/join-group.ts'
import { type Call, handler } from './handle.ts'

// JoinGroup v0-9.

export const joinGroup = handler(joinGroupApi, {
  async handle(request, call, services) {
    const { version, clientId, connection } = call
    const answer = await services.groups.join(request, { version, clientId, clientHost: connection.clientHost })
    return answerFor(answer, call)
  },
  refuse: (request, { errorCode }, call) => answerFor(joinRefusal(errorCode, request.memberId), call),
})

function answerFor(answer: JoinAnswer, call: Call) {
  // Before version 7 there is no null for "no protocol".
  const protocolName = call.version < 7 ? (answer.protocolName ?? '') : answer.protocolName
  return { throttleTimeMs: 0, ...answer, protocolName }
}
