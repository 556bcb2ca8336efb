import { createTopicsApi } from '../../../src/protocol/messages/create-topics.ts'
import type { History } from '../history.ts'

/** Topics that come and go under one name: they are only told apart by their ids, and that is what they are called here. */
export const passingTopic = 'passing'

/** Newer versions name topics by their ids: this knows what they stand for, from the answers to CreateTopics. */
export class TopicNames {
  readonly #names = new Map<string, string>()

  constructor(history: History) {
    history.watch(createTopicsApi, () => response => {
      for (const { name, topicId } of response?.topics ?? []) if (name !== passingTopic) this.#names.set(topicId, name)
    })
  }

  /** The name of a topic that a request or an answer refers to, in whichever way. */
  of(name: string, topicId: string): string {
    return name === '' ? (this.#names.get(topicId) ?? topicId) : name
  }
}
