// Starts a real hearth process for the tests of one file; HEARTH_BIN names the binary.
//
// The clients are given their settings by the environment alone: an endpoint, a region, and
// credentials that nobody checks.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

// A file whose tests take longer than this fails: its process is killed.
const FILE_LIMIT_MS = 120_000

// Resolves once the process is ready; it is ended after the file's last test.
export async function startHearth() {
  const home = mkdtempSync(join(tmpdir(), 'hearth-'))
  const listen = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0']
  const words = ['serve', '--data-dir', join(home, 'data'), ...listen]
  const hearth = spawn(process.env.HEARTH_BIN, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: FILE_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const exit = once(hearth, 'exit')
  const kill = () => hearth.kill('SIGKILL')
  process.once('exit', kill)

  after(async () => {
    process.off('exit', kill)
    hearth.kill('SIGTERM')
    const [code] = await exit
    rmSync(home, { recursive: true })
    assert.equal(code, 0)
  })

  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://${await address(hearth)}`
  process.env.AWS_REGION = 'us-east-1'
  process.env.AWS_ACCESS_KEY_ID = 'anything'
  process.env.AWS_SECRET_ACCESS_KEY = 'goes'
}

// The address that the line `ready http=… admin=…` names.
async function address(hearth) {
  let found
  for await (const line of createInterface({ input: hearth.stdout })) {
    found = line.match(/^ready http=(\S+)/)
    if (found) break
  }
  assert.ok(found, 'hearth ended before it was ready')
  hearth.stdout.resume()
  return found[1]
}
