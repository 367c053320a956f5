// @amazon-dax-sdk/client-dax: how clients come to a server: addresses, credentials, many of them,
// and long pauses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

import { connect, newKey, newTable } from './accelerator.mjs'
import { DAX_SECONDS, startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const url = `dax://${address}`
const TableName = await newTable()

const CLIENTS = 20
const WAYS = {
  'a URL': { endpoint: url },
  'a host and a port': { endpoint: address },
  'several seeds': { endpoint: undefined, endpoints: ['dax://127.0.0.1:1', url] },
  'settings from outside': { region: undefined, credentials: undefined },
  'the older router': { isRouteManagerEnabled: false },
}

for (const [name, settings] of Object.entries(WAYS)) {
  test(`a client may be made in several ways: ${name}`, async () => {
    const dax = connect(url, settings)

    assert.deepEqual(await dax.getItem({ TableName, Key: newKey() }), {})
  })
}

test('a call may be made before a connection is', async () => {
  const Key = newKey()

  const early = Array.from({ length: CLIENTS }, () => connect(url).getItem({ TableName, Key }))

  assert.deepEqual(await Promise.all(early), Array(CLIENTS).fill({}))
})

test('a callback may take the answer', async () => {
  const dax = connect(url)
  const Item = { ...newKey(), v: { S: 'x' } }

  const found = await new Promise((resolve, reject) => {
    dax.putItem({ TableName, Item }, (refused) => {
      if (refused) return reject(refused)
      dax.getItem({ TableName, Key: { id: Item.id } }, (failed, answer) =>
        failed ? reject(failed) : resolve(answer),
      )
    })
  })

  assert.deepEqual(found, { Item })
})

test('many clients share a server', async () => {
  const clients = Array.from({ length: CLIENTS }, () => connect(url))
  const items = clients.map((_, n) => ({ ...newKey(), [`v${n}`]: { N: `${n}` } }))

  await Promise.all(clients.map((dax, n) => dax.putItem({ TableName, Item: items[n] })))

  for (const dax of clients) {
    const keys = items.map(({ id }) => ({ id }))
    const found = await Promise.all(keys.map((Key) => dax.getItem({ TableName, Key })))
    assert.deepEqual(
      found,
      items.map((Item) => ({ Item })),
    )
  }
})

test('a client that paused for DAX_SECONDS is still connected', async () => {
  // The time that passes is what is tested: this client waits for ever for an answer on a
  // connection that the server closed meanwhile.
  const dax = connect(url)
  const Item = { ...newKey(), v: { S: 'x' } }
  await dax.putItem({ TableName, Item })

  await pause(1_000 * DAX_SECONDS)

  assert.deepEqual(await dax.getItem({ TableName, Key: { id: Item.id } }), { Item })
})
