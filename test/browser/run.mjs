// Runs the browser tests: `short` with make test, `all` with make browser,
// `screenshots` with make screenshots. Without Chromium it says how to install
// it; with CI=true its absence is a failure.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

const projects = { short: ['short'], all: ['short', 'long'], screenshots: ['screenshots'] }
const mode = process.argv[2]
if (!projects[mode]) {
  console.error(`usage: node run.mjs ${Object.keys(projects).join('|')} [playwright arguments]`)
  process.exit(2)
}

function chromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const folders = (process.env.PATH ?? '').split(':')
  const candidates = [process.env.CHROMIUM, ...folders.flatMap((f) => names.map((n) => path.join(f, n)))]
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const browser = chromium()
if (!browser) {
  const how = 'browser tests not run: there is no Chromium; install it with apt-get install chromium, or name it in CHROMIUM'
  console.error(how)
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

const args = ['playwright', 'test', ...projects[mode].map((p) => `--project=${p}`), ...process.argv.slice(3)]
const done = spawnSync('npx', ['--no-install', ...args], { stdio: 'inherit', env: { ...process.env, CHROMIUM: browser } })
process.exit(done.status ?? 1)
