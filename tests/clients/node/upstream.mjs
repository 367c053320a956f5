// Another server of the same API, for the tests to be run against.
//
// HEARTH_UPSTREAM is the URL of one that is there already, or the command that starts one: `{port}` is
// where it is to listen, `{dax}` where clients of DAX connect if it serves them, and `{data}` is a
// directory for it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

// One that is there already, or a process on free ports that whoever starts it stops.
export async function startUpstream(home) {
  const place = process.env.HEARTH_UPSTREAM
  if (/^https?:/.test(place)) return { endpoint: place, wasThere: true, stop: async () => {} }
  const [port, dax] = [await freePort(), await freePort()]
  const fields = { port, dax, data: join(home, 'data') }
  const words = place.split(' ').map((word) => word.replace(/{(\w+)}/g, (_, name) => fields[name]))
  const upstream = spawn(words[0], words.slice(1), { stdio: 'ignore' })
  const exit = once(upstream, 'exit')
  const kill = () => upstream.kill('SIGKILL')
  process.once('exit', kill)

  const stop = async () => {
    process.off('exit', kill)
    kill()
    await exit
  }
  await accepting(port)
  return { endpoint: `http://127.0.0.1:${port}`, dax: `127.0.0.1:${dax}`, stop }
}

async function freePort() {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address()
  free.close()
  await once(free, 'close')
  return port
}

// Resolves once somebody accepts connections.
async function accepting(port) {
  const end = Date.now() + START_LIMIT_MS
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const accepted = await once(socket, 'connect').then(() => true, () => false)
    socket.destroy()
    if (accepted) return
    assert.ok(Date.now() < end, 'the upstream does not accept connections')
    await setTimeout(50)
  }
}

const START_LIMIT_MS = 120_000
