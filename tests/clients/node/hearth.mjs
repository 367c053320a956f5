// Starts real hearth processes for the tests of one file; HEARTH_BIN names the binary.
//
// The clients of the SDK are given their settings by the environment alone: an endpoint, a region,
// and credentials that nobody checks. Only a service that is there already, and that they meet
// directly, is given those of the environment if there are any.
//
// `../pass_lists.py` runs the same tests against other servers: HEARTH_WAY is how clients meet one,
// `direct`, or `through` a hearth in front of it; `upstream.mjs` says which one it is.
// HEARTH_TABLE_PREFIX begins the name of every table.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

import { startUpstream } from './upstream.mjs'

// How long the DAX tests keep a server under load.
export const DAX_SECONDS = Number(process.env.DAX_SECONDS ?? 10)

// A file whose tests take longer than this fails: its process is killed.
const FILE_LIMIT_MS = 120_000 + 2_000 * DAX_SECONDS

// Resolves once the process is ready; it is ended after the file's last test.
export async function startHearth(...options) {
  const hearth = await serve(options)
  after(() => hearth.stop())

  process.env.AWS_ENDPOINT_URL_DYNAMODB = hearth.endpoint ?? `http://${hearth.http}`
  if (hearth.wasThere && process.env.AWS_ACCESS_KEY_ID) {
    process.env.AWS_REGION ??= 'us-east-1'
    return hearth
  }
  process.env.AWS_REGION = 'us-east-1'
  process.env.AWS_ACCESS_KEY_ID = 'anything'
  process.env.AWS_SECRET_ACCESS_KEY = 'goes'
  return hearth
}

// One process on free ports, but for DAX if it is told where; whoever launches it stops it. What
// the line `ready http=… dax=… admin=…` says are its fields.
export async function launch(home, options = [], dax = '127.0.0.1:0') {
  const listen = ['--listen', '127.0.0.1:0', '--dax-listen', dax, '--admin-listen', '127.0.0.1:0']
  const words = ['serve', '--data-dir', join(home, 'data'), ...listen, ...options]
  const hearth = spawn(process.env.HEARTH_BIN, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: FILE_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const exit = once(hearth, 'exit')
  const kill = () => hearth.kill('SIGKILL')
  process.once('exit', kill)

  const stop = async () => {
    process.off('exit', kill)
    hearth.kill('SIGTERM')
    const [code] = await exit
    assert.equal(code, 0)
  }
  return { ...(await readyLine(hearth)), stop }
}

// The name of a table that a test calls so.
export function named(name) {
  return (process.env.HEARTH_TABLE_PREFIX ?? '') + name
}

// The server that clients are given.
async function serve(options) {
  const way = process.env.HEARTH_WAY
  if (!way) return launch(newHome(), options)
  const upstream = await startUpstream(newHome())
  if (way === 'direct') return upstream
  const front = await launch(newHome(), [...options, '--upstream', upstream.endpoint])
  const stop = async () => {
    await front.stop()
    await upstream.stop()
  }
  return { ...front, stop }
}

// A directory that lasts as long as this process.
export function newHome() {
  const home = mkdtempSync(join(tmpdir(), 'hearth-'))
  process.once('exit', () => rmSync(home, { recursive: true, force: true }))
  return home
}

async function readyLine(hearth) {
  let found
  for await (const line of createInterface({ input: hearth.stdout })) {
    found = line.match(/^ready (.+)/)
    if (found) break
  }
  assert.ok(found, 'hearth ended before it was ready')
  hearth.stdout.resume()
  return Object.fromEntries(found[1].split(' ').map((word) => word.split('=')))
}
