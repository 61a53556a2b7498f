// A way to the city that a test can make slow, cut, or let lose an answer.
import http from 'node:http'
import type { AddressInfo } from 'node:net'

export class SlowWay {
  url = ''
  /** How long every request waits before it is passed on, in milliseconds. */
  delay = 0
  /** The next change is passed on, and its answer thrown away. */
  loseNextAnswer = false
  private readonly open = new Set<http.ServerResponse>()
  private server!: http.Server

  static async to(target: string): Promise<SlowWay> {
    const way = new SlowWay()
    way.server = http.createServer((req, res) => setTimeout(() => way.pass(new URL(target), req, res), way.delay))
    await new Promise<void>((listening) => way.server.listen(0, '127.0.0.1', listening))
    way.url = `http://127.0.0.1:${(way.server.address() as AddressInfo).port}`
    return way
  }

  private pass(target: URL, req: http.IncomingMessage, res: http.ServerResponse): void {
    this.open.add(res)
    res.once('close', () => this.open.delete(res))
    const lose = this.loseNextAnswer && req.method === 'POST'
    if (lose) this.loseNextAnswer = false
    // The city hears the host that the browser asked for, so that its cookie and its rule of one origin hold.
    const on = http.request({ host: target.hostname, port: target.port, path: req.url, method: req.method, headers: req.headers }, (answer) => {
      if (lose) return void answer.resume().once('end', () => res.destroy())
      res.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(res)
    })
    on.once('error', () => res.destroy())
    res.once('close', () => on.destroy())
    req.pipe(on)
  }

  /** Cuts every connection that is open; new ones are let through. */
  cut(): void {
    for (const res of this.open) res.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    this.server.closeAllConnections()
    await new Promise((closed) => this.server.close(closed))
  }
}
