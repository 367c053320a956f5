// @amazon-dax-sdk/client-dax: many calls of one client at once, for DAX_SECONDS, and a server that
// stops and comes back.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DynamoDB } from '@aws-sdk/client-dynamodb'

import { connect, eventually, newKey, newTable, plain } from './accelerator.mjs'
import { DAX_SECONDS, launch, newHome, startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const client = new DynamoDB({})
const TableName = await newTable()

const CALLERS = 64
const RESTART_CALLERS = 8
const CALLS = 10
const RECOVERY_MS = 60_000
const CALL_LIMIT_MS = 2_000

test('64 callers at once meet no error', async () => {
  const dax = connect(`dax://${address}`)
  const shared = newKey()
  const deadline = Date.now() + 1_000 * DAX_SECONDS

  const call = async () => {
    const Key = newKey()
    let rounds = 0
    while (Date.now() < deadline) {
      rounds++
      const Item = { ...Key, round: { N: `${rounds}` }, text: { S: 'x'.repeat(rounds % 500) } }
      await dax.putItem({ TableName, Item })
      assert.deepEqual(await dax.getItem({ TableName, Key }), { Item })
      await dax.updateItem({
        TableName,
        Key: shared,
        UpdateExpression: 'ADD counted :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      })
      const { Items } = await dax.query({
        TableName,
        KeyConditionExpression: 'id = :id',
        ExpressionAttributeValues: { ':id': Key.id },
      })
      assert.deepEqual(Items, [Item])
      const RequestItems = { [TableName]: { Keys: [Key, shared] } }
      const { Responses } = await dax.batchGetItem({ RequestItems })
      assert.equal(Responses[TableName].length, 2)
    }
    return rounds
  }
  const rounds = await Promise.all(Array.from({ length: CALLERS }, call))

  assert.ok(rounds.every((done) => done > 0))
  const N = `${rounds.reduce((sum, done) => sum + done, 0)}`
  for (const reader of [dax, client]) {
    const { Item } = await reader.getItem({ TableName, Key: shared })
    assert.deepEqual(Item.counted, { N })
  }
})

test('callers recover from a restart by themselves', async () => {
  const home = newHome()
  const first = await launch(home)
  const table = await newTable(undefined, overHttp(first))
  const dax = connect(`dax://${first.dax}`)
  const callers = Array.from({ length: RESTART_CALLERS }, () => ({
    Key: newKey(),
    written: 0,
    sinceBack: 0,
  }))
  let back = false
  let ended = false

  const call = async (caller) => {
    const { Key } = caller
    while (!ended) {
      const wasBack = back
      const value = caller.written + 1
      const Item = { ...Key, value: { N: `${value}` } }
      if (!(await attempt(() => dax.putItem({ TableName: table, Item })))) continue
      caller.written = value
      const found = await attempt(() => dax.getItem({ TableName: table, Key }))
      if (found) assert.deepEqual(plain(found.Item), plain(Item))
      if (wasBack) caller.sinceBack++
    }
  }
  const restart = async () => {
    await eventually(() => callers.every(({ written }) => written >= CALLS), RECOVERY_MS)
    await first.stop()
    const second = await launch(home, [], first.dax)
    back = true
    await eventually(() => callers.every(({ sinceBack }) => sinceBack >= CALLS), RECOVERY_MS)
    return second
  }
  const calls = callers.map(call)
  const [second] = await Promise.all([restart().finally(() => (ended = true)), ...calls])

  const kept = overHttp(second)
  for (const { Key, written } of callers) {
    const { Item } = await dax.getItem({ TableName: table, Key, ConsistentRead: true })
    assert.deepEqual(Item, (await kept.getItem({ TableName: table, Key })).Item)
    assert.ok([written, written + 1].includes(Number(Item.value.N)))
  }
  await second.stop()
})

test('a client reads after a restart what another wrote before', async () => {
  const home = newHome()
  const first = await launch(home)
  const table = await newTable(undefined, overHttp(first))
  const items = Array.from({ length: 20 }, (_, n) => ({ ...newKey(), [`v${n}`]: { N: `${n}` } }))
  const before = connect(`dax://${first.dax}`)
  for (const Item of items) await before.putItem({ TableName: table, Item })
  before.shutdown()

  await first.stop()
  const second = await launch(home, [], first.dax)
  const after = connect(`dax://${second.dax}`)

  for (const Item of items) {
    assert.deepEqual(await after.getItem({ TableName: table, Key: { id: Item.id } }), { Item })
  }
  after.shutdown()
  await second.stop()
})

function overHttp({ http }) {
  return new DynamoDB({ endpoint: `http://${http}` })
}

// What a call yields, or nothing if it fails, as it may while the server is away, or does not end:
// the client never notices that a connection was closed while it lay idle.
async function attempt(call) {
  let timer
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, CALL_LIMIT_MS)
  })
  try {
    return await Promise.race([call().catch(() => undefined), limit])
  } finally {
    clearTimeout(timer)
  }
}
