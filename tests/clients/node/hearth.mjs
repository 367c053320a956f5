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

// Resolves once the process is ready; it is ended after the file's last test.
export async function startHearth() {
  const home = mkdtempSync(join(tmpdir(), 'hearth-'))
  const listen = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0']
  const hearth = spawn(
    process.env.HEARTH_BIN,
    ['serve', '--data-dir', join(home, 'data'), ...listen],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const killed = () => hearth.kill('SIGKILL')
  process.once('exit', killed)

  after(async () => {
    process.off('exit', killed)
    hearth.kill('SIGTERM')
    const [code] = await once(hearth, 'exit')
    rmSync(home, { recursive: true })
    assert.equal(code, 0)
  })

  const { http } = await ready(hearth)
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://${http}`
  process.env.AWS_REGION = 'us-east-1'
  process.env.AWS_ACCESS_KEY_ID = 'anything'
  process.env.AWS_SECRET_ACCESS_KEY = 'goes'
}

// The addresses that the line `ready http=… admin=…` names.
async function ready(hearth) {
  let addresses
  for await (const line of createInterface({ input: hearth.stdout })) {
    if (line.startsWith('ready ')) {
      addresses = Object.fromEntries(
        line
          .split(' ')
          .slice(1)
          .map((word) => word.split('=')),
      )
      break
    }
  }
  assert.ok(addresses, 'hearth ended before it was ready')
  hearth.stdout.resume()
  return addresses
}
