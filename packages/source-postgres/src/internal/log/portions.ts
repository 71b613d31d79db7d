/** How many messages a block has, of whose size the server tells beforehand. */
export const blockMessages = 100

/** So many bytes are asked for at a time, and so many messages at most. */
const portionBytes = 4_000_000
const portionMessages = 2000
/** A block may have so many bytes and be asked for as if they were even; else few messages are asked for at a time. */
const unevenBytes = 32_000_000

/** The first messages, which are asked for before anything is known of them, and those of blocks that may be uneven. */
export const fewMessages = 4

interface Block {
  messages: number
  readonly atOnce: number
  readonly bytesEach: number
}

/** How many messages to ask for at a time, so that memory has room for them; see {@link blockMessages}. */
export class Portions {
  readonly #blocks: Array<Block>

  /** `told` are the blocks, parted by commas: the number of messages and of their bytes, parted by a space. */
  constructor(told: string | null) {
    this.#blocks = (told ?? "").split(",").flatMap((block) => {
      const [messages = 0, bytes = 0] = block.split(" ").map(Number)
      if (messages === 0) return []
      const even = Math.max(fewMessages, Math.floor((messages * portionBytes) / bytes))
      return { messages, bytesEach: bytes / messages, atOnce: bytes > unevenBytes ? fewMessages : even }
    })
  }

  /** Takes note of messages that came. */
  came(messages: number): void {
    for (let left = messages; left > 0;) {
      const [block] = this.#blocks
      if (block === undefined) return
      const some = Math.min(left, block.messages)
      left -= some
      block.messages -= some
      if (block.messages === 0) this.#blocks.shift()
    }
  }

  /** How many to ask for now. */
  next(): number {
    let messages = 0
    let bytes = 0
    for (const block of this.#blocks) {
      bytes += block.messages * block.bytesEach
      if (messages + block.messages > portionMessages || bytes > portionBytes) break
      messages += block.messages
    }
    const [first] = this.#blocks
    return messages > 0 || first === undefined ? Math.max(messages, 1) : Math.min(first.messages, first.atOnce)
  }
}
