import { Socket, type SocketConstructorOpts } from 'node:net'

/**
 * One buffer that the sockets of all connections read into. Node would allocate 64 KiB for every read; large requests
 * then cost more in garbage collection than in anything else.
 */
const receiveBuffer = Buffer.allocUnsafeSlow(256 * 1024)

/** What Node has besides its documented interface, and itself uses to hand sockets to other processes. */
interface Internals {
  _handle: unknown
  readonly server: unknown
}

/**
 * Reads on an accepted socket of a server with `pauseOnConnect`, calling `receive` with bytes that are overwritten when it
 * returns. The socket given in must not be used any more, the one returned takes its place.
 *
 * Node offers such reading (`onread`) only for sockets that a program opens itself: so its handle moves into a new one.
 */
export function receiveShared(accepted: Socket, receive: (chunk: Buffer) => void): Socket {
  const old = accepted as unknown as Internals
  const { _handle: handle, server } = old
  old._handle = null
  const options = {
    handle,
    onread: {
      buffer: receiveBuffer,
      callback(bytes: number) {
        receive(receiveBuffer.subarray(0, bytes))
        return true
      },
    },
  }
  const socket = new Socket(options as SocketConstructorOpts)
  // The server counts its connections by this.
  return Object.assign(socket, { server, _server: server })
}
