// Starts the program as a user would and stops it again.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const root = path.resolve(import.meta.dirname, '../..')
const binary = process.env.CITYBRAIN_BIN ?? path.join(root, 'bin', 'citybrain')

const running = new Set<ChildProcess>()
// A test that is broken off must leave no program behind.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** A running program: its address, what it printed, and how to end it. */
export class Server {
  url = ''
  output = ''
  /** When the program was started, by performance.now(). */
  readonly startedAt = performance.now()
  private constructor(private readonly child: ChildProcess) {
    running.add(child)
    child.once('exit', () => running.delete(child))
  }

  /** Starts the program and waits until it listens and is ready. */
  static async start(args: string[], patience = 60_000): Promise<Server> {
    const child = spawn(binary, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const server = new Server(child)
    const end = Date.now() + patience
    child.stdout!.on('data', (text) => (server.output += text))
    child.stderr!.on('data', (text) => (server.output += text))
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the program ended:\n${server.output}`)
      const at = /listening on (http:\/\/\S+)/.exec(server.output)
      if (at) {
        server.url = at[1].replace(/\/$/, '')
        const ready = await fetch(server.url + '/readyz').then((r) => r.ok, () => false)
        if (ready) return server
      }
      if (Date.now() > end) {
        await server.stop()
        throw new Error(`not ready in time:\n${server.output}`)
      }
      await new Promise((r) => setTimeout(r, 20))
    }
  }

  /** Waits until the program has printed something. */
  async says(what: RegExp, patience: number): Promise<RegExpExecArray> {
    const end = Date.now() + patience
    for (;;) {
      const found = what.exec(this.output)
      if (found) return found
      if (this.child.exitCode !== null || Date.now() > end) throw new Error(`the program has not printed ${what}:\n${this.output}`)
      await new Promise((r) => setTimeout(r, 50))
    }
  }

  /** SIGTERM, and the exit status. */
  stop(): Promise<number | null> {
    return this.end('SIGTERM')
  }

  /** kill -9. */
  kill(): Promise<number | null> {
    return this.end('SIGKILL')
  }

  private end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null) return Promise.resolve(this.child.exitCode)
    return new Promise((resolve) => {
      this.child.once('exit', (code) => resolve(code))
      this.child.kill(signal)
    })
  }
}

/** Runs a command of the program to its end. */
export function run(args: string[]): { status: number | null; output: string } {
  const done = spawnSync(binary, args, { cwd: root, encoding: 'utf8' })
  return { status: done.status, output: done.stdout + done.stderr }
}

/** A folder that is removed by the returned function. */
export function folder(): [string, () => void] {
  const dir = mkdtempSync(path.join(tmpdir(), 'citybrain-browser-'))
  return [dir, () => rmSync(dir, { recursive: true, force: true })]
}
