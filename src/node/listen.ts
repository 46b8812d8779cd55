import type { Server } from 'node:net'

/** @returns the port, where 0 asked for any free one. @throws PortInUseError */
export function listen(
  server: Server,
  { host, port, flag = 'port' }: { host: string; port: number; flag?: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(host, port, flag) : error)
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** The address of a server, as a client names it. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Another program listens there. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError'

  constructor(host: string, port: number, flag: string) {
    super(
      `Port ${port} is in use.\n  address: ${host}:${port}\n  next: stop the program that uses it, or choose another with --${flag}.`,
    )
  }
}
