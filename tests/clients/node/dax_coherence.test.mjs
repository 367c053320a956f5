// @amazon-dax-sdk/client-dax: a write of either protocol is seen by the next read of the other,
// whatever was cached.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DynamoDB } from '@aws-sdk/client-dynamodb'

import { connect, newKey, newTable, newVisits } from './accelerator.mjs'
import { startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const dax = connect(`dax://${address}`)
const client = new DynamoDB({})
const TableName = await newTable()
const visits = await newVisits()

const ROUNDS = 20
const READERS = 8
const WRITERS = {
  'DAX writes': [dax],
  'HTTP writes': [client],
  'each in turn': [dax, client],
}

for (const [name, writers] of Object.entries(WRITERS)) {
  const writerOf = (round) => writers[round % writers.length]

  test(`an item is as it was last written: ${name}`, async () => {
    const Key = newKey()

    for (let round = 0; round < ROUNDS; round++) {
      const writer = writerOf(round)
      await writer.putItem({ TableName, Item: { ...Key, round: { N: `${round}` } } })
      await bothRead(Key, Array(4).fill(round))

      await addOne(writer, Key)
      await bothRead(Key, Array(4).fill(round + 1))

      await writer.deleteItem({ TableName, Key })
      await bothRead(Key, [])
    }
  })

  test(`a batch is seen as each of its writes: ${name}`, async () => {
    const keys = [newKey(), newKey()]
    const gone = newKey()

    for (let round = 0; round < ROUNDS; round++) {
      const item = (key) => ({ ...key, round: { N: `${round}` } })
      const puts = keys.map((key) => ({ PutRequest: { Item: item(key) } }))
      const writes = [...puts, { DeleteRequest: { Key: gone } }]
      await writerOf(round).batchWriteItem({ RequestItems: { [TableName]: writes } })
      for (const key of keys) await bothRead(key, Array(4).fill(round))
      await bothRead(gone, [])
      await writerOf(round).putItem({ TableName, Item: item(gone) })
      await bothRead(gone, Array(4).fill(round))
    }
  })

  test(`an index follows each write: ${name}`, async () => {
    const Key = { guest: { S: 'fay' }, nr: { N: '77' } }

    for (let round = 0; round < ROUNDS; round++) {
      const mood = 'xy'[round % 2]
      const Item = { ...Key, mood: { S: mood } }
      await writerOf(round).putItem({ TableName: visits, Item })

      for (const reader of [dax, client]) {
        const counts = { x: await countOf(reader, 'x'), y: await countOf(reader, 'y') }
        assert.deepEqual(counts, { x: 0, y: 0, [mood]: 1 })
      }
    }
  })
}

test('no reader goes back', async () => {
  const Key = newKey()
  await client.putItem({ TableName, Item: { ...Key, round: { N: '0' } } })
  const stale = []
  let written = 0
  let ended = false

  const follow = async () => {
    let seen = 0
    while (!ended) {
      const atLeast = Math.max(seen, written)
      seen = Math.min(...(await rounds(dax, Key)))
      if (seen < atLeast) stale.push({ seen, atLeast })
    }
  }
  const write = async () => {
    for (; written < ROUNDS; written++) await addOne(written % 2 === 0 ? client : dax, Key)
  }
  const readers = Array.from({ length: READERS }, follow)
  await Promise.all([...readers, write().finally(() => (ended = true))])

  assert.deepEqual(stale, [])
  await bothRead(Key, Array(4).fill(ROUNDS))
})

function addOne(writer, Key) {
  return writer.updateItem({
    TableName,
    Key,
    UpdateExpression: 'ADD #r :one',
    ExpressionAttributeNames: { '#r': 'round' },
    ExpressionAttributeValues: { ':one': { N: '1' } },
  })
}

async function bothRead(Key, expected) {
  assert.deepEqual(await rounds(dax, Key), expected)
  assert.deepEqual(await rounds(client, Key), expected)
}

// The round of an item as four ways to read tell it; none if there is no item.
async function rounds(reader, Key) {
  const got = await reader.getItem({ TableName, Key })
  const part = await reader.getItem({
    TableName,
    Key,
    ProjectionExpression: '#r',
    ExpressionAttributeNames: { '#r': 'round' },
  })
  const batch = await reader.batchGetItem({ RequestItems: { [TableName]: { Keys: [Key] } } })
  const queried = await reader.query({
    TableName,
    KeyConditionExpression: 'id = :id',
    ExpressionAttributeValues: { ':id': Key.id },
  })
  const items = [got.Item, part.Item, ...(batch.Responses[TableName] ?? []), ...queried.Items]
  return items.filter(Boolean).map(({ round }) => Number(round.N))
}

async function countOf(reader, mood) {
  const { Count } = await reader.query({
    TableName: visits,
    IndexName: 'by_mood',
    KeyConditionExpression: 'mood = :m',
    ExpressionAttributeValues: { ':m': { S: mood } },
  })
  return Count
}
