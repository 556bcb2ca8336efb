/** The screen is drawn at most so often, on average. */
const framesPerSecond = 20
const frameMs = 1_000 / framesPerSecond

/**
 * When the screen may be drawn. News wait for their turn, 20 a second; a key need not wait behind the frame before it,
 * but borrows from the next one (the generic cell rate algorithm, ITU-T I.371, with a burst of one). So a key is answered
 * at once while records pour in, and keys that repeat do not add up to more frames.
 */
export class FramePace {
  /** When the next frame is due if all are drawn in time. */
  #dueMs = Number.NEGATIVE_INFINITY

  /** How long to wait before drawing; 0: now. */
  waitMs(nowMs: number, isForKey: boolean): number {
    return Math.max(0, this.#dueMs - (isForKey ? frameMs : 0) - nowMs)
  }

  drawn(nowMs: number): void {
    this.#dueMs = Math.max(this.#dueMs, nowMs) + frameMs
  }
}
