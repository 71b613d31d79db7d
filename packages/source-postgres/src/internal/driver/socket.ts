/** What pg has for a socket in Workers, as far as it is known here. */
interface WorkersSocket {
  _listen: () => Promise<void>
  _cfReader: { releaseLock(): void }
  readonly _cfSocket: { readonly readable: ReadableStream<Uint8Array> }
  emit(event: "data", chunk: Buffer): void
}

const isOfWorkers = (stream: object): stream is WorkersSocket => "_listen" in stream && "_cfReader" in stream

/** How much to read at once, in bytes. More is hardly faster, and others wait longer for their turn. */
const readBytes = 32 * 1024

/** In Workers pg reads 4 kB at a time, each with a promise and a copy; a reader that brings its own buffer reads more. */
export const readLarge = (stream: object): void => {
  if (!isOfWorkers(stream)) return
  stream._listen = async () => {
    stream._cfReader.releaseLock()
    const reader = stream._cfSocket.readable.getReader({ mode: "byob" })
    stream._cfReader = reader
    // Nobody keeps what was read, so that its memory is used again: new memory would wait for the garbage collector.
    let memory = new ArrayBuffer(readBytes)
    while (true) {
      const { value, done } = await reader.read(new Uint8Array(memory))
      if (done) return
      memory = value.buffer
      stream.emit("data", Buffer.from(memory, value.byteOffset, value.byteLength))
      // Where the server sends faster than it is read, requests that came meanwhile would wait until it has sent all.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
